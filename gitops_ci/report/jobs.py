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
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render
from gitops_ci.report.formats.terminal import table

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


def show_applied(outcome: ApplyOutcome, output: TextOutput, *, dry_run: bool) -> None:
    """Print what was done, or would be; raises GitopsError when the result file can't be
    written.
    """
    actions = _DONE if outcome.done else _WOULD
    lines = [f"{step.kind} {step.name}: {actions[step.action]}" for step in outcome.steps]
    foreign = [f"  keeps {tag}, which another plug-in has put there" for tag in outcome.kept]
    shown = outcome.diff if not outcome.done else ""
    document = JobsAppliedResult(
        ok=True,
        exit_code=0,
        category="done" if outcome.done else "planned" if outcome.differs else "unchanged",
        message="; ".join(lines) + f" on {outcome.url}",
        operation="jobs diff" if dry_run else "jobs apply",
        changed=outcome.done,
        dry_run=dry_run,
        diff=outcome.diff,
        jenkins=outcome.url,
        jobs=[JobResult(step.name, step.kind, actions[step.action]) for step in outcome.steps],
    )
    _show(document, "\n".join([*lines, *foreign]) + "\n" + shown, output)


def show_triggered(outcome: TriggerOutcome, output: TextOutput) -> Exit:
    """Print how the build ended, or that it was started, and return the exit code."""
    build = outcome.build
    ended = build is not None and build.result is not None
    code = Exit.FAILED if build and ended and build.result != "SUCCESS" else Exit.OK
    message = _started(outcome)
    document = JobsTriggeredResult(
        ok=code == Exit.OK,
        exit_code=int(code),
        category="jenkins" if code else "done",
        message=message,
        operation="jobs trigger",
        changed=not outcome.joined,
        queue_id=outcome.queue_id,
        joined=outcome.joined,
        build=build,
    )
    url = f"  {build.url}\n" if build and ended else ""
    _show(document, f"{message}\n{url}", output)
    return code


def _started(outcome: TriggerOutcome) -> str:
    build = outcome.build
    if build is None:
        return f"waits in the queue as item {outcome.queue_id}"
    if build.result is None:
        return f"build {build.number} runs: {build.url}"
    description = f": {one_line(build.description)}" if build.description else ""
    return f"build {build.number} ended with {build.result}{description}"


def show_pending(pending_builds: Sequence[PendingBuild], output: TextOutput) -> None:
    """Print what waits, with the plans."""
    number = len(pending_builds)
    document = JobsPendingResult(
        ok=True,
        exit_code=0,
        category="done",
        message="1 waits for approval" if number == 1 else f"{number} wait for approval",
        operation="jobs pending",
        pending=list(map(_pending, pending_builds)),
    )
    headers = ("build", "app", "to", "by", "plan")
    text = "nothing waits for approval\n"
    if pending_builds:
        text = table(headers, list(map(_row, pending_builds)))
    _show(document, "\n".join([text, *map(plan_text, pending_builds)]), output)


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


def plan_text(pending_build: PendingBuild) -> str:
    """Return a build's plan as people read it, with what answers it."""
    build = pending_build.build
    lines = [f"build {build.number} ({_what(build)}): {build.url}"]
    lines += [f"  {line}" for line in pending_build.plan.splitlines()]
    plan = f" --plan {pending_build.plan_id}" if pending_build.plan_id else ""
    lines.append(f"answer: gitops-ci jobs approve {build.number}{plan}")
    return "\n".join(lines) + "\n"


def to_stderr(text: str) -> None:
    """Write a text from a controller to stderr: progress, not result."""
    if text:
        from gitops_ci.base import progress

        progress.clear()
        sys.stderr.write(safe(text))
        sys.stderr.flush()


def _what(build: Build) -> str:
    parameters = build.parameters
    what = " ".join(part for part in (parameters.get("APP", ""), parameters.get("TAG", "")) if part)
    return one_line(
        f"{what} to {parameters['TO']}" if parameters.get("TO") else what or build.title
    )


def _row(pending_build: PendingBuild) -> tuple[str, ...]:
    parameters = pending_build.build.parameters
    plan = (pending_build.plan_id or "")[:12] or "not known"
    return (
        str(pending_build.build.number),
        parameters.get("APP", ""),
        parameters.get("TO", ""),
        ", ".join(pending_build.build.users),
        plan,
    )


def _pending(pending_build: PendingBuild) -> PendingResult:
    question = pending_build.question
    question_result = QuestionResult(question.id, question.message, list(question.fields))
    return PendingResult(
        pending_build.build, pending_build.plan_id, pending_build.plan, question_result
    )


def _show(document: result.Result, text: str, output: TextOutput) -> None:
    render(output, lambda: document, text=lambda: safe(text))
