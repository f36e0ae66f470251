"""The pauses between the tries of one thing, until the deadline."""

import logging
import time
from collections.abc import Callable

from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError

log = logging.getLogger(__name__)


class Retry:
    """Counts the tries in ``attempt``, from 1.

    ``first`` is the length of the first pause in seconds, or makes it of the seconds that the last
    try took; it doubles from try to try, up to the one of number ``steps``. ``most``: the number of
    tries.
    """

    def __init__(
        self,
        deadline: Deadline,
        first: float | Callable[[float], float],
        *,
        steps: int = 11,
        most: int | None = None,
    ) -> None:
        self.attempt = 1
        self._deadline = deadline
        self._first = first
        self._steps = steps
        self._most = most
        self._told: set[str] = set()
        self._started = time.monotonic()

    def wait(self, error: Exception) -> None:
        """Pause before the next try; raises ``error``, without a pause, where there can be none."""
        if not self.pause():
            raise error

    def pause(self, after: float | None = None) -> bool:
        """Pause before the next try, ``after`` seconds where given; False, without a pause, where
        there can be none.
        """
        if self.attempt == self._most or not self._rested(after):
            return False
        self.again()
        return True

    def tell(self, error: GitopsError) -> None:
        """Log that there is another try; once a reason: a server that is down says the same until
        the deadline.
        """
        level = logging.DEBUG if error.message in self._told else logging.INFO
        log.log(level, "%s; trying again", error.message)
        self._told.add(error.message)

    def again(self) -> None:
        """Begin the next try at once."""
        self.attempt += 1
        self._started = time.monotonic()

    def _rested(self, after: float | None) -> bool:
        if after is None:
            taken = time.monotonic() - self._started
            first = self._first(taken) if callable(self._first) else self._first
            return self._deadline.pause(min(self.attempt, self._steps), first)
        if after >= self._deadline.remaining():
            return False
        self._deadline.rest(after)
        return True
