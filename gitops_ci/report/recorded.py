"""What ``check`` recorded, as text for people and as the result document for machines."""

import json
from typing import Any

import msgspec

from gitops_ci import check_results
from gitops_ci.delivery.check import Noted
from gitops_ci.redaction import printable, redact
from gitops_ci.report import result
from gitops_ci.report.releases import release_result


def show(noted: Noted, *, as_json: bool, file: str | None) -> None:
    """Print what was recorded and write the result file; raises GitopsError when that can't be written."""
    if file or as_json:
        result.write(document(noted), file, as_json)
    if not as_json:
        result.show(printable(redact(f"{message(noted)}\n")))


def message(noted: Noted) -> str:
    """Return in one sentence what was recorded."""
    told = noted.result
    word = "passed" if told.passed else "failed"
    done = "would be recorded" if noted.notes is None else "is recorded already" if noted.already else "recorded"
    return f"{told.name} {word} for {told.app} {told.tag} in {told.environment}: {done} on commit {noted.commit[:12]}"


def document(noted: Noted) -> dict[str, Any]:
    """Return the result document; ``check`` is this command's own key: the line as it stands in the notes."""
    changed = noted.notes is not None and not noted.already
    common = result.Result(
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
    )
    plain: dict[str, Any] = msgspec.to_builtins(common)
    return {**plain, "check": json.loads(check_results.line(noted.result)), "notes": noted.notes}
