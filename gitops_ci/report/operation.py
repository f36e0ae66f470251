"""An operation's outcome: shown, and as the result document for machines."""

from typing import Any, Literal

from msgspec import to_builtins

from gitops_ci.base.errors import Category, Exit
from gitops_ci.base.redaction import safe
from gitops_ci.model.operation import PENDING, REFUSED, Change, Verdict
from gitops_ci.model.outcome import Outcome
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import MarkdownOutput, render
from gitops_ci.report.formats.releases import release_result
from gitops_ci.report.operation_text import (
    coloured,
    diff,
    hints,
    message,
    rendered_diff,
    summary,
    text,
)


def show(outcome: Outcome, output: MarkdownOutput) -> None:
    render(
        output,
        lambda: document(outcome),
        text=lambda: coloured(safe(text(outcome))),
        markdown=lambda: as_markdown(outcome),
    )


def as_markdown(outcome: Outcome) -> str:
    """Return the outcome for a comment or a chat."""
    from gitops_ci.report import operation_markdown  # few ask for it

    return operation_markdown.text(outcome)


def exit_code(outcome: Outcome) -> Exit:
    """Return 0 when done, or when a plan has nothing but pending gates; else what kept it."""
    causes = {verdict.cause for verdict in outcome.verdicts if verdict.state == REFUSED}
    if "rule" in causes:
        return Exit.REFUSED
    if "failed" in causes:
        return Exit.FAILED
    if causes:
        return Exit.UNAVAILABLE
    pending = any(verdict.state == PENDING for verdict in outcome.verdicts)
    return Exit.REFUSED if pending and not outcome.request.dry_run else Exit.OK


def document(outcome: Outcome) -> result.Result:
    plan, dry_run = outcome.plan, outcome.request.dry_run
    code = exit_code(outcome)
    apps = [_app(change, outcome) for change in (*plan.changes, *plan.unchanged)]
    only = apps[0] if len(apps) == 1 else None
    return result.Result(
        ok=code == Exit.OK,
        exit_code=int(code),
        category=_category(outcome, code),
        message=message(outcome),
        operation=plan.operation,
        apps=apps,
        environment=plan.environment.name,
        release=only.release if only else None,
        previous=only.previous if only else None,
        changed=outcome.published,
        commit=outcome.commit,
        plan_id=plan.id if plan.changes else None,
        rendered_diff=rendered_diff(outcome),
        summary=summary(outcome) if dry_run and plan.changes else None,
        changelog=_changelog(outcome),
        gates=list(map(gate_result, outcome.verdicts)),
        diff=diff(outcome),
        attempts=outcome.attempts,
        dry_run=dry_run,
        warnings=list(outcome.notices),
        published=_published(outcome),
        git_tag=outcome.git_tag.name if outcome.git_tag else None,
        proposal=_proposal(outcome),
    )


def _published(outcome: Outcome) -> Literal["committed", "proposed"] | None:
    if outcome.published:
        return "committed"
    return "proposed" if outcome.proposal and outcome.proposal.made else None


def _proposal(outcome: Outcome) -> result.ProposalResult | None:
    proposal = outcome.proposal
    if proposal is None or not outcome.plan.changes:
        return None
    return result.ProposalResult(proposal.branch, proposal.target, hints(proposal))


def _changelog(outcome: Outcome) -> list[dict[str, Any]]:
    if outcome.brings is None:
        return []
    from gitops_ci.report import diff as diff_report

    changes: list[dict[str, Any]] = to_builtins(diff_report.entries(outcome.brings))
    return changes


def _category(outcome: Outcome, code: Exit) -> Category:
    failed = {verdict.gate for verdict in outcome.verdicts if verdict.cause == "failed"}
    names: dict[Exit, Category] = {
        Exit.REFUSED: "refused",
        Exit.FAILED: "failed" if failed == {"render"} else "image",
        Exit.UNAVAILABLE: "unavailable",
    }
    if code != Exit.OK:
        return names[code]
    if not outcome.plan.changes and not outcome.published:
        return "unchanged"
    if outcome.proposal and outcome.proposal.made:
        return "proposed"
    return "done" if outcome.published else "planned"


def _app(change: Change, outcome: Outcome) -> result.AppResult:
    moves = change in outcome.plan.changes
    return result.AppResult(
        app=change.app.name,
        file=change.file,
        branch=change.branch,
        release=None if outcome.plan.kind.removes else release_result(change.after),
        previous=release_result(change.before),
        changed=moves and outcome.published,
        commit=outcome.commit if moves else outcome.existing.get(change.app.name),
        carried=[
            result.CarriedResult(entry.path, entry.before, entry.after) for entry in change.carried
        ],
        removed=list(change.removed),
    )


def gate_result(verdict: Verdict) -> result.GateResult:
    """Return a verdict as result documents have it."""
    return result.GateResult(
        gate=verdict.gate,
        app=verdict.app,
        environment=verdict.environment,
        state=verdict.state,
        reason=verdict.reason,
        remedy=verdict.remedy,
        openers=list(verdict.openers),
        opens_at=verdict.opens_at,
        asks=list(verdict.asks),
    )
