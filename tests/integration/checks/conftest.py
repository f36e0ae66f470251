"""A world whose clock the tests set."""

import pytest

from gitops_ci.usecases import clock
from tests.integration.operation.conftest import world as untouched
from tests.integration.operation.world import World

__all__ = ["untouched"]

HOUR = 3600
START = 1_700_000_000


class Clock:
    """The time for the program and for the commits that it makes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.set(START)

    def set(self, now: int, committed: int | None = None) -> None:
        """Let it be a time, in seconds since the epoch; ``committed`` is what commits claim
        instead.
        """
        self.now = now
        self._monkeypatch.setattr(clock, "now", lambda: now)
        for role in ("AUTHOR", "COMMITTER"):
            self._monkeypatch.setenv(
                f"GIT_{role}_DATE", f"{now if committed is None else committed} +0000"
            )


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock."""
    return Clock(monkeypatch)


@pytest.fixture
def world(untouched: World) -> World:
    """A chain of three environments; prod asks for approval."""
    untouched.after(prepare)
    return untouched


def prepare(world: World) -> None:
    """Go to the time of these tests, and make their images."""
    world.clock = START - 100
    for tag in ("14", "15", "16"):
        world.image(tag)
