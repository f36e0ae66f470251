"""A clock for tests of what waits: it goes on, is put forward, and no pause is sat out."""

import threading
import time
from collections.abc import Callable

import pytest

from gitops_ci.base.deadline import Deadline

HOUR = 3600
BREATH = 0.002  # seconds in which a server or another thread gets its turn


class Clock:
    """The monotonic clock of this process.

    A pause between two tries puts it forward instead of sleeping, and calls ``meanwhile``: what a
    test lets happen there happens between the same two tries on every machine. ``--timeout`` and
    the like can be as long as in real life. Waiting for an answer still takes its time.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._real = time.monotonic
        self._ahead = 0.0
        self._lock = threading.Lock()
        self.meanwhile: Callable[[], object] = lambda: None
        monkeypatch.setattr(time, "monotonic", lambda: self._real() + self._ahead)

        def rest(deadline: Deadline, seconds: float, stop: threading.Event | None = None) -> bool:
            self.forward(min(seconds, deadline.remaining()))
            time.sleep(BREATH)
            self.meanwhile()
            return stop is not None and stop.is_set()

        monkeypatch.setattr(Deadline, "rest", rest)

    def forward(self, seconds: float) -> None:
        """Let it be later."""
        with self._lock:
            self._ahead += seconds
