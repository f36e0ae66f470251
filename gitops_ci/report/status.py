"""What runs where: shown, and as the result document for machines."""

from typing import Literal

import msgspec

from gitops_ci.base.errors import Exit
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.ledger_views import DeploymentStatus, LiveStatus, Overview
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import MarkdownOutput, render
from gitops_ci.report.formats.releases import release_result
from gitops_ci.report.formats.result import GateResult, ReleaseResult
from gitops_ci.report.formats.times import iso
from gitops_ci.report.operation import gate_result
from gitops_ci.report.status_text import as_markdown, summary, text


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
    render(
        output,
        lambda: document(overview, code),
        text=lambda: text(overview),
        markdown=lambda: as_markdown(overview),
    )


def document(overview: Overview, code: Exit) -> StatusResult:
    drifted = [status for status in overview.standings if status.drift]
    return StatusResult(
        ok=code == Exit.OK,
        exit_code=int(code),
        category="refused" if code else "done",
        message=summary(overview),
        operation="status",
        warnings=[
            *(f"{status.app} in {status.environment}: {status.drift}" for status in drifted),
            *overview.notes,
        ],
        policy_commit=overview.policy_commit,
        drift=bool(drifted),
        standings=[_standing(status) for status in overview.standings],
    )


def _standing(status: DeploymentStatus) -> StandingResult:
    standing = StandingResult(
        app=status.app,
        environment=status.environment,
        branch=status.branch,
        file=status.file,
        release=release_result(status.release) if status.release else None,
        problem=status.problem or None,
        drift=status.drift or None,
        adopted=status.adopted,
        since=iso(status.since),
        operation=None,
        commit=None,
        requested_by=None,
        approved_by=[],
        reason=None,
        source=status.source,
        behind=status.behind,
        waiting=list(map(gate_result, status.waiting)),
        checks=list(map(named_check, status.checks)),
        live=_live(status.live) if status.live else None,
    )
    record = status.record
    if record is None:
        return standing
    return msgspec.structs.replace(
        standing,
        operation=record.operation,
        commit=record.commit,
        requested_by=record.requested_by,
        approved_by=list(record.approved_by),
        reason=record.reason,
    )


def _live(status: LiveStatus) -> LiveResult:
    return LiveResult(
        application=status.application,
        sync=status.sync or None,
        health=status.health or None,
        revision=status.revision or None,
        images=list(status.images),
        problem=status.problem or None,
        url=status.page or None,
    )


def named_check(check: CheckResult) -> NamedCheck:
    """Return a check's result as result documents have it."""
    ending: Literal["passed", "failed"] = "passed" if check.passed else "failed"
    return NamedCheck(check.name, ending, iso(check.when), check.by, check.url)
