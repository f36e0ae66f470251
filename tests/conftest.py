"""What holds for every test: a home and an environment of its own, counted skips, steady hypothesis runs."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gitops_ci import redaction
from tests.skips import Skips, strict
from tests.surroundings import isolate

# No deadline and no complaint about slow examples: the speed of the machine is not what is tested.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, database=None, print_blob=True)

HOME = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Set up before any test module is imported; xdist's workers inherit the environment of their parent."""
    settings.load_profile("ci" if strict() else "default")
    if hasattr(config, "workerinput"):
        return
    config.stash[HOME] = Path(tempfile.mkdtemp(prefix="home-of-tests-"))
    isolate(config.stash[HOME])
    config.pluginmanager.register(Skips(strict()), "skips")


def pytest_runtest_setup() -> None:
    """Forget the secrets of the test before: in one process they would be masked in the words of this one."""
    redaction._secrets.clear()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the home that pytest_configure made."""
    if HOME in config.stash:
        shutil.rmtree(config.stash[HOME], ignore_errors=True)
