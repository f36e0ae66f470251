"""Promotion jobs, their builds and what waits for approval, as text for people and as result documents."""

import sys
from typing import TYPE_CHECKING, Any

import msgspec

from gitops_ci.delivery.jobs.applying import CHANGE, CREATE, SAME, Applied
from gitops_ci.errors import Category, Exit
from gitops_ci.redaction import one_line, printable, redact
from gitops_ci.report import result
from gitops_ci.report.terminal import table

if TYPE_CHECKING:
    from gitops_ci.delivery.jobs.answering import Answered
    from gitops_ci.delivery.jobs.triggering import Triggered
    from gitops_ci.delivery.jobs.waiting import Pending
    from gitops_ci.jenkins.builds import Build

_DONE = {CREATE: "created", CHANGE: "changed", SAME: "unchanged"}
_WOULD = {CREATE: "would be created", CHANGE: "would be changed", SAME: "unchanged"}


def show_applied(applied: Applied, operation: str, *, as_json: bool, file: str | None) -> None:
    """Print what was done, or would be; raises GitopsError when the result file can't be written."""
    words = _DONE if applied.done else _WOULD
    lines = [f"{step.kind} {step.name}: {words[step.action]}" for step in applied.steps]
    kept = [f"  keeps {tag}, which another plug-in has put there" for tag in applied.kept]
    shown = applied.diff if not applied.done else ""
    document = _result(
        operation,
        "; ".join(lines) + f" on {applied.url}",
        category="done" if applied.done else "planned" if applied.differs else "unchanged",
        changed=applied.done,
        dry_run=operation == "jobs diff",
        diff=applied.diff,
    )
    jobs = [{"name": step.name, "kind": step.kind, "action": words[step.action]} for step in applied.steps]
    _show(document | {"jenkins": applied.url, "jobs": jobs}, "\n".join([*lines, *kept]) + "\n" + shown, as_json, file)


def show_triggered(triggered: "Triggered", *, as_json: bool, file: str | None) -> int:
    """Print how the build ended, or that it was started, and return the exit code."""
    build = triggered.build
    if build is None or build.result is None:
        message = (
            f"waits in the queue as item {triggered.queue_id}" if build is None else f"build {build.number} runs: {build.url}"
        )
        code = Exit.OK
    else:
        told = f": {one_line(build.description)}" if build.description else ""
        message = f"build {build.number} ended with {build.result}{told}"
        code = Exit.OK if build.result == "SUCCESS" else Exit.FAILED
    document = _result("jobs trigger", message, code=code, changed=not triggered.joined)
    url = f"  {build.url}\n" if build and build.result else ""
    more = {"queue_id": triggered.queue_id, "joined": triggered.joined, "build": _build(build) if build else None}
    _show(document | more, f"{message}\n{url}", as_json, file)
    return code


def show_pending(found: list["Pending"], *, as_json: bool, file: str | None) -> None:
    """Print what waits, with the plans."""
    message = f"{len(found)} wait for approval" if len(found) != 1 else "1 waits for approval"
    document = _result("jobs pending", message) | {"pending": [_pending(each) for each in found]}
    rows = [_row(each) for each in found]
    text = table(("build", "app", "to", "by", "plan"), rows) if rows else "nothing waits for approval\n"
    _show(document, text + "".join(f"\n{plan_text(each)}" for each in found), as_json, file)


def show_answered(answered: "Answered", *, as_json: bool, file: str | None) -> None:
    """Print what was answered."""
    from gitops_ci.delivery.jobs.answering import APPROVE

    build = answered.pending.build
    verb = "approved" if answered.word == APPROVE else "aborted"
    message = f"build {build.number} {verb} by {answered.by}: {_what(build)}"
    document = _result(f"jobs {answered.word}", message, changed=True) | {"plan_id": answered.pending.plan_id}
    text = f"{message}\n" + (f"plan {answered.pending.plan_id}\n" if answered.pending.plan_id else "")
    _show(document | {"pending": [_pending(answered.pending)], "by": answered.by}, text, as_json, file)


def plan_text(found: "Pending") -> str:
    """Return a build's plan as people read it, with what answers it."""
    head = f"build {found.build.number} ({_what(found.build)}): {found.build.url}"
    lines = [head, *(f"  {line}" for line in found.plan.splitlines())]
    plan = f" --plan {found.plan_id}" if found.plan_id else ""
    return "\n".join([*lines, f"answer: gitops-ci jobs approve {found.build.number}{plan}"]) + "\n"


def to_stderr(text: str) -> None:
    """Write a text from a controller to stderr: progress, not result."""
    if text:
        from gitops_ci import progress

        progress.clear()
        sys.stderr.write(printable(redact(text)))
        sys.stderr.flush()


def _what(build: "Build") -> str:
    given = build.parameters
    what = " ".join(part for part in (given.get("APP", ""), given.get("TAG", "")) if part)
    return one_line(f"{what} to {given['TO']}" if given.get("TO") else what or build.title)


def _row(found: "Pending") -> tuple[str, ...]:
    given = found.build.parameters
    plan = (found.plan_id or "")[:12] or "not known"
    return str(found.build.number), given.get("APP", ""), given.get("TO", ""), ", ".join(found.build.users), plan


def _build(build: "Build") -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(build)
    return plain


def _pending(found: "Pending") -> dict[str, Any]:
    return {
        "build": _build(found.build),
        "plan_id": found.plan_id,
        "plan": found.plan,
        "question": {"id": found.question.id, "message": found.question.message, "fields": list(found.question.fields)},
    }


def _result(
    operation: str,
    message: str,
    *,
    code: int = 0,
    category: Category | None = None,
    changed: bool = False,
    dry_run: bool = False,
    diff: str = "",
) -> dict[str, Any]:
    document = result.Result(
        ok=code == 0,
        exit_code=int(code),
        category=category or ("done" if code == 0 else "jenkins"),
        message=message,
        operation=operation,
        changed=changed,
        dry_run=dry_run,
        diff=diff,
    )
    plain: dict[str, Any] = msgspec.to_builtins(document)
    return plain


def _show(document: dict[str, Any], text: str, as_json: bool, file: str | None) -> None:
    if file or as_json:
        result.write(document, file, as_json)
    if not as_json:
        result.show(printable(redact(text)))
