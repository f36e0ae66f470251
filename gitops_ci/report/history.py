"""The history: for people, for machines, and as CSV for auditors' spreadsheets."""

import csv
import io

import msgspec

from gitops_ci.base.redaction import one_line, redact
from gitops_ci.core import plan_id
from gitops_ci.model.check_results import latest
from gitops_ci.model.ledger_views import History, HistoryEntry
from gitops_ci.model.operation import Record
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import CsvOutput, render
from gitops_ci.report.formats.releases import release_result, tag_of
from gitops_ci.report.formats.result import ImageResult, ReleaseResult
from gitops_ci.report.formats.terminal import Style, TextCell, table
from gitops_ci.report.formats.times import iso, time_words
from gitops_ci.report.status import NamedCheck, named_check
from gitops_ci.report.status_text import people

_HEADERS = ("time (UTC)", "operation", "app", "environment", "release", "by", "commit", "remarks")
_COLUMNS = (
    "time",
    "operation",
    "app",
    "environment",
    "from",
    "tag",
    "images",
    "previous",
    "requested_by",
    "approved_by",
    "reason",
    "overrides",
    "gates",
    "checks",
    "source_revision",
    "source_authors",
    "build_url",
    "plan",
    "policy",
    "commit",
    "counts",
    "problem",
    "author",
    "committer",
)
# what a spreadsheet would take for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class EntryResult(msgspec.Struct, frozen=True, rename={"source": "from"}):
    """One operation on one application; ``from`` is the environment that the release came from.

    ``time`` is when it reached the environment's branch, ``committed`` when it was committed.
    ``counts`` is false, and ``problem`` says why, where the commit does not make the change that it
    claims, or claims none: its ``operation`` is ``by hand``. ``author`` and ``committer`` are the
    addresses of the commit.
    """

    time: str | None
    operation: str
    app: str
    environment: str
    source: str | None
    tag: str
    images: list[str]
    previous: list[ImageResult]
    requested_by: str | None
    approved_by: list[str]
    reason: str | None
    overrides: list[str]
    gates: dict[str, str]
    checks: list[NamedCheck]
    source_revision: str | None
    source_authors: list[str]
    build_url: str | None
    plan: str | None
    policy: str | None
    commit: str
    counts: bool
    problem: str | None
    committed: str | None
    parent: str | None
    release: ReleaseResult
    chart: str | None
    notes: str | None
    job_url: str | None
    author: str | None
    committer: str | None


class HistoryResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``history``, the newest entry first; ``more``: the limit left some
    out.
    """

    policy_commit: str
    entries: list[EntryResult]
    more: bool


def show(history: History, output: CsvOutput) -> None:
    render(
        output, lambda: document(history), text=lambda: text(history), csv=lambda: as_csv(history)
    )


def text(history: History) -> str:
    """Return a line for each entry, and whether there are more."""
    if not history.entries:
        return "no operation in the history fits\n"
    more = f"\nthe newest {len(history.entries)}; --limit N shows more\n" if history.more else ""
    return table(_HEADERS, [_row(entry) for entry in history.entries]) + more


def as_csv(history: History) -> str:
    """Return CSV (RFC 4180) in which no cell begins like a formula: such a one has an apostrophe
    before it.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    for entry in history.entries:
        columns = _columns(entry)
        writer.writerow(_cell(columns[column]) for column in _COLUMNS)
    return stream.getvalue()


def document(history: History) -> HistoryResult:
    number = len(history.entries)
    forged = sum(bool(entry.problem) for entry in history.entries)
    return HistoryResult(
        ok=True,
        exit_code=0,
        category="done",
        message=f"{number} operation{'' if number == 1 else 's'}"
        + (f", {forged} of them do not count" if forged else ""),
        operation="history",
        policy_commit=history.policy_commit,
        entries=[_entry(each) for each in history.entries],
        more=history.more,
    )


def _row(entry: HistoryEntry) -> list[str | TextCell]:
    record = entry.record
    source = f"{record.source} -> " if record.source else ""
    return [
        time_words(entry.arrived),
        TextCell(record.operation, "strong"),
        record.app,
        f"{source}{record.environment}",
        _moved(record),
        _who(entry),
        TextCell(record.commit[:12], "faint"),
        _remarks(entry),
    ]


def _who(entry: HistoryEntry) -> str:
    """Return who asked for it and who approved it; of what does not count, who committed it."""
    if not entry.problem or entry.gone:
        return people(entry.record)
    author, committer = entry.author, entry.committer
    return author if committer in {"", author} else f"{author} (committed by {committer})"


def _moved(record: Record) -> str:
    before = tag_of(msgspec.structs.replace(record.release, images=record.previous))
    after = "nothing" if record.kind.removes else tag_of(record.release)
    return f"{before} -> {after}" if before else after


def _remarks(entry: HistoryEntry) -> TextCell:
    record = entry.record
    if entry.by_hand:
        return TextCell("by hand: no operation put it there", "bad")
    if entry.problem and not entry.gone:
        return TextCell(f"does not count: {entry.problem}", "bad")
    lines = ["can't be verified: gitops.yaml does not have it any more"] if entry.gone else []
    lines += [f"OVERRIDE {', '.join(record.overrides)}"] if record.overrides else []
    lines += [record.reason] if record.reason else []
    checks = latest(entry.checks).values()
    lines += [f"check {check.name} {'passed' if check.passed else 'failed'}" for check in checks]
    style: Style = (
        "bad" if any(not check.passed for check in checks) else "wait" if record.overrides else ""
    )
    return TextCell("\n".join(lines), style)


def _entry(entry: HistoryEntry) -> EntryResult:
    record, release = entry.record, entry.record.release
    previous = msgspec.structs.replace(release, images=record.previous)
    return EntryResult(
        time=iso(entry.arrived),
        operation=record.operation,
        app=record.app,
        environment=record.environment,
        source=record.source,
        tag=str(release),
        images=[str(image) for image in release.images],
        previous=release_result(previous).images,
        requested_by=record.requested_by,
        approved_by=list(record.approved_by),
        reason=record.reason,
        overrides=list(record.overrides),
        gates=dict(record.gates),
        checks=[named_check(check) for check in entry.checks],
        source_revision=release.source_revision,
        source_authors=list(release.source_authors),
        build_url=release.build_url,
        plan=plan_id.bare(record.plan),
        policy=record.policy,
        commit=record.commit,
        counts=not entry.problem,
        problem=entry.problem or None,
        committed=iso(record.time),
        parent=record.parent,
        release=release_result(release),
        chart=record.chart,
        notes=record.checks,
        job_url=record.job_url,
        author=entry.author or None,
        committer=entry.committer or None,
    )


def _columns(entry: HistoryEntry) -> dict[str, object]:
    """Return an entry's cells: the result document's, with texts where that has structures."""
    record = entry.record
    return {
        **msgspec.to_builtins(_entry(entry)),
        "previous": [str(image) for image in record.previous],
        "gates": [f"{gate}={state}" for gate, state in record.gates.items()],
        "checks": [
            f"{check.name}={'passed' if check.passed else 'failed'}"
            for check in latest(entry.checks).values()
        ],
    }


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    safe = one_line(redact(text))
    return f"'{safe}" if safe.startswith(_FORMULA) else safe
