"""Waits for all applications at once: each is followed in a thread of its own, one place tells what changes."""

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
_AT_ONCE = 16  # applications that are asked for at once in the beginning: each question is a comparison
_HUNG = GitopsError("a question to Argo CD did not end in time", remedy="see whether Argo CD is up")
Said = queue.SimpleQueue[tuple[int, str | Arrival | BaseException]]
_GRACE = 20.0  # seconds after the deadline in which an answer that was asked for may still end


def wait_for(wanted: Sequence[AwaitedTarget], place: RepositoryLocation, wish: WaitPolicy) -> list[Arrival]:
    """Return how each application ended; raises UsageError when Argo CD can't be asked at all."""
    if wish.level == COMMITTED:
        return [_committed(each, wish) for each in wanted]
    accesses = [access_to(place, each.environment) for each in wanted]
    deadline = Deadline.after(wish.seconds)
    lineage = LineageReader(place, wanted)
    stop = threading.Event()
    said: Said = queue.SimpleQueue()
    slow = replace(wish, poll=max(wish.poll, len(wanted) / _RATE))
    threads = []
    for number, (each, access) in enumerate(zip(wanted, accesses, strict=True)):
        watch = Watch(access, each, slow, lineage, deadline, _teller(said, number), stop)
        arguments = (number, watch, said, min(max(0, number - _AT_ONCE) / _RATE, wish.seconds / 4), stop)
        threads.append(threading.Thread(target=_follow, args=arguments, daemon=True))
        threads[-1].start()
    try:
        return _collect(wanted, said, deadline)
    finally:
        stop.set()
        progress.step("")
        _leave(threads)


def _leave(threads: Sequence[threading.Thread]) -> None:
    """Give those who ask Git a moment to clean up behind them."""
    end = time.monotonic() + _FAREWELL
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _committed(wanted: AwaitedTarget, wish: WaitPolicy) -> Arrival:
    commit = wanted.expectation.commit
    message = f"committed as {commit[:12]}" if commit else "committed"
    application = str(wanted.application)
    names = (wanted.app.name, wanted.environment.name, application, wanted.expectation.release, commit, wish.level)
    return Arrival(*names, DONE, message, revision=commit or "")


def _teller(said: Said, number: int) -> Callable[[str], None]:
    return lambda words: said.put((number, words))


def _follow(number: int, watch: Watch, said: Said, later: float, stop: threading.Event) -> None:
    stop.wait(later)
    try:
        said.put((number, watch.follow()))
    except BaseException as error:  # handed over to the thread that waits
        said.put((number, error))


def _collect(wanted: Sequence[AwaitedTarget], said: Said, deadline: Deadline) -> list[Arrival]:
    began = time.monotonic()
    now: dict[int, str] = {}
    ended: dict[int, Arrival] = {}
    while len(ended) < len(wanted) and time.monotonic() < deadline.at + _GRACE:
        try:
            number, word = said.get(timeout=_TICK)
        except queue.Empty:
            continue
        name = str(wanted[number].application)
        if isinstance(word, BaseException):
            raise word
        if isinstance(word, Arrival):
            ended[number] = word
            now.pop(number, None)
            text = word.message
        else:
            text = now[number] = word
        log.info("%s  %3.0f s  %s", name, time.monotonic() - began, text)
        progress.step("waiting for " + "; ".join(f"{wanted[each].application}: {words}" for each, words in now.items()))
    return [ended.get(number) or failed(each, _HUNG) for number, each in enumerate(wanted)]


def failed(wanted: AwaitedTarget, error: GitopsError) -> Arrival:
    """Return the ending of what could not even be asked for."""
    expected = wanted.expectation
    return Arrival(
        wanted.app.name,
        wanted.environment.name,
        str(wanted.application),
        expected.release,
        expected.commit,
        expected.level,
        FAILED,
        error.message,
        error.remedy,
    )
