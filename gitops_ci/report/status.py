"""The overview: for terminals, pipes, pull requests and machines."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from gitops_ci.base.errors import Exit
from gitops_ci.base.redaction import safe
from gitops_ci.model.check_results import CheckResult, latest
from gitops_ci.model.ledger_views import DeploymentStatus, LiveStatus, Overview
from gitops_ci.model.operation import PENDING, Verdict
from gitops_ci.report.form import live, markdown, result
from gitops_ci.report.form.output import MarkdownOutput, render
from gitops_ci.report.form.releases import release_result, short_digest, tag_of
from gitops_ci.report.form.result import GateResult, ReleaseResult
from gitops_ci.report.form.terminal import Style, TextCell, table
from gitops_ci.report.form.times import iso, time_words
from gitops_ci.report.operation import gate_result

_HEADERS = ("app", "environment", "tag", "digest", "since (UTC)", "by", "behind", "state")


class NamedCheck(msgspec.Struct, frozen=True):
    """A check's result."""

    name: str
    result: Literal["passed", "failed"]
    when: str | None
    by: str | None
    url: str | None


class LiveResult(msgspec.Struct, frozen=True):
    """What Argo CD says of an application; ``application`` is its name there, ``url`` its page."""

    application: str
    sync: str | None
    health: str | None
    revision: str | None
    images: list[str]
    problem: str | None
    url: str | None


class StandingResult(msgspec.Struct, frozen=True, rename={"source": "from"}):
    """One application in one environment; ``operation`` and what follows are of the record that put
    the release there.

    ``from`` is the environment that feeds this one, ``behind`` the number of releases that it has
    had since, ``waiting`` the gates that keep what runs there from being promoted here; ``live`` is
    null where Argo CD was not asked.
    """

    app: str
    environment: str
    branch: str
    file: str
    release: ReleaseResult | None
    problem: str | None
    drift: str | None
    adopted: bool
    since: str | None
    operation: str | None
    commit: str | None
    requested_by: str | None
    approved_by: list[str]
    reason: str | None
    source: str | None
    behind: int | None
    waiting: list[GateResult]
    checks: list[NamedCheck]
    live: LiveResult | None


class StatusResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``status``; ``drift``: some value was not put there by an
    operation.
    """

    policy_commit: str
    drift: bool
    standings: list[StandingResult]


def show(overview: Overview, output: MarkdownOutput, code: Exit) -> None:
    """Print the overview and write the result file; raises GitopsError when that can't be
    written.
    """
    render(
        output,
        lambda: document(overview, code),
        text=lambda: text(overview),
        markdown=lambda: as_markdown(overview),
    )


def text(overview: Overview) -> str:
    """Return one line for each application and environment, and a summary."""
    if not overview.standings:
        return "no application\n"
    asked = any(status.live for status in overview.standings)
    headers = (*_HEADERS[:-1], "argo cd", _HEADERS[-1]) if asked else _HEADERS
    rows = [_with_live(_row(each), each) if asked else _row(each) for each in overview.standings]
    notes = "".join(f"{safe(note)}\n" for note in overview.notes)
    return table(headers, rows) + f"\n{safe(summary(overview))}\n{notes}"


def summary(overview: Overview) -> str:
    """Return in one sentence how many drifted, wait, and can move on."""
    statuses = overview.standings
    counts = {
        "with drift": sum(bool(status.drift) for status in statuses),
        "waiting": sum(bool(each.waiting) for each in statuses),
        "ready to be promoted to": sum(_ready(each) for each in statuses),
    }
    apps = len({each.app for each in statuses})
    told = [f"{count} {word}" for word, count in counts.items() if count] or [
        "no drift, nothing waits"
    ]
    return (
        f"{apps} application{'' if apps == 1 else 's'}, {len(statuses)} places: {', '.join(told)}"
    )


def as_markdown(overview: Overview) -> str:
    """Return a matrix, and below it what somebody has to look at."""
    environments = list(dict.fromkeys(status.environment for status in overview.standings))
    at = {(each.app, each.environment): each for each in overview.standings}
    apps = list(dict.fromkeys(each.app for each in overview.standings))
    rows = [
        [
            markdown.escaped(app),
            *(_square(at.get((app, environment))) for environment in environments),
        ]
        for app in apps
    ]
    matrix = markdown.table(["application", *map(markdown.escaped, environments)], rows)
    return f"{matrix}\n{_open_points(overview.standings)}"


def document(overview: Overview, code: Exit) -> StatusResult:
    """Return the result document."""
    drifted = [status for status in overview.standings if status.drift]
    return StatusResult(
        ok=code == Exit.OK,
        exit_code=int(code),
        category="refused" if code else "done",
        message=summary(overview),
        operation="status",
        warnings=[
            *(f"{each.app} in {each.environment}: {each.drift}" for each in drifted),
            *overview.notes,
        ],
        policy_commit=overview.policy_commit,
        drift=bool(drifted),
        standings=[_standing(each) for each in overview.standings],
    )


def _row(status: DeploymentStatus) -> list[str | TextCell]:
    record = status.record
    people = (
        " ".join(filter(None, (record.requested_by, *(f"+{name}" for name in record.approved_by))))
        if record
        else ""
    )
    return [
        status.app,
        status.environment,
        TextCell(tag_of(status.release), "strong"),
        TextCell(short_digest(status.release), "faint"),
        time_words(status.since),
        people,
        str(status.behind) if status.behind else "",
        _state(status),
    ]


def _with_live(row: list[str | TextCell], status: DeploymentStatus) -> list[str | TextCell]:
    text_cell = TextCell(
        live.words(status),
        "" if status.live is None else "good" if live.is_healthy(status.live) else "bad",
    )
    return [*row[:-1], text_cell, row[-1]]


def _state(status: DeploymentStatus) -> TextCell:
    if status.drift:
        return TextCell(f"DRIFT: {status.drift}", "bad")
    if status.problem:
        return TextCell(status.problem, "faint")
    failed = [
        f"check {check.name} failed" for check in latest(status.checks).values() if not check.passed
    ]
    lines = [*failed, *(_wait(verdict) for verdict in status.waiting)]
    lines += [f"can be promoted from {status.source}"] if _ready(status) else []
    lines += ["nothing deployed"] if not tag_of(status.release) else []
    lines += ["from before gitops.yaml"] if status.adopted else []
    return TextCell("\n".join(lines), _style(status, bool(failed)))


def _style(status: DeploymentStatus, failed: bool) -> Style:
    if failed or any(verdict.state != PENDING for verdict in status.waiting):
        return "bad"
    return "wait" if status.waiting else "good" if _ready(status) else "faint"


def _wait(verdict: Verdict) -> str:
    until = (
        f", until {verdict.opens_at}"
        if verdict.opens_at and verdict.opens_at not in verdict.reason
        else ""
    )
    return f"{verdict.gate}: {verdict.reason}{until}"


def _ready(status: DeploymentStatus) -> bool:
    """Tell whether the environment before has another release, and nothing keeps it."""
    return bool(status.behind) and not status.waiting and not status.problem


def _square(status: DeploymentStatus | None) -> str:
    if status is None or status.release is None:
        return "**drift**" if status and status.drift else "-"
    told = [markdown.code(tag_of(status.release)) or "-"]
    told += ["**drift**"] if status.drift else []
    told += [f"{status.behind} behind"] if status.behind else []
    told += (
        [markdown.escaped(live.words(status))]
        if status.live and not live.is_healthy(status.live)
        else []
    )
    return " ".join(told)


def _open_points(standings: Sequence[DeploymentStatus]) -> str:
    lines = []
    for status in standings:
        where = f"{markdown.escaped(status.app)} in {markdown.escaped(status.environment)}"
        if status.drift:
            lines.append(f"- **drift** of {where}: {markdown.escaped(status.drift)}")
        lines += [
            f"- {where} waits: {markdown.escaped(_wait(verdict))}" for verdict in status.waiting
        ]
    return "\n".join(lines) + "\n" if lines else "No drift, nothing waits.\n"


def _standing(status: DeploymentStatus) -> StandingResult:
    record = status.record
    return StandingResult(
        app=status.app,
        environment=status.environment,
        branch=status.branch,
        file=status.file,
        release=release_result(status.release) if status.release else None,
        problem=status.problem or None,
        drift=status.drift or None,
        adopted=status.adopted,
        since=iso(status.since),
        operation=record.operation if record else None,
        commit=record.commit if record else None,
        requested_by=record.requested_by if record else None,
        approved_by=list(record.approved_by) if record else [],
        reason=record.reason if record else None,
        source=status.source,
        behind=status.behind,
        waiting=[gate_result(verdict) for verdict in status.waiting],
        checks=[named_check(check) for check in status.checks],
        live=_live(status.live) if status.live else None,
    )


def _live(found: LiveStatus) -> LiveResult:
    return LiveResult(
        application=found.application,
        sync=found.sync or None,
        health=found.health or None,
        revision=found.revision or None,
        images=list(found.images),
        problem=found.problem or None,
        url=found.page or None,
    )


def named_check(check: CheckResult) -> NamedCheck:
    """Return a check's result as result documents have it."""
    ending: Literal["passed", "failed"] = "passed" if check.passed else "failed"
    return NamedCheck(check.name, ending, iso(check.when), check.by, check.url)
