"""``jobs trigger``: starts the promotion job once, and follows it to its end."""

import logging
from collections.abc import Callable, Mapping

import msgspec

from gitops_ci.adapters.jenkins import (
    Controller,
    JenkinsError,
    UncertainError,
    builds,
    inputs,
    jobs,
)
from gitops_ci.adapters.jenkins.jobs import JenkinsJob
from gitops_ci.base import progress
from gitops_ci.base.errors import Exit, GitopsError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.base.retry import Retry
from gitops_ci.core.promotion_job.definition import APP, DRY_RUN, REASON, TAG, TO
from gitops_ci.model.promotion_builds import Build, TriggerOutcome
from gitops_ci.usecases.jobs.log import Decoder
from gitops_ci.usecases.jobs.pending import plan_of, waits

log = logging.getLogger(__name__)

_SHORTEST, _LONGEST = 0.5, 5.0  # seconds between two looks
_LOOKS = 3  # for a build whose start got no answer, before it is started again
_FIRST_PAUSE = 1.0


class TriggerRequest(msgspec.Struct, frozen=True):
    """What is to be promoted; ``app`` and ``to`` None where the job leaves no choice. ``follow`` to
    the end of the build.
    """

    path: tuple[str, ...]
    app: str | None
    to: str | None
    tag: str = ""
    reason: str = ""
    dry_run: bool = False
    follow: bool = True


class StillRunningError(GitopsError):
    """The time for following is over; the build goes on."""

    exit_code = Exit.WAIT_TIMEOUT
    category = "timeout"


def trigger(
    controller: Controller, request: TriggerRequest, sink: Callable[[str], None]
) -> TriggerOutcome:
    """Start a build and follow it; ``sink`` gets its log in pieces of whole lines, as it came from
    the controller.

    Raises UsageError for what the job does not offer, JenkinsError, UnavailableError,
    StillRunningError.
    """
    job = jobs.look_up(controller, request.path)
    parameters = _parameters(job, request)
    sure = ", if it was started"
    try:
        started = _start(controller, request.path, parameters, job)
        sure = ""
        what = (
            "joined the build that waits with the same parameters" if started.joined else "started"
        )
        log.info("%s %s", "/".join(request.path), what)
        if not request.follow:
            return started
        build = started.build or _leave_queue(controller, request.path, started.queue_id or 0)
        log.info("build %d: %s", build.number, one_line(build.url))
        return msgspec.structs.replace(
            started, build=_follow(controller, request.path, build.number, sink)
        )
    except GitopsError:
        raise
    except BaseException:  # an interrupt ends the following alone
        log.warning("no longer followed; the build itself goes on%s", sure)
        raise


def _parameters(job: JenkinsJob, request: TriggerRequest) -> dict[str, str]:
    """Check before anything is sent: Jenkins drops parameters that it does not know, and calls a
    wrong choice a failure.
    """
    if not job.buildable:
        raise JenkinsError(
            "the job is disabled, or takes no builds",
            remedy="enable it, or run gitops-ci jobs apply",
        )
    wanted = {
        APP: _chosen(job, APP, request.app),
        TO: _chosen(job, TO, request.to),
        TAG: request.tag,
        REASON: request.reason,
    }
    wanted[DRY_RUN] = "true" if request.dry_run else "false"
    missing = [name for name in wanted if job.parameter(name) is None]
    if missing:
        raise JenkinsError(
            f"the job has no parameter {', '.join(missing)}: what it is given for it would "
            "be dropped",
            remedy="run gitops-ci jobs apply",
        )
    return wanted


def _chosen(job: JenkinsJob, name: str, value: str | None) -> str:
    parameter = job.parameter(name)
    choices = (parameter.choices if parameter else None) or ()
    word = "APP" if name == APP else "--to"
    known = ", ".join(one_line(each) for each in choices[:30])
    if value is None:
        if len(choices) == 1:
            return choices[0]
        raise UsageError(f"{word} is missing", remedy=f"the job offers: {known}")
    if choices and value not in choices:
        raise UsageError(
            f"the job does not offer {word} {one_line(value)[:200]}", remedy=f"it offers: {known}"
        )
    return value


def _start(
    controller: Controller, path: tuple[str, ...], parameters: Mapping[str, str], job: JenkinsJob
) -> TriggerOutcome:
    """Start one build, however often the answer gets lost on the way."""
    retry = Retry(controller.deadline, _FIRST_PAUSE)
    while True:
        try:
            number, joined = builds.start(controller, path, parameters)
            return TriggerOutcome(number, None, joined)
        except UncertainError as error:
            log.info("%s; looking whether it was started", error.message)
            looks = Retry(controller.deadline, _FIRST_PAUSE)
            while looks.attempt <= _LOOKS:
                if outcome := _started_after_all(controller, path, parameters, job):
                    return outcome
                looks.wait(error)
            retry.wait(error)


def _started_after_all(
    controller: Controller, path: tuple[str, ...], parameters: Mapping[str, str], job: JenkinsJob
) -> TriggerOutcome | None:
    for number, given in builds.waiting(controller, "/".join(path)):
        if _same(given, parameters):
            return TriggerOutcome(number, None)
    for build in builds.newest(controller, path):
        ours = not build.users or controller.username is None or controller.username in build.users
        if build.number >= job.next_build and ours and _same(build.parameters, parameters):
            return TriggerOutcome(build.queue_id, build)
    return None


def _same(given: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(
        " ".join(given.get(name, "").split()) == " ".join(value.split())
        for name, value in wanted.items()
    )


def _leave_queue(controller: Controller, path: tuple[str, ...], number: int) -> Build:
    shown = ""
    interval = _SHORTEST
    while True:
        item = builds.queued(controller, number)
        if item is None:
            return _build_of_item(controller, path, number)
        if item.cancelled:
            raise JenkinsError("the build was cancelled while it waited in the queue")
        if item.number is not None:
            return builds.build(controller, path, item.number)
        reason = one_line(item.why)
        # without what changes from second to second
        kind = "".join(char for char in item.why if not char.isdigit())
        if item.why and kind != shown:
            shown = kind
            log.info("in the queue: %s", reason)
        progress.step("waiting in the queue of Jenkins")
        state = f"it still waits in the queue: {reason or 'no reason given'}"
        interval = _pause(controller, interval, state)


def _build_of_item(controller: Controller, path: tuple[str, ...], number: int) -> Build:
    for build in builds.newest(controller, path):
        if build.queue_id == number:
            return build
    raise JenkinsError(f"item {number} of the queue is gone, and no build came of it")


def _follow(
    controller: Controller, path: tuple[str, ...], number: int, sink: Callable[[str], None]
) -> Build:
    position, interval, idle = 0, _SHORTEST, 0
    shown: frozenset[str] = frozenset()
    decoder = Decoder()
    while True:
        log_text = builds.log_text(controller, path, number, position)
        position = log_text.end
        sink(decoder.text(log_text.text))
        if not log_text.more:
            build = builds.build(controller, path, number)
            if not build.building and not log_text.text:
                sink(decoder.rest())
                return build
        if log_text.text:
            interval, idle = _SHORTEST, 0
        else:
            idle += 1
        if _asks_now(idle):
            shown = _show_questions(controller, path, number, shown)
        if not log_text.text or log_text.more:
            progress.step(f"following build {number}")
            waits_too = ", and waits for an answer" if shown else ""
            interval = _pause(controller, interval, f"build {number} still runs{waits_too}")


def _asks_now(idle: int) -> bool:
    """Tell whether questions are looked for: soon after the log has stopped, then now and then."""
    return idle in {1, 2} or idle % 5 == 4


def _show_questions(
    controller: Controller, path: tuple[str, ...], number: int, shown: frozenset[str]
) -> frozenset[str]:
    try:
        questions = inputs.questions(controller, path, number)
        plans = {
            question.id: plan_of(controller, path, number, question)[0]
            for question in questions
            if question.id not in shown
        }
    except JenkinsError as error:  # it is no reason to lose sight of the build
        log.debug("%s", error.message)
        return shown
    for question in questions:
        if question.id in plans:
            for line in waits(number, question, plans[question.id]):
                log.info("%s", line)
    return frozenset(question.id for question in questions)


def _pause(controller: Controller, interval: float, state: str) -> float:
    """Wait a while and return how long to wait the next time; raises StillRunningError when the
    time is over.
    """
    if controller.deadline.remaining() <= interval:
        raise StillRunningError(
            f"{state} after {controller.deadline.seconds:g} s; it goes on without being followed",
            remedy="look at the build's page, or give a longer --timeout",
        )
    controller.deadline.rest(interval)
    return min(interval * 1.5, _LONGEST)
