"""Waits for all applications at once: each is followed in a thread of its own, one place tells what
changes.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gitops_ci.base import progress
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.core.rollout.arrival import DONE, FAILED, Arrival
from gitops_ci.usecases.argocd_access import access_to
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.wait.lineage import LineageReader
from gitops_ci.usecases.wait.request import COMMITTED, AwaitedTarget, WaitPolicy
from gitops_ci.usecases.wait.watch import Watch

log = logging.getLogger(__name__)

_TICK = 0.2  # seconds
_FAREWELL = 1.0  # seconds
_RATE = 8.0  # questions a second that a server gets from us, however many applications there are
_AT_ONCE = (
    16  # applications that are asked for at once in the beginning: each question is a comparison
)
_HUNG = GitopsError("a question to Argo CD did not end in time", remedy="see whether Argo CD is up")
Said = queue.SimpleQueue[tuple[int, str | Arrival | BaseException]]
_GRACE = 20.0  # seconds after the deadline in which an answer that was asked for may still end


def wait_for(
    awaiteds: Sequence[AwaitedTarget], location: RepositoryLocation, wait_policy: WaitPolicy
) -> list[Arrival]:
    """Return how each application ended; raises UsageError when Argo CD can't be asked at all."""
    if wait_policy.level == COMMITTED:
        return [_committed(awaited, wait_policy) for awaited in awaiteds]
    accesses = [access_to(location, each.environment) for each in awaiteds]
    deadline = Deadline.after(wait_policy.seconds)
    lineage = LineageReader(location, awaiteds)
    stop = threading.Event()
    simple_queue: Said = queue.SimpleQueue()
    slow = replace(wait_policy, poll=max(wait_policy.poll, len(awaiteds) / _RATE))
    threads = []
    for number, (each, access) in enumerate(zip(awaiteds, accesses, strict=True)):
        watch = Watch(access, each, slow, lineage, deadline, _teller(simple_queue, number), stop)
        arguments = (
            number,
            watch,
            simple_queue,
            min(max(0, number - _AT_ONCE) / _RATE, wait_policy.seconds / 4),
            stop,
        )
        threads.append(threading.Thread(target=_follow, args=arguments, daemon=True))
        threads[-1].start()
    try:
        return _collect(awaiteds, simple_queue, deadline)
    finally:
        stop.set()
        progress.step("")
        _leave(threads)


def _leave(threads: Sequence[threading.Thread]) -> None:
    """Give those who ask Git a moment to clean up behind them."""
    end = time.monotonic() + _FAREWELL
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _committed(awaited: AwaitedTarget, wait_policy: WaitPolicy) -> Arrival:
    commit = awaited.expectation.commit
    message = f"committed as {commit[:12]}" if commit else "committed"
    application = str(awaited.application)
    names = (
        awaited.app.name,
        awaited.environment.name,
        application,
        awaited.expectation.release,
        commit,
        wait_policy.level,
    )
    return Arrival(*names, DONE, message, revision=commit or "")


def _teller(simple_queue: Said, number: int) -> Callable[[str], None]:
    return lambda words: simple_queue.put((number, words))


def _follow(
    number: int, watch: Watch, simple_queue: Said, later: float, stop: threading.Event
) -> None:
    stop.wait(later)
    try:
        simple_queue.put((number, watch.follow()))
    except BaseException as error:  # handed over to the thread that waits
        simple_queue.put((number, error))


def _collect(
    awaiteds: Sequence[AwaitedTarget], simple_queue: Said, deadline: Deadline
) -> list[Arrival]:
    began = time.monotonic()
    now: dict[int, str] = {}
    ended: dict[int, Arrival] = {}
    while len(ended) < len(awaiteds) and time.monotonic() < deadline.at + _GRACE:
        try:
            number, word = simple_queue.get(timeout=_TICK)
        except queue.Empty:
            continue
        name = str(awaiteds[number].application)
        if isinstance(word, BaseException):
            raise word
        if isinstance(word, Arrival):
            ended[number] = word
            now.pop(number, None)
            text = word.message
        else:
            text = now[number] = word
        log.info("%s  %3.0f s  %s", name, time.monotonic() - began, text)
        progress.step(
            "waiting for "
            + "; ".join(f"{awaiteds[each].application}: {words}" for each, words in now.items())
        )
    return [ended.get(number) or failed(awaited, _HUNG) for number, awaited in enumerate(awaiteds)]


def failed(awaited: AwaitedTarget, error: GitopsError) -> Arrival:
    """Return the ending of what could not even be asked for."""
    expected = awaited.expectation
    return Arrival(
        awaited.app.name,
        awaited.environment.name,
        str(awaited.application),
        expected.release,
        expected.commit,
        expected.level,
        FAILED,
        error.message,
        error.remedy,
    )
