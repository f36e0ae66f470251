"""Promotion jobs, their builds and what waits for approval, as text for people and as result
documents.
"""

import sys
from collections.abc import Sequence

import msgspec

from gitops_ci.base.errors import Exit
from gitops_ci.base.redaction import one_line, safe
from gitops_ci.model.promotion_builds import (
    APPROVE,
    CHANGE,
    CREATE,
    SAME,
    AnswerOutcome,
    ApplyOutcome,
    Build,
    PendingBuild,
    TriggerOutcome,
)
from gitops_ci.report.form import result
from gitops_ci.report.form.output import TextOutput, render
from gitops_ci.report.form.terminal import table

_DONE = {CREATE: "created", CHANGE: "changed", SAME: "unchanged"}
_WOULD = {CREATE: "would be created", CHANGE: "would be changed", SAME: "unchanged"}


class JobResult(msgspec.Struct, frozen=True):
    """A folder or job, and what was done with it, or would be."""

    name: str
    kind: str
    action: str


class JobsAppliedResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``jobs diff`` and ``jobs apply``; ``jenkins`` is the controller's
    URL.
    """

    jenkins: str
    jobs: list[JobResult]


class JobsTriggeredResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``jobs trigger``; ``joined``: the same waited in the queue already."""

    queue_id: int | None
    joined: bool
    build: Build | None


class QuestionResult(msgspec.Struct, frozen=True):
    """What a build asks; ``fields`` are the parameters of the answer."""

    id: str
    message: str
    fields: list[str]


class PendingResult(msgspec.Struct, frozen=True):
    """A build that waits for approval, and the plan that it asks about."""

    build: Build
    plan_id: str | None
    plan: str
    question: QuestionResult


class JobsPendingResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``jobs pending``."""

    pending: list[PendingResult]


class JobsAnsweredResult(JobsPendingResult, frozen=True, kw_only=True):
    """The result document of ``jobs approve`` and ``jobs abort``; ``by`` answered."""

    by: str


def show_applied(applied: ApplyOutcome, output: TextOutput, *, dry_run: bool) -> None:
    """Print what was done, or would be; raises GitopsError when the result file can't be
    written.
    """
    words = _DONE if applied.done else _WOULD
    lines = [f"{step.kind} {step.name}: {words[step.action]}" for step in applied.steps]
    kept = [f"  keeps {tag}, which another plug-in has put there" for tag in applied.kept]
    shown = applied.diff if not applied.done else ""
    document = JobsAppliedResult(
        ok=True,
        exit_code=0,
        category="done" if applied.done else "planned" if applied.differs else "unchanged",
        message="; ".join(lines) + f" on {applied.url}",
        operation="jobs diff" if dry_run else "jobs apply",
        changed=applied.done,
        dry_run=dry_run,
        diff=applied.diff,
        jenkins=applied.url,
        jobs=[JobResult(step.name, step.kind, words[step.action]) for step in applied.steps],
    )
    _show(document, "\n".join([*lines, *kept]) + "\n" + shown, output)


def show_triggered(triggered: TriggerOutcome, output: TextOutput) -> Exit:
    """Print how the build ended, or that it was started, and return the exit code."""
    build = triggered.build
    ended = build is not None and build.result is not None
    code = Exit.FAILED if build and ended and build.result != "SUCCESS" else Exit.OK
    message = _started(triggered)
    document = JobsTriggeredResult(
        ok=code == Exit.OK,
        exit_code=int(code),
        category="jenkins" if code else "done",
        message=message,
        operation="jobs trigger",
        changed=not triggered.joined,
        queue_id=triggered.queue_id,
        joined=triggered.joined,
        build=build,
    )
    url = f"  {build.url}\n" if build and ended else ""
    _show(document, f"{message}\n{url}", output)
    return code


def _started(triggered: TriggerOutcome) -> str:
    build = triggered.build
    if build is None:
        return f"waits in the queue as item {triggered.queue_id}"
    if build.result is None:
        return f"build {build.number} runs: {build.url}"
    told = f": {one_line(build.description)}" if build.description else ""
    return f"build {build.number} ended with {build.result}{told}"


def show_pending(found: Sequence[PendingBuild], output: TextOutput) -> None:
    """Print what waits, with the plans."""
    document = JobsPendingResult(
        ok=True,
        exit_code=0,
        category="done",
        message="1 waits for approval" if len(found) == 1 else f"{len(found)} wait for approval",
        operation="jobs pending",
        pending=[_pending(build) for build in found],
    )
    rows = [_row(each) for each in found]
    headers = ("build", "app", "to", "by", "plan")
    text = table(headers, rows) if rows else "nothing waits for approval\n"
    _show(document, text + "".join(f"\n{plan_text(each)}" for each in found), output)


def show_answered(outcome: AnswerOutcome, output: TextOutput) -> None:
    """Print what was answered."""
    build, plan = outcome.pending.build, outcome.pending.plan_id
    verb = "approved" if outcome.word == APPROVE else "aborted"
    message = f"build {build.number} {verb} by {outcome.by}: {_what(build)}"
    document = JobsAnsweredResult(
        ok=True,
        exit_code=0,
        category="done",
        message=message,
        operation=f"jobs {outcome.word}",
        changed=True,
        plan_id=plan,
        pending=[_pending(outcome.pending)],
        by=outcome.by,
    )
    _show(document, f"{message}\n" + (f"plan {plan}\n" if plan else ""), output)


def plan_text(found: PendingBuild) -> str:
    """Return a build's plan as people read it, with what answers it."""
    head = f"build {found.build.number} ({_what(found.build)}): {found.build.url}"
    lines = [head, *(f"  {line}" for line in found.plan.splitlines())]
    plan = f" --plan {found.plan_id}" if found.plan_id else ""
    return "\n".join([*lines, f"answer: gitops-ci jobs approve {found.build.number}{plan}"]) + "\n"


def to_stderr(text: str) -> None:
    """Write a text from a controller to stderr: progress, not result."""
    if text:
        from gitops_ci.base import progress

        progress.clear()
        sys.stderr.write(safe(text))
        sys.stderr.flush()


def _what(build: Build) -> str:
    given = build.parameters
    what = " ".join(part for part in (given.get("APP", ""), given.get("TAG", "")) if part)
    return one_line(f"{what} to {given['TO']}" if given.get("TO") else what or build.title)


def _row(found: PendingBuild) -> tuple[str, ...]:
    given = found.build.parameters
    plan = (found.plan_id or "")[:12] or "not known"
    return (
        str(found.build.number),
        given.get("APP", ""),
        given.get("TO", ""),
        ", ".join(found.build.users),
        plan,
    )


def _pending(found: PendingBuild) -> PendingResult:
    asked = found.question
    question_result = QuestionResult(asked.id, asked.message, list(asked.fields))
    return PendingResult(found.build, found.plan_id, found.plan, question_result)


def _show(document: result.Result, text: str, output: TextOutput) -> None:
    render(output, lambda: document, text=lambda: safe(text))
