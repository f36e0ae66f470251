"""A release that the tests look at from all sides, made once for all workers of a run."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.release import scratch
from tests.integration.release.scratch import Scratch


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """Make a repository that can be released; to be cloned, not changed."""
    return once(tmp_path_factory, "prepared", scratch.make)


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, prepared: Scratch) -> Scratch:
    """Make a release in a folder whose name has to be quoted, with the Git tag ``released``.

    To be looked at and cloned, not changed.
    """

    def make(folder: Path) -> None:
        made = scratch.clone(prepared, folder)
        made.ok("make", str(scratch.coming()), "--date", scratch.DATE)
        made.commit("Release")
        made.git("tag", "released")

    return once(tmp_path_factory, "a folder's name", make)


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Scratch:
    """Return a repository that the first worker that wants it makes, while the others wait."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / f"release-{name}"
    with (shared / f"release-{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            make(folder / "unfinished")
            (folder / "unfinished").rename(folder / "gitops-ci")
    return Scratch(folder / "gitops-ci")
