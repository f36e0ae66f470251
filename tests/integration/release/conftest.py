"""A release that the tests look at from all sides."""

import pytest

from tests.integration.release import scratch
from tests.integration.release.scratch import Scratch


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """Make and commit a release in a folder whose name has to be quoted; tag: ``released``."""
    made = scratch.make(tmp_path_factory.mktemp("a folder's name") / "gitops-ci")
    made.ok("make", str(scratch.coming()), "--date", scratch.DATE)
    made.commit("Release")
    made.git("tag", "released")
    return made
