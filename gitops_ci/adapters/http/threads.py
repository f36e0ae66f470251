"""Calls in threads that are left behind when time is over: a name server that hangs can't be
interrupted.
"""

import queue
import threading
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from gitops_ci.base.deadline import Deadline

THREADS = 8
GRACE = 0.25  # seconds: a question that notices the deadline itself gives the better reason

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class _Worker(threading.Thread):
    """A thread for which nobody waits beyond the deadline."""


def in_time(call: Callable[[], Answer], deadline: Deadline) -> Answer:
    """Return what a call returns or raise what it raises, and TimeoutError when neither happens in
    time.

    Within `answer_all` it is called at once: that thread may be left behind already, and another
    one costs 0.3 ms.
    """
    if isinstance(threading.current_thread(), _Worker):
        return call()
    answers = answer_all(lambda _: call(), [0], deadline)
    if not answers:
        raise TimeoutError(f"no answer within {deadline.seconds:g} s")
    return answers[0]


def answer_all(
    ask: Callable[[Question], Answer],
    questions: Sequence[Question],
    deadline: Deadline,
) -> dict[Question, Answer]:
    """Return the answers that came by the deadline; what ``ask`` raises is raised here."""
    waiting: queue.SimpleQueue[Question] = queue.SimpleQueue()
    answered: queue.SimpleQueue[tuple[Question, Answer | BaseException]] = queue.SimpleQueue()
    for question in questions:
        waiting.put(question)

    def work() -> None:
        while not deadline.expired():
            try:
                question = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                answered.put((question, ask(question)))
            except BaseException as error:  # handed over to the thread that asked
                answered.put((question, error))

    for _ in range(min(THREADS, len(questions))):
        _Worker(target=work, daemon=True).start()
    answers: dict[Question, Answer] = {}
    while len(answers) < len(questions):
        try:
            question, answer = answered.get(timeout=deadline.remaining() + GRACE)
        except queue.Empty:
            break
        if isinstance(answer, BaseException):
            raise answer
        answers[question] = answer
    return answers
