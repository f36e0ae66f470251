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
from gitops_ci.report.form.output import Output, render
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
    """One application in one environment; ``operation`` and what follows are of the record that put the release there.

    ``from`` is the environment that feeds this one, ``behind`` the number of releases that it has had since, ``waiting`` the
    gates that keep what runs there from being promoted here; ``live`` is null where Argo CD was not asked.
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
    """The result document of ``status``; ``drift``: some value was not put there by an operation."""

    policy_commit: str
    drift: bool
    standings: list[StandingResult]


def show(overview: Overview, output: Output, code: Exit) -> None:
    """Print the overview and write the result file; raises GitopsError when that can't be written."""
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
    asked = any(each.live for each in overview.standings)
    headers = (*_HEADERS[:-1], "argo cd", _HEADERS[-1]) if asked else _HEADERS
    rows = [_with_live(_row(each), each) if asked else _row(each) for each in overview.standings]
    notes = "".join(f"{safe(note)}\n" for note in overview.notes)
    return table(headers, rows) + f"\n{safe(summary(overview))}\n{notes}"


def summary(overview: Overview) -> str:
    """Return in one sentence how many drifted, wait, and can move on."""
    shown = overview.standings
    counts = {
        "with drift": sum(bool(each.drift) for each in shown),
        "waiting": sum(bool(each.waiting) for each in shown),
        "ready to be promoted to": sum(_ready(each) for each in shown),
    }
    apps = len({each.app for each in shown})
    told = [f"{count} {word}" for word, count in counts.items() if count] or ["no drift, nothing waits"]
    return f"{apps} application{'' if apps == 1 else 's'}, {len(shown)} places: {', '.join(told)}"


def as_markdown(overview: Overview) -> str:
    """Return a matrix, and below it what somebody has to look at."""
    environments = list(dict.fromkeys(each.environment for each in overview.standings))
    at = {(each.app, each.environment): each for each in overview.standings}
    apps = list(dict.fromkeys(each.app for each in overview.standings))
    rows = [[markdown.escaped(app), *(_square(at.get((app, environment))) for environment in environments)] for app in apps]
    matrix = markdown.table(["application", *map(markdown.escaped, environments)], rows)
    return f"{matrix}\n{_open_points(overview.standings)}"


def document(overview: Overview, code: Exit) -> StatusResult:
    """Return the result document."""
    drifted = [each for each in overview.standings if each.drift]
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


def _row(each: DeploymentStatus) -> list[str | TextCell]:
    record = each.record
    people = " ".join(filter(None, (record.requested_by, *(f"+{name}" for name in record.approved_by)))) if record else ""
    return [
        each.app,
        each.environment,
        TextCell(tag_of(each.release), "strong"),
        TextCell(short_digest(each.release), "faint"),
        time_words(each.since),
        people,
        str(each.behind) if each.behind else "",
        _state(each),
    ]


def _with_live(row: list[str | TextCell], each: DeploymentStatus) -> list[str | TextCell]:
    told = TextCell(live.words(each), "" if each.live is None else "good" if live.is_healthy(each.live) else "bad")
    return [*row[:-1], told, row[-1]]


def _state(each: DeploymentStatus) -> TextCell:
    if each.drift:
        return TextCell(f"DRIFT: {each.drift}", "bad")
    if each.problem:
        return TextCell(each.problem, "faint")
    failed = [f"check {check.name} failed" for check in latest(each.checks).values() if not check.passed]
    lines = [*failed, *(_wait(verdict) for verdict in each.waiting)]
    lines += [f"can be promoted from {each.source}"] if _ready(each) else []
    lines += ["nothing deployed"] if not tag_of(each.release) else []
    lines += ["from before gitops.yaml"] if each.adopted else []
    return TextCell("\n".join(lines), _style(each, bool(failed)))


def _style(each: DeploymentStatus, failed: bool) -> Style:
    if failed or any(verdict.state != PENDING for verdict in each.waiting):
        return "bad"
    return "wait" if each.waiting else "good" if _ready(each) else "faint"


def _wait(verdict: Verdict) -> str:
    until = f", until {verdict.opens_at}" if verdict.opens_at and verdict.opens_at not in verdict.reason else ""
    return f"{verdict.gate}: {verdict.reason}{until}"


def _ready(each: DeploymentStatus) -> bool:
    """Tell whether the environment before has another release, and nothing keeps it."""
    return bool(each.behind) and not each.waiting and not each.problem


def _square(each: DeploymentStatus | None) -> str:
    if each is None or each.release is None:
        return "**drift**" if each and each.drift else "-"
    told = [markdown.code(tag_of(each.release)) or "-"]
    told += ["**drift**"] if each.drift else []
    told += [f"{each.behind} behind"] if each.behind else []
    told += [markdown.escaped(live.words(each))] if each.live and not live.is_healthy(each.live) else []
    return " ".join(told)


def _open_points(standings: Sequence[DeploymentStatus]) -> str:
    lines = []
    for each in standings:
        where = f"{markdown.escaped(each.app)} in {markdown.escaped(each.environment)}"
        if each.drift:
            lines.append(f"- **drift** of {where}: {markdown.escaped(each.drift)}")
        lines += [f"- {where} waits: {markdown.escaped(_wait(verdict))}" for verdict in each.waiting]
    return "\n".join(lines) + "\n" if lines else "No drift, nothing waits.\n"


def _standing(each: DeploymentStatus) -> StandingResult:
    record = each.record
    return StandingResult(
        app=each.app,
        environment=each.environment,
        branch=each.branch,
        file=each.file,
        release=release_result(each.release) if each.release else None,
        problem=each.problem or None,
        drift=each.drift or None,
        adopted=each.adopted,
        since=iso(each.since),
        operation=record.operation if record else None,
        commit=record.commit if record else None,
        requested_by=record.requested_by if record else None,
        approved_by=list(record.approved_by) if record else [],
        reason=record.reason if record else None,
        source=each.source,
        behind=each.behind,
        waiting=[gate_result(verdict) for verdict in each.waiting],
        checks=[named_check(check) for check in each.checks],
        live=_live(each.live) if each.live else None,
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
