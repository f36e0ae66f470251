"""What ``check`` recorded, as text for people and as the result document for machines."""

from gitops_ci.base.redaction import safe
from gitops_ci.model import check_results
from gitops_ci.model.check_results import CheckOutcome
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render
from gitops_ci.report.formats.releases import release_result


class RecordedCheckResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``check``; ``check`` is the line as it stands in the notes, ``notes``
    their commit.
    """

    check: check_results.NoteLine
    notes: str | None


def show(outcome: CheckOutcome, output: TextOutput) -> None:
    render(output, lambda: document(outcome), text=lambda: safe(f"{message(outcome)}\n"))


def message(outcome: CheckOutcome) -> str:
    """Return in one sentence what was recorded."""
    check = outcome.result
    word = "passed" if check.passed else "failed"
    done = (
        "would be recorded"
        if outcome.notes is None
        else "is recorded already"
        if outcome.already
        else "recorded"
    )
    return (
        f"{check.name} {word} for {check.app} {check.tag} in "
        f"{check.environment}: {done} on commit {outcome.commit[:12]}"
    )


def document(outcome: CheckOutcome) -> RecordedCheckResult:
    changed = outcome.notes is not None and not outcome.already
    return RecordedCheckResult(
        ok=True,
        exit_code=0,
        category="planned" if outcome.notes is None else "done" if changed else "unchanged",
        message=message(outcome),
        operation="check",
        environment=outcome.result.environment,
        release=release_result(outcome.release),
        changed=changed,
        commit=outcome.commit,
        dry_run=outcome.notes is None,
        check=check_results.note_line(outcome.result),
        notes=outcome.notes,
    )
