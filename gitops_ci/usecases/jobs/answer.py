"""``jobs approve`` and ``jobs abort``: answers what a build asks, as the person whose token is
used.
"""

import logging
from collections.abc import Callable, Sequence
from urllib.parse import unquote, urlsplit

import msgspec

from gitops_ci.adapters.jenkins import (
    Controller,
    JenkinsError,
    NotFoundError,
    UncertainError,
    builds,
    inputs,
    jobs,
)
from gitops_ci.base.errors import GitopsError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.base.retry import Retry
from gitops_ci.core import plan_id
from gitops_ci.model.promotion_builds import (
    ABORT,
    APPROVE,
    AnswerOutcome,
    PendingBuild,
    PendingInput,
)
from gitops_ci.usecases.jobs.pending import pending

log = logging.getLogger(__name__)

_REASON = "REASON"
_DEEPEST = 100  # folders in the URL of a build
_SHORTEST_ID = 12  # digits of a plan id that are enough to mean it
# InputStepExecution says so between an answer and the end of its question
_ALREADY = "already given"
_FIRST_PAUSE = 0.5
_LOOKS = 12  # for the question to be gone after its answer was taken


class AnswerRequest(msgspec.Struct, frozen=True):
    """``number`` None is the only build that waits; ``plan`` the id of the plan that alone is
    answered.
    """

    path: tuple[str, ...]
    word: str
    number: int | None = None
    plan: str | None = None
    reason: str | None = None


def answer(
    controller: Controller, request: AnswerRequest, show: Callable[[PendingBuild], None]
) -> AnswerOutcome:
    """Answer one question; ``show`` gets it first. Raises UsageError, JenkinsError,
    UnavailableError.
    """
    pending_build = _only(controller, request)
    _check_plan(request, pending_build)
    values = _values(request, pending_build) if request.word == APPROVE else {}
    show(pending_build)
    _send(controller, request, pending_build, values)
    described = bool(
        request.word == ABORT
        and request.reason
        and _describe(controller, request, pending_build, request.reason)
    )
    return AnswerOutcome(pending_build, request.word, controller.username or "anonymous", described)


def build_number(
    controller: Controller, text: str, path: tuple[str, ...]
) -> tuple[tuple[str, ...], int]:
    """Return job and number of a build given by its number or its URL; raises UsageError."""
    if text.lstrip("#").isascii() and text.lstrip("#").isdigit():
        return path, int(text.lstrip("#"))
    build = _named_build(urlsplit(text).path) if "://" in text else None
    if build is None:
        raise UsageError(
            f"{one_line(text)[:200]} is no build",
            remedy="give its number, or its URL as Jenkins shows it",
        )
    named, number = build
    if not text.startswith(controller.url) and not text.startswith(
        _known_as(controller, named) or text + "/"
    ):
        raise UsageError(
            f"{one_line(text)[:200]} is not on {controller.url}", remedy="give --jenkins-url too"
        )
    return named, number


def _named_build(path: str) -> tuple[tuple[str, ...], int] | None:
    """Return the job and the number that stand in the path of a URL,
    .../job/FOLDER/job/NAME/NUMBER/...
    """
    parts = path.split("/")[: 2 * _DEEPEST]
    for start in (index for index, part in enumerate(parts) if part == "job"):
        end = _job_end(parts, start)
        if end > start and _is_number(parts[end]):
            return tuple(unquote(part) for part in parts[start + 1 : end : 2]), int(parts[end])
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and not text.startswith("0")


def _job_end(parts: Sequence[str], start: int) -> int:
    """Return the index behind job/FOLDER/job/NAME, of which something has to follow."""
    end = start
    while parts[end : end + 1] == ["job"] and len(parts) > end + 2 and parts[end + 1]:
        end += 2
    return end


def _known_as(controller: Controller, path: tuple[str, ...]) -> str:
    """Return the URL under which the controller knows a job, '' where it does not: it need not be
    the one that is used here.
    """
    try:
        return jobs.look_up(controller, path).url
    except NotFoundError:
        return ""


def _only(controller: Controller, request: AnswerRequest) -> PendingBuild:
    waiting = pending(controller, request.path, request.number)
    matching = waiting
    if request.number is None and request.plan:
        matching = [each for each in waiting if _has_plan(each, request.plan)]
    if len(matching) == 1:
        return matching[0]
    if not waiting:
        raise _nothing_waits(controller, request)
    name = "/".join(request.path)
    listed = "; ".join(f"{each.build.number}: {_summary(each)}" for each in waiting)
    if not matching:
        raise JenkinsError(
            f"no build of {name} waits with plan {one_line(request.plan or '')[:64]}",
            remedy=f"there are: {listed}",
        )
    raise JenkinsError(
        f"{len(matching)} questions of {name} wait: say which", remedy=f"give the build: {listed}"
    )


def _nothing_waits(controller: Controller, request: AnswerRequest) -> JenkinsError:
    name = "/".join(request.path)
    remedy = "see gitops-ci jobs pending"
    if request.number is None:
        return JenkinsError(f"no build of {name} waits for an answer", remedy=remedy)
    build = builds.build(controller, request.path, request.number)
    state = "it runs" if build.building else f"it has ended: {build.result}"
    return JenkinsError(
        f"build {request.number} of {name} waits for nothing ({state})", remedy=remedy
    )


def _summary(pending_build: PendingBuild) -> str:
    given = pending_build.build.parameters
    promotion = f"{given.get('APP', '')} to {given.get('TO', '')}".strip()
    return one_line(f"{promotion} {(pending_build.plan_id or '')[:_SHORTEST_ID]}")


def _has_plan(pending_build: PendingBuild, plan: str) -> bool:
    digits = plan.strip().lower().removeprefix(plan_id.with_form(""))
    return (
        pending_build.plan_id is not None
        and len(digits) >= _SHORTEST_ID
        and pending_build.plan_id.startswith(digits)
    )


def _check_plan(request: AnswerRequest, pending_build: PendingBuild) -> None:
    if not request.plan or _has_plan(pending_build, request.plan):
        return
    if len(request.plan) < _SHORTEST_ID:
        raise UsageError(
            f"--plan {one_line(request.plan)} is too short",
            remedy=f"give {_SHORTEST_ID} digits of it or more",
        )
    shown = (
        f"plan {pending_build.plan_id}" if pending_build.plan_id else "no plan that could be read"
    )
    raise JenkinsError(
        f"build {pending_build.build.number} waits with {shown}, not with plan "
        f"{one_line(request.plan)[:64]}: nothing was answered",
        remedy="look at it: gitops-ci jobs pending",
    )


def _values(request: AnswerRequest, pending_build: PendingBuild) -> dict[str, str]:
    question, build = pending_build.question, pending_build.build
    unknown = [name for name in question.fields if name != _REASON]
    if unknown:
        raise JenkinsError(
            f"the question of build {build.number} has fields that gitops-ci does not "
            f"know: {one_line(', '.join(unknown))}",
            remedy=f"answer it on its page: {one_line(build.url)}input/",
        )
    asked = _REASON in question.fields
    if asked and not request.reason:
        raise UsageError(
            f"the question of build {build.number} asks for a reason", remedy="give --reason TEXT"
        )
    if request.reason and not asked:
        raise JenkinsError(
            f"the question of build {build.number} has no field for a reason: it "
            "would not be recorded",
            remedy="leave --reason out; the reason that was given when it "
            "was triggered is recorded",
        )
    return {_REASON: request.reason} if asked and request.reason else {}


def _send(
    controller: Controller,
    request: AnswerRequest,
    pending_build: PendingBuild,
    values: dict[str, str],
) -> None:
    number, question = pending_build.build.number, pending_build.question
    retry = Retry(controller.deadline, _FIRST_PAUSE)
    while True:
        trouble = _try(controller, request, pending_build, values)
        if trouble and not isinstance(trouble, UncertainError) and retry.attempt == 1:
            raise JenkinsError(
                f"build {number} no longer waits: somebody else answered, or its time was over",
                remedy="see its page",
            )
        # on a second attempt it may have been our own answer, the one that got none
        if _gone(controller, request.path, number, question, once=trouble is not None):
            _check_approver(controller, request, number, trouble)
            return
        if trouble is None:
            raise JenkinsError(
                f"build {number} still waits after the answer was taken",
                remedy=f"look at its page: {one_line(pending_build.build.url)}",
            )
        retry.wait(trouble)


def _try(
    controller: Controller,
    request: AnswerRequest,
    pending_build: PendingBuild,
    values: dict[str, str],
) -> GitopsError | None:
    """Answer once; return UncertainError where nobody knows whether it arrived, JenkinsError where
    the question was answered already.
    """
    number, question = pending_build.build.number, pending_build.question
    try:
        if request.word == APPROVE:
            inputs.approve(controller, request.path, number, question, values)
        else:
            inputs.abort(controller, request.path, number, question)
    except UncertainError as error:
        return error
    except JenkinsError as error:
        if not _answered(error):
            raise
        return error
    return None


def _answered(error: JenkinsError) -> bool:
    return isinstance(error, NotFoundError) or _ALREADY in error.message


def _gone(
    controller: Controller,
    path: tuple[str, ...],
    number: int,
    question: PendingInput,
    *,
    once: bool,
) -> bool:
    retry = Retry(controller.deadline, _FIRST_PAUSE, most=1 if once else _LOOKS - 1)
    while question.id in {each.id for each in inputs.questions(controller, path, number)}:
        if not retry.pause():
            return False
    return True


def _check_approver(
    controller: Controller, request: AnswerRequest, number: int, trouble: GitopsError | None
) -> None:
    """Where the answer to our answer was lost, look who it was that approved."""
    username = controller.username
    if trouble is None or request.word != APPROVE or username is None:
        return
    approvers = builds.approvers(controller, request.path, number)
    if username.lower() not in {approver.lower() for approver in approvers}:
        raise JenkinsError(
            f"build {number} no longer waits, and it was not {username} who approved",
            remedy="see its page",
        )


def _describe(
    controller: Controller, request: AnswerRequest, pending_build: PendingBuild, reason: str
) -> bool:
    text = f"aborted by {controller.username or 'anonymous'}: {reason}"
    try:
        builds.describe(controller, request.path, pending_build.build.number, text)
    except GitopsError as error:
        log.warning("the reason could not be written to the build: %s", error.message)
        return False
    return True
