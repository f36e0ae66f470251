"""Folders as some steps left them: taken once for a worker, and copied for each test.

What is written into a repository names the folder that it stands in, as the address of a registry.
So the folder of every test stands at one place while the test runs, and moves away after it.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Steps = Callable[..., Any]


@dataclass(frozen=True)
class Snapshot:
    """A copy of the folder after some steps, the clock of the world then, and what they
    returned.
    """

    folder: Path
    clock: int
    value: Any


class Snapshots:
    """The snapshots of one worker, by the steps and their words."""

    def __init__(self, base: Path) -> None:
        self.place = base / "world"
        self._base = base
        self._taken: dict[tuple[Steps, tuple[str, ...]], Snapshot] = {}

    def find(self, steps: Steps, words: tuple[str, ...]) -> Snapshot | None:
        """Return what was kept of these steps."""
        return self._taken.get((steps, words))

    def keep(self, steps: Steps, words: tuple[str, ...], clock: int, value: Any) -> Snapshot:
        """Keep the folder as it is now."""
        folder = self._base / f"{len(self._taken)}-{steps.__name__}"
        shutil.copytree(self.place, folder, symlinks=True)
        self._taken[steps, words] = Snapshot(folder, clock, value)
        return self._taken[steps, words]

    def put(self, snapshot: Snapshot) -> None:
        """Let the folder be as it was kept."""
        self.clear()
        shutil.copytree(snapshot.folder, self.place, symlinks=True)

    def clear(self) -> None:
        """Remove the folder, where a test that failed early left it."""
        shutil.rmtree(self.place, ignore_errors=True)

    def move_to(self, folder: Path) -> None:
        """Move the folder to where pytest keeps those of tests."""
        self.place.rename(folder / self.place.name)
