"""The history: for people, for machines, and as CSV for auditors' spreadsheets."""

import csv
import io
from typing import Any

import msgspec

from gitops_ci import plan_id
from gitops_ci.check_results import latest
from gitops_ci.delivery.history import History
from gitops_ci.ledger_views import Entry
from gitops_ci.operation import Record
from gitops_ci.redaction import one_line, redact
from gitops_ci.report import result
from gitops_ci.report.moments import iso, moment
from gitops_ci.report.releases import release_result, tag_of
from gitops_ci.report.status import check_plain
from gitops_ci.report.terminal import Cell, Style, table

_HEADERS = ("time (UTC)", "operation", "app", "environment", "release", "by", "commit", "remarks")
_COLUMNS = (
    "time", "operation", "app", "environment", "from", "tag", "images", "previous", "requested_by", "approved_by", "reason",
    "overrides", "gates", "checks", "source_revision", "source_authors", "build_url", "plan", "policy", "commit", "counts",
    "problem",
)  # fmt: skip
# what a spreadsheet would take for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def show(history: History, *, output: str, file: str | None) -> None:
    """Print the history and write the result file; raises GitopsError when that can't be written."""
    if file or output == "json":
        result.write(document(history), file, output == "json")
    if output == "csv":
        result.show(as_csv(history))
    elif output == "text":
        result.show(text(history))


def text(history: History) -> str:
    """Return a line for each entry, and whether there are more."""
    if not history.entries:
        return "no operation in the history fits\n"
    more = f"\nthe newest {len(history.entries)}; --limit N shows more\n" if history.more else ""
    return table(_HEADERS, [_row(each) for each in history.entries]) + more


def as_csv(history: History) -> str:
    """Return CSV (RFC 4180) in which no cell begins like a formula: such a one has an apostrophe before it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    for each in history.entries:
        plain = _plain(each)
        writer.writerow(_cell(plain[column]) for column in _COLUMNS)
    return stream.getvalue()


def document(history: History) -> dict[str, Any]:
    """Return the result document; ``policy_commit``, ``entries`` and ``more`` are this command's own keys."""
    number = len(history.entries)
    forged = sum(bool(each.problem) for each in history.entries)
    common = result.Result(
        ok=True,
        exit_code=0,
        category="done",
        message=f"{number} operation{'' if number == 1 else 's'}" + (f", {forged} of them do not count" if forged else ""),
        operation="history",
    )
    plain: dict[str, Any] = msgspec.to_builtins(common)
    entries = [{**_plain(each), **_nested(each)} for each in history.entries]
    return {**plain, "policy_commit": history.policy_commit, "entries": entries, "more": history.more}


def _row(each: Entry) -> list[str | Cell]:
    record = each.record
    source = f"{record.source} -> " if record.source else ""
    return [
        moment(each.arrived),
        Cell(record.operation, "strong"),
        record.app,
        f"{source}{record.environment}",
        _moved(record),
        " ".join(filter(None, (record.requested_by, *(f"+{name}" for name in record.approved_by)))),
        Cell(record.commit[:12], "faint"),
        _remarks(each),
    ]


def _moved(record: Record) -> str:
    before = tag_of(msgspec.structs.replace(record.release, images=record.previous))
    return f"{before} -> {tag_of(record.release)}" if before else tag_of(record.release)


def _remarks(each: Entry) -> Cell:
    record = each.record
    if each.problem:
        return Cell(f"does not count: {each.problem}", "bad")
    lines = [f"OVERRIDE {', '.join(record.overrides)}"] if record.overrides else []
    lines += [record.reason] if record.reason else []
    checks = latest(each.checks).values()
    lines += [f"check {check.name} {'passed' if check.passed else 'failed'}" for check in checks]
    style: Style = "bad" if any(not check.passed for check in checks) else "wait" if record.overrides else ""
    return Cell("\n".join(lines), style)


def _plain(each: Entry) -> dict[str, Any]:
    """Return the entry as flat values, lists of words included."""
    record = each.record
    return {
        "time": iso(each.arrived),
        "operation": record.operation,
        "app": record.app,
        "environment": record.environment,
        "from": record.source,
        "tag": str(record.release),
        "images": [str(image) for image in record.release.images],
        "previous": [str(image) for image in record.previous],
        "requested_by": record.requested_by,
        "approved_by": list(record.approved_by),
        "reason": record.reason,
        "overrides": list(record.overrides),
        "gates": [f"{gate}={state}" for gate, state in record.gates.items()],
        "checks": [f"{check.name}={'passed' if check.passed else 'failed'}" for check in latest(each.checks).values()],
        "source_revision": record.release.source_revision,
        "source_authors": list(record.release.source_authors),
        "build_url": record.release.build_url,
        "plan": plan_id.bare(record.plan),
        "policy": record.policy,
        "commit": record.commit,
        "counts": not each.problem,
        "problem": each.problem or None,
    }


def _nested(each: Entry) -> dict[str, Any]:
    """Return what machines want with its parts."""
    record = each.record
    previous = msgspec.structs.replace(record.release, images=record.previous)
    return {
        "committed": iso(record.time),
        "parent": record.parent,
        "release": msgspec.to_builtins(release_result(record.release)),
        "previous": [msgspec.to_builtins(image) for image in release_result(previous).images],
        "gates": dict(record.gates),
        "checks": [check_plain(check) for check in each.checks],
        "chart": record.chart,
        "notes": record.checks,
        "job_url": record.job_url,
    }


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    safe = one_line(redact(text))
    return f"'{safe}" if safe.startswith(_FORMULA) else safe
