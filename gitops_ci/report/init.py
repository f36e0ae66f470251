"""Shows what came of ``init``."""

from gitops_ci.base.redaction import safe
from gitops_ci.model.scaffold import InitOutcome, Placeholder
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render


class InitResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``init``: ``files`` were written, ``kept`` were there already."""

    folder: str
    files: list[str]
    kept: list[str]
    placeholders: list[Placeholder]
    next_steps: list[str]


def show(outcome: InitOutcome, output: TextOutput) -> None:
    render(output, lambda: document(outcome), text=lambda: safe(text(outcome)))


def document(outcome: InitOutcome) -> InitResult:
    return InitResult(
        ok=True,
        exit_code=0,
        category="planned" if outcome.dry_run else "done",
        message=_message(outcome),
        operation="init",
        changed=not outcome.dry_run,
        commit=outcome.commit,
        dry_run=outcome.dry_run,
        warnings=list(outcome.warnings),
        folder=outcome.folder,
        files=list(outcome.files),
        kept=list(outcome.kept),
        placeholders=list(outcome.placeholders),
        next_steps=list(outcome.steps),
    )


def text(outcome: InitOutcome) -> str:
    lines = [f"  {path}" for path in outcome.files]
    lines += [f"  {path} is there already and stays as it is" for path in outcome.kept]
    lines.append(_message(outcome))
    lines += [f"warning: {each}" for each in outcome.warnings]
    if outcome.placeholders:
        lines += ["", "Nobody gave these; put the real ones in:"]
        for placeholder in outcome.placeholders:
            lines.append(f"  {placeholder.what}: {placeholder.value} ({placeholder.option})")
            lines.append(f"    {', '.join(placeholder.places)}")
    lines += ["", "Next:"]
    lines += [f"  {number}. {step}" for number, step in enumerate(outcome.steps, 1)]
    return "\n".join(lines) + "\n"


def _message(outcome: InitOutcome) -> str:
    count = f"{len(outcome.files)} files"
    if outcome.dry_run:
        return f"{count} would be written to {outcome.folder}"
    repository = ", a new Git repository" if outcome.made_repository else ""
    commit = f", committed as {outcome.commit}" if outcome.commit else ""
    return f"{count} written to {outcome.folder}{repository}{commit}"
