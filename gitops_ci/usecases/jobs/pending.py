"""``jobs pending``: builds that wait for an answer, and the plan that each of them asks about."""

import re

from gitops_ci.adapters.jenkins import Controller, NotFoundError, builds, inputs
from gitops_ci.base.redaction import one_line
from gitops_ci.model.promotion_builds import Build, PendingBuild, PendingInput
from gitops_ci.usecases.jobs.log import decode_log

# as vars/gitopsApproval.groovy makes it; Jenkins turns the first letter into a capital
_OUR_ID = re.compile(r"[Gg]itops-([0-9a-f]{12})")
_PLAN = re.compile(r"^plan ([0-9a-f]{64})\s*$", re.MULTILINE)
# a move, as plan writes it
_HEAD = re.compile(r"^(?:update|promote|rollback|adopt|retire) \S+: .* -> |^  (?:chart|removed): ")
_END = re.compile(r"^\[Pipeline\]|^Input requested|^Proceed or Abort")


def pending(
    controller: Controller, path: tuple[str, ...], number: int | None = None
) -> list[PendingBuild]:
    """Return what waits in a job, or in one build, the oldest first; raises JenkinsError."""
    if number is not None:
        running = [builds.build(controller, path, number)]
    else:
        running = [each for each in builds.newest(controller, path) if each.building]
    return [
        pending_build
        for build in sorted(running, key=lambda each: each.number)
        for pending_build in _of(controller, path, build)
    ]


def plan_of(
    controller: Controller, path: tuple[str, ...], number: int, question: PendingInput
) -> tuple[str | None, str]:
    """Return the id of the plan that a question is about, and the plan as text.

    Both stand in the message, unless it was replaced or cut off: then in the log, where they were
    shown before the question.
    """
    ours = _OUR_ID.fullmatch(question.id)
    start = ours[1] if ours else ""
    stated = [plan for plan in _PLAN.findall(question.message) if plan.startswith(start)]
    if stated:
        return stated[0], question.message.rstrip()
    text = decode_log(builds.log_text(controller, path, number, 0).text)
    matches = [match for match in _PLAN.finditer(text) if match[1].startswith(start)]
    if matches:
        # what is shown below the plan may hold a line that looks like it
        match = matches[0] if ours else matches[-1]
        return match[1], _around(text, match)
    return None, question.message.rstrip()


def waits(number: int, question: PendingInput, plan_id: str | None) -> list[str]:
    """Return the lines for people who follow a build that waits."""
    plan = f" of plan {plan_id[:12]}" if plan_id else ""
    named = f" --plan {plan_id}" if plan_id else ""
    return [
        f"build {number} waits for the approval{plan}: {one_line(question.message)[:200]}",
        f"  gitops-ci jobs approve {number}{named}",
        f"  gitops-ci jobs abort {number}",
    ]


def _of(controller: Controller, path: tuple[str, ...], build: Build) -> list[PendingBuild]:
    try:
        questions = inputs.questions(controller, path, build.number)
    except NotFoundError:  # deleted meanwhile
        return []
    return [
        PendingBuild(build, question, *plan_of(controller, path, build.number, question))
        for question in questions
    ]


def _around(text: str, match: re.Match[str]) -> str:
    """Return the plan of a log from the first of its moves to what Jenkins writes behind it."""
    before = text[: match.start()].split("\n")[:-1]
    first = len(before)
    while first > 0 and not _HEAD.match(before[first - 1]):
        first -= 1
    if first == 0:
        first = len(before)  # no move stands before it
    while first > 0 and _HEAD.match(before[first - 1]):
        first -= 1
    after = text[match.start() :].split("\n")
    last = next((index for index, line in enumerate(after) if _END.match(line)), len(after))
    return "\n".join([*before[first:], *after[:last]]).rstrip()
