"""Shows what came of ``init``."""

from typing import Any

import msgspec

from gitops_ci.redaction import printable, redact
from gitops_ci.report import result
from gitops_ci.scaffold.outcome import Scaffolded


def show(outcome: Scaffolded, *, as_json: bool, file: str | None) -> None:
    """Print what was written and what comes next, and write the result file; raises GitopsError when that can't be written."""
    result.write(document(outcome), file, as_json)
    if not as_json:
        result.show(printable(redact(text(outcome))))


def document(outcome: Scaffolded) -> dict[str, Any]:
    """Return the result document; what is not in every result are this command's own keys."""
    common = result.Result(
        ok=True,
        exit_code=0,
        category="planned" if outcome.dry_run else "done",
        message=_message(outcome),
        operation="init",
        changed=not outcome.dry_run,
        commit=outcome.commit,
        dry_run=outcome.dry_run,
        warnings=list(outcome.warnings),
    )
    own = {
        "folder": outcome.folder,
        "files": list(outcome.files),
        "kept": list(outcome.kept),
        "placeholders": [msgspec.to_builtins(each) for each in outcome.placeholders],
        "next_steps": list(outcome.steps),
    }
    plain: dict[str, Any] = msgspec.to_builtins(common)
    return {**plain, **own}


def text(outcome: Scaffolded) -> str:
    """Return what a person reads."""
    lines = [f"  {path}" for path in outcome.files]
    lines += [f"  {path} is there already and stays as it is" for path in outcome.kept]
    lines.append(_message(outcome))
    lines += [f"warning: {each}" for each in outcome.warnings]
    if outcome.placeholders:
        lines += ["", "Nobody gave these; put the real ones in:"]
        for each in outcome.placeholders:
            lines.append(f"  {each.what}: {each.value} ({each.option})")
            lines.append(f"    {', '.join(each.places)}")
    lines += ["", "Next:"]
    lines += [f"  {number}. {step}" for number, step in enumerate(outcome.steps, 1)]
    return "\n".join(lines) + "\n"


def _message(outcome: Scaffolded) -> str:
    count = f"{len(outcome.files)} files"
    if outcome.dry_run:
        return f"{count} would be written to {outcome.folder}"
    repository = ", a new Git repository" if outcome.made_repository else ""
    commit = f", committed as {outcome.commit}" if outcome.commit else ""
    return f"{count} written to {outcome.folder}{repository}{commit}"
