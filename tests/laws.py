"""With how many examples the laws are tried.

Few and always the same in `make test`, many and new ones in the slow tier, whose seed stands in the
head of the run. A failing example is printed as a blob for ``@reproduce_failure``.
"""

import os
import random

import pytest
from hypothesis import HealthCheck, settings

QUICK, FULL = "ci", "full"
_SEEDS = 2**32
_VARIABLE = "TESTS_SEED"  # what the workers inherit


def register() -> None:
    """Make the profiles known to ``--hypothesis-profile``, of which the quick one holds first."""
    # no deadline, no complaint about slow examples: the machine's speed is not what is tested
    calm = [HealthCheck.too_slow]
    steady = settings(deadline=None, suppress_health_check=calm, print_blob=True, database=None)
    settings.register_profile(QUICK, steady, derandomize=True, max_examples=100)
    settings.register_profile(
        FULL, steady, derandomize=False, max_examples=250
    )  # new ones in each run
    settings.load_profile(QUICK)


def seed(config: pytest.Config) -> None:
    """Choose the seed of a run with the full profile, where none is given, and tell the workers."""
    if config.option.hypothesis_profile != FULL or config.option.hypothesis_seed is not None:
        return
    if not hasattr(config, "workerinput"):
        os.environ[_VARIABLE] = str(random.randrange(_SEEDS))
    config.option.hypothesis_seed = os.environ[_VARIABLE]


def fewer(share: int) -> settings:
    """Return settings for a law whose examples cost much: a share of the profile's."""
    profile = settings.default
    assert profile is not None
    return settings(max_examples=profile.max_examples // share)
