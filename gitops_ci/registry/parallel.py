"""Asks many questions at once and gives up on those that have no answer in time."""

import queue
import threading
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from gitops_ci.deadline import Deadline

THREADS = 8
GRACE = 0.25  # seconds: a question that notices the deadline itself gives the better reason

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


def answer_all(ask: Callable[[Question], Answer], questions: Sequence[Question], deadline: Deadline) -> dict[Question, Answer]:
    """Return the answers that came by the deadline; what ``ask`` raises is raised here.

    Daemon threads: a name server or a registry that hangs can't be interrupted, only left behind.
    """
    waiting: queue.SimpleQueue[Question] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Question, Answer | BaseException]] = queue.SimpleQueue()
    for question in questions:
        waiting.put(question)

    def work() -> None:
        while not deadline.expired():
            try:
                question = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((question, ask(question)))
            except BaseException as error:  # handed over to the thread that asked
                done.put((question, error))

    for _ in range(min(THREADS, len(questions))):
        threading.Thread(target=work, daemon=True).start()
    return _collect(done, len(questions), deadline)


def _collect(
    done: "queue.SimpleQueue[tuple[Question, Answer | BaseException]]", count: int, deadline: Deadline
) -> dict[Question, Answer]:
    answers: dict[Question, Answer] = {}
    while len(answers) < count:
        try:
            question, answer = done.get(timeout=deadline.remaining() + GRACE)
        except queue.Empty:
            break
        if isinstance(answer, BaseException):
            raise answer
        answers[question] = answer
    return answers
