"""What ``check`` recorded, as text for people and as the result document for machines."""

from gitops_ci.base.redaction import safe
from gitops_ci.model import check_results
from gitops_ci.model.check_results import CheckOutcome
from gitops_ci.report.form import result
from gitops_ci.report.form.output import TextOutput, render
from gitops_ci.report.form.releases import release_result


class RecordedCheckResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``check``; ``check`` is the line as it stands in the notes, ``notes``
    their commit.
    """

    check: check_results.NoteLine
    notes: str | None


def show(noted: CheckOutcome, output: TextOutput) -> None:
    """Print what was recorded and write the result file; raises GitopsError when that can't be
    written.
    """
    render(output, lambda: document(noted), text=lambda: safe(f"{message(noted)}\n"))


def message(noted: CheckOutcome) -> str:
    """Return in one sentence what was recorded."""
    check_result = noted.result
    word = "passed" if check_result.passed else "failed"
    done = (
        "would be recorded"
        if noted.notes is None
        else "is recorded already"
        if noted.already
        else "recorded"
    )
    return (
        f"{check_result.name} {word} for {check_result.app} {check_result.tag} in "
        f"{check_result.environment}: {done} on commit {noted.commit[:12]}"
    )


def document(noted: CheckOutcome) -> RecordedCheckResult:
    """Return the result document."""
    changed = noted.notes is not None and not noted.already
    return RecordedCheckResult(
        ok=True,
        exit_code=0,
        category="planned" if noted.notes is None else "done" if changed else "unchanged",
        message=message(noted),
        operation="check",
        environment=noted.result.environment,
        release=release_result(noted.release),
        changed=changed,
        commit=noted.commit,
        dry_run=noted.notes is None,
        check=check_results.note_line(noted.result),
        notes=noted.notes,
    )
