"""Tries again, with pauses, until the deadline."""

import itertools
import time
from collections.abc import Callable, Iterator

from gitops_ci.deadline import Deadline


class Retry:
    """The tries of one thing: 1, 2, 3, ..., with a pause before each but the first.

    Ends when no time is left, or after ``most``; what then is raised, its user knows. ``first`` is the
    length of the first pause in seconds, or makes it of the seconds that the last try took; it doubles
    ``doublings`` times. Who sets ``after`` has the next pause last so many seconds.
    """

    def __init__(
        self,
        deadline: Deadline,
        first: float | Callable[[float], float],
        *,
        most: int | None = None,
        doublings: int = 10,
    ) -> None:
        self.after: float | None = None
        self._deadline = deadline
        self._first = first
        self._most = most
        self._doublings = doublings

    def __iter__(self) -> Iterator[int]:
        for attempt in itertools.count(1):
            started = time.monotonic()
            yield attempt
            if attempt == self._most or not self._pause(attempt, time.monotonic() - started):
                return

    def _pause(self, attempt: int, taken: float) -> bool:
        after, self.after = self.after, None
        if after is None:
            first = self._first(taken) if callable(self._first) else self._first
            return self._deadline.pause(min(attempt, self._doublings + 1), first)
        if after >= self._deadline.remaining():
            return False
        self._deadline.rest(after)
        return True
