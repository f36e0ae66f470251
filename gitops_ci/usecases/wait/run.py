"""Waits for all applications at once: each is followed in a thread of its own, one place tells what
changes.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gitops_ci.base import interrupts, progress
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.core.rollout.arrival import DONE, FAILED, Arrival, Ending
from gitops_ci.usecases.argocd_access import access_to
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.wait.lineage import LineageReader
from gitops_ci.usecases.wait.request import COMMITTED, AwaitedTarget, WaitPolicy
from gitops_ci.usecases.wait.watch import WaitContext, Watch

log = logging.getLogger(__name__)

_TICK = 0.2  # seconds
# seconds in which threads that are told to stop may remove what they have on disk
_FAREWELL = 1.0
_RATE = 8.0  # questions a second that a server gets from us, however many applications there are
# applications that are asked for at once in the beginning: each question is a comparison
_AT_ONCE = 16
_HUNG = GitopsError("a question to Argo CD did not end in time", remedy="see whether Argo CD is up")
Messages = queue.SimpleQueue[tuple[int, str | Arrival | BaseException]]
_GRACE = 20.0  # seconds after the deadline in which an answer that was asked for may still end


def wait_for(
    awaiteds: Sequence[AwaitedTarget], location: RepositoryLocation, wait_policy: WaitPolicy
) -> list[Arrival]:
    """Return how each application ended; raises UsageError when Argo CD can't be asked at all."""
    if wait_policy.level == COMMITTED:
        return [_committed(awaited) for awaited in awaiteds]
    interrupts.end_within(wait_policy.seconds, _GRACE + 2 * _FAREWELL)
    accesses = [access_to(location, awaited.target.environment) for awaited in awaiteds]
    slow = replace(wait_policy, poll=max(wait_policy.poll, len(awaiteds) / _RATE))
    context = WaitContext(
        slow,
        LineageReader(location, awaiteds),
        Deadline.after(wait_policy.seconds),
        threading.Event(),
    )
    messages: Messages = queue.SimpleQueue()
    threads = []
    for number, (awaited, access) in enumerate(zip(awaiteds, accesses, strict=True)):
        watch = Watch(access, awaited, context, _teller(messages, number))
        delay = min(max(0, number - _AT_ONCE) / _RATE, wait_policy.seconds / 4)
        arguments = (number, watch, messages, delay, context.stop)
        threads.append(threading.Thread(target=_follow, args=arguments, daemon=True))
        threads[-1].start()
    try:
        return _collect(awaiteds, messages, context.deadline)
    finally:
        context.stop.set()
        progress.step("")
        _leave(threads)


def _leave(threads: Sequence[threading.Thread]) -> None:
    """Give those who ask Git a moment to clean up behind them."""
    end = time.monotonic() + _FAREWELL
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _committed(awaited: AwaitedTarget) -> Arrival:
    commit = awaited.expectation.commit
    message = f"committed as {commit[:12]}" if commit else "committed"
    return replace(_arrival(awaited, DONE, message), revision=commit or "")


def _teller(messages: Messages, number: int) -> Callable[[str], None]:
    return lambda text: messages.put((number, text))


def _follow(
    number: int, watch: Watch, messages: Messages, delay: float, stop: threading.Event
) -> None:
    stop.wait(delay)
    try:
        messages.put((number, watch.follow()))
    except BaseException as error:  # handed over to the thread that waits
        messages.put((number, error))


def _collect(
    awaiteds: Sequence[AwaitedTarget], messages: Messages, deadline: Deadline
) -> list[Arrival]:
    began = time.monotonic()
    states: dict[int, str] = {}
    arrivals: dict[int, Arrival] = {}
    while len(arrivals) < len(awaiteds) and time.monotonic() < deadline.at + _GRACE:
        try:
            number, message = messages.get(timeout=_TICK)
        except queue.Empty:
            continue
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, Arrival):
            arrivals[number] = message
            states.pop(number, None)
            text = message.message
        else:
            text = states[number] = message
        application = awaiteds[number].application
        log.info("%s  %3.0f s  %s", application, time.monotonic() - began, text)
        shown = (f"{awaiteds[each].application}: {state}" for each, state in states.items())
        progress.step(f"waiting for {'; '.join(shown)}")
    return [
        arrivals.get(number) or failed(awaited, _HUNG) for number, awaited in enumerate(awaiteds)
    ]


def failed(awaited: AwaitedTarget, error: GitopsError) -> Arrival:
    """Return the ending of what could not even be asked for."""
    return _arrival(awaited, FAILED, error.message, error.remedy)


def _arrival(awaited: AwaitedTarget, ending: Ending, message: str, remedy: str = "") -> Arrival:
    expected = awaited.expectation
    return Arrival(
        awaited.target.app.name,
        awaited.target.environment.name,
        str(awaited.application),
        expected.release,
        expected.commit,
        expected.level,
        ending,
        message,
        remedy,
    )
