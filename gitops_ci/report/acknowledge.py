"""How an acknowledgement ended: as text for people, and as the result document for machines."""

from typing import Literal

from gitops_ci.base.errors import Category, Exit
from gitops_ci.base.redaction import safe
from gitops_ci.model.acknowledgement import AcknowledgeOutcome
from gitops_ci.model.operation import PASSED, PENDING
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render
from gitops_ci.report.operation import gate_result
from gitops_ci.report.operation_text import verdict_lines


class AcknowledgeResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``audit acknowledge``; ``finding`` is the id of what it closes."""

    finding: str


def show(outcome: AcknowledgeOutcome, output: TextOutput) -> Exit:
    """Print it, write the result file, and return the exit code."""
    render(output, lambda: document(outcome), text=lambda: safe(text(outcome)))
    return exit_code(outcome)


def exit_code(outcome: AcknowledgeOutcome) -> Exit:
    """Return 0 when done, or when a dry run has nothing but pending gates; else 3."""
    states = {verdict.state for verdict in outcome.verdicts}
    allowed = {PASSED, PENDING} if outcome.dry_run else {PASSED}
    return Exit.OK if states <= allowed else Exit.REFUSED


def document(outcome: AcknowledgeOutcome) -> AcknowledgeResult:
    code = exit_code(outcome)
    return AcknowledgeResult(
        ok=code == Exit.OK,
        exit_code=int(code),
        category=_category(outcome, code),
        message=message(outcome),
        operation="acknowledge",
        environment=outcome.finding.environment or None,
        changed=outcome.commit is not None and outcome.branch is None,
        commit=outcome.commit,
        plan_id=outcome.plan or None,
        gates=list(map(gate_result, outcome.verdicts)),
        attempts=outcome.attempts,
        dry_run=outcome.dry_run,
        published=_published(outcome),
        finding=str(outcome.finding),
    )


def text(outcome: AcknowledgeOutcome) -> str:
    """Return what is acknowledged, who has to approve it, its plan, and how it ended."""
    if outcome.already:
        return f"{message(outcome)}\n"
    lines = [f"{outcome.finding.short}\n  {outcome.message}\n"]
    lines += map(verdict_lines, outcome.verdicts)
    lines.append(f"plan {outcome.plan}\n")
    return "".join([*lines, f"\n{message(outcome)}\n"])


def message(outcome: AcknowledgeOutcome) -> str:
    """Return in one sentence how it ended."""
    name = outcome.finding.short
    if outcome.already:
        return f"{name} is no violation: {outcome.message}"
    if exit_code(outcome) != Exit.OK:
        reasons = (each.reason for each in outcome.verdicts if each.state != PASSED)
        return f"{name} is not acknowledged: {'; '.join(reasons)}"
    if outcome.dry_run:
        return f"{name} would be acknowledged"
    if outcome.branch:
        return f"{name}: proposed on branch {outcome.branch}, to be merged"
    return f"{name} is acknowledged: commit {outcome.commit}"


def _category(outcome: AcknowledgeOutcome, code: Exit) -> Category:
    if code != Exit.OK:
        return "refused"
    if outcome.dry_run:
        return "planned"
    return "done" if outcome.commit else "unchanged"


def _published(outcome: AcknowledgeOutcome) -> Literal["committed", "proposed"] | None:
    if outcome.commit is None:
        return None
    return "proposed" if outcome.branch else "committed"
