"""``jobs approve`` and ``jobs abort``: answers what a build asks, as the person whose token is
used.
"""

import logging
from collections.abc import Callable
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
_ALREADY = (
    "already given"  # InputStepExecution says so between an answer and the end of its question
)
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
    controller: Controller, ask: AnswerRequest, show: Callable[[PendingBuild], None]
) -> AnswerOutcome:
    """Answer one question; ``show`` gets it first. Raises UsageError, JenkinsError,
    UnavailableError.
    """
    build = _only(controller, ask)
    _check_plan(ask, build)
    values = _values(ask, build) if ask.word == APPROVE else {}
    show(build)
    _send(controller, ask, build, values)
    noted = bool(ask.word == ABORT and ask.reason and _note(controller, ask, build, ask.reason))
    return AnswerOutcome(build, ask.word, controller.username or "anonymous", noted)


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
        end = start
        while parts[end : end + 1] == ["job"] and len(parts) > end + 2 and parts[end + 1]:
            end += 2
        number = parts[end]
        if end > start and number.isascii() and number.isdigit() and not number.startswith("0"):
            return tuple(unquote(part) for part in parts[start + 1 : end : 2]), int(number)
    return None


def _known_as(controller: Controller, path: tuple[str, ...]) -> str:
    """Return the URL under which the controller knows a job, '' where it does not: it need not be
    the one that is used here.
    """
    try:
        return jobs.look_up(controller, path).url
    except NotFoundError:
        return ""


def _only(controller: Controller, ask: AnswerRequest) -> PendingBuild:
    found = pending(controller, ask.path, ask.number)
    fitting = (
        [each for each in found if not ask.plan or _means(ask.plan, each)]
        if ask.number is None
        else found
    )
    if len(fitting) == 1:
        return fitting[0]
    name = "/".join(ask.path)
    if not found and ask.number is not None:
        build = builds.build(controller, ask.path, ask.number)
        state = "it runs" if build.building else f"it has ended: {build.result}"
        raise JenkinsError(
            f"build {ask.number} of {name} waits for nothing ({state})",
            remedy="see gitops-ci jobs pending",
        )
    if not found:
        raise JenkinsError(
            f"no build of {name} waits for an answer", remedy="see gitops-ci jobs pending"
        )
    listed = "; ".join(f"{each.build.number}: {_summary(each)}" for each in found)
    if not fitting:
        raise JenkinsError(
            f"no build of {name} waits with plan {one_line(ask.plan or '')[:64]}",
            remedy=f"there are: {listed}",
        )
    raise JenkinsError(
        f"{len(fitting)} questions of {name} wait: say which", remedy=f"give the build: {listed}"
    )


def _summary(found: PendingBuild) -> str:
    given = found.build.parameters
    what = f"{given.get('APP', '')} to {given.get('TO', '')}".strip()
    return one_line(f"{what} {(found.plan_id or '')[:_SHORTEST_ID]}")


def _means(plan: str, found: PendingBuild) -> bool:
    digits = plan.strip().lower().removeprefix(plan_id.with_form(""))
    return (
        found.plan_id is not None
        and len(digits) >= _SHORTEST_ID
        and found.plan_id.startswith(digits)
    )


def _check_plan(ask: AnswerRequest, found: PendingBuild) -> None:
    if not ask.plan or _means(ask.plan, found):
        return
    if len(ask.plan) < _SHORTEST_ID:
        raise UsageError(
            f"--plan {one_line(ask.plan)} is too short",
            remedy=f"give {_SHORTEST_ID} digits of it or more",
        )
    waiting = f"plan {found.plan_id}" if found.plan_id else "no plan that could be read"
    raise JenkinsError(
        f"build {found.build.number} waits with {waiting}, not with plan "
        f"{one_line(ask.plan)[:64]}: nothing was answered",
        remedy="look at it: gitops-ci jobs pending",
    )


def _values(ask: AnswerRequest, found: PendingBuild) -> dict[str, str]:
    unknown = [name for name in found.question.fields if name != _REASON]
    if unknown:
        raise JenkinsError(
            f"the question of build {found.build.number} has fields that gitops-ci does not "
            f"know: {one_line(', '.join(unknown))}",
            remedy=f"answer it on its page: {one_line(found.build.url)}input/",
        )
    asked = _REASON in found.question.fields
    if asked and not ask.reason:
        raise UsageError(
            f"the question of build {found.build.number} asks for a reason",
            remedy="give --reason TEXT",
        )
    if ask.reason and not asked:
        raise JenkinsError(
            f"the question of build {found.build.number} has no field for a reason: it "
            "would not be recorded",
            remedy="leave --reason out; the reason that was given when it "
            "was triggered is recorded",
        )
    return {_REASON: ask.reason} if asked and ask.reason else {}


def _send(
    controller: Controller, ask: AnswerRequest, found: PendingBuild, values: dict[str, str]
) -> None:
    number, question = found.build.number, found.question
    retry = Retry(controller.deadline, _FIRST_PAUSE)
    while True:
        trouble: GitopsError | None = None
        try:
            if ask.word == APPROVE:
                inputs.approve(controller, ask.path, number, question, values)
            else:
                inputs.abort(controller, ask.path, number, question)
        except UncertainError as error:
            trouble = error
        except JenkinsError as error:
            if not _answered(error):
                raise
            if retry.attempt == 1:
                raise JenkinsError(
                    f"build {number} no longer waits: somebody else answered, or its time was over",
                    remedy="see its page",
                ) from None
            trouble = error  # it may have been our own answer, the one that got none
        if _gone(controller, ask.path, number, question, once=trouble is not None):
            _check_approver(controller, ask, number, trouble)
            return
        if trouble is None:
            raise JenkinsError(
                f"build {number} still waits after the answer was taken",
                remedy=f"look at its page: {one_line(found.build.url)}",
            )
        retry.wait(trouble)


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
    controller: Controller, ask: AnswerRequest, number: int, trouble: GitopsError | None
) -> None:
    """Where the answer to our answer was lost, look who it was that approved."""
    if trouble is None or ask.word != APPROVE or controller.username is None:
        return
    known = builds.approvers(controller, ask.path, number)
    if controller.username.lower() not in {each.lower() for each in known}:
        raise JenkinsError(
            f"build {number} no longer waits, and it was not {controller.username} who approved",
            remedy="see its page",
        )


def _note(controller: Controller, ask: AnswerRequest, found: PendingBuild, reason: str) -> bool:
    text = f"aborted by {controller.username or 'anonymous'}: {reason}"
    try:
        builds.describe(controller, ask.path, found.build.number, text)
    except GitopsError as error:
        log.warning("the reason could not be written to the build: %s", error.message)
        return False
    return True
