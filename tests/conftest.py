"""What holds for every test: a home and an environment of its own, counted skips, steady hypothesis
runs, nothing left.
"""

import gc
from collections.abc import Generator

import pytest

from gitops_ci.base import redaction
from tests import laws, run_folder
from tests.leftovers import Leftovers
from tests.skips import Skips, strict
from tests.surroundings import end_in_order, hear_signals, isolate


@pytest.hookimpl(tryfirst=True)  # the options that are filled in here are read by other plugins
def pytest_configure(config: pytest.Config) -> None:
    """Set up before any test module is imported; xdist's workers inherit the environment of their
    parent.
    """
    laws.register()
    hear_signals()
    if not hasattr(config, "workerinput"):
        _begin(config)
    laws.seed(config)


def _begin(config: pytest.Config) -> None:
    end_in_order()
    folder = run_folder.make()
    isolate(folder)
    config.option.basetemp = config.option.basetemp or folder.of_tests
    config.pluginmanager.register(Leftovers(folder, keep=not strict()), "leftovers")
    config.pluginmanager.register(Skips(strict()), "skips")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the tests that were collected, which stay to the end, every search for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say how this run's examples can be had again."""
    seed = config.option.hypothesis_seed
    return (
        None
        if seed is None
        else f"hypothesis: --hypothesis-seed={seed} tries the same examples again"
    )


def pytest_runtest_setup() -> None:
    """Forget the secrets of the test before: in one process they would be masked in the words of
    this one.
    """
    redaction._secrets.clear()
