"""One point in time by which an operation has to end, shared by everything that waits."""

import threading
import time

import msgspec

PAUSE_CAP = 8.0  # seconds; measured with 32 writers on one branch


class Deadline(msgspec.Struct, frozen=True):
    """A bound on the whole operation.

    ``at`` is in seconds of the monotonic clock, ``seconds`` what ``option`` of the command line
    asked for.
    """

    at: float
    seconds: float
    option: str = "--timeout"

    @classmethod
    def after(cls, seconds: float, option: str = "--timeout") -> "Deadline":
        """Return the deadline that lies this many seconds ahead."""
        return cls(time.monotonic() + seconds, seconds, option)

    def remaining(self) -> float:
        """Return the seconds left, never below zero."""
        return max(0.0, self.at - time.monotonic())

    def expired(self) -> bool:
        return self.remaining() <= 0.0

    def pause(self, attempt: int, first: float) -> bool:
        """Sleep with full jitter before try ``attempt`` + 1; return False, without sleeping, when
        no time is left.

        ``first`` is the length of the first pause in seconds: about what one attempt takes.
        """
        ceiling = min(PAUSE_CAP, first * 2 ** min(attempt - 1, 10))
        import random  # costs more than most operations need: few ever pause

        wanted = random.uniform(0.0, ceiling)  # noqa: S311 - jitter, not a secret
        if wanted >= self.remaining():
            return False
        self.rest(wanted)
        return True

    def rest(self, seconds: float, stop: threading.Event | None = None) -> bool:
        """Sleep, no longer than what is left, and until ``stop`` is set; tell whether it is set.

        Whatever pauses between two tries does it here: tests put another clock in its place.
        """
        seconds = min(seconds, self.remaining())
        if stop is not None:
            return stop.wait(seconds)
        time.sleep(seconds)
        return False
