"""The repository that is attacked, in each of the ways in which it may be guarded."""

import itertools

import pytest

from tests.integration.attacks.attacked import AttackedRepository, home, prepare
from tests.integration.operation.conftest import world
from tests.integration.operation.world import World
from tests.realparts import need

__all__ = ["world"]

_WAYS = list(itertools.product((True, False), ("", "signers"), ("main", "release")))


def _name(hook: bool, signed: str, branch: str) -> str:
    return "-".join(["hook" if hook else "no hook", signed or "no signers", branch])


def _marks(signed: str, branch: str) -> list[pytest.MarkDecorator]:
    """Mark all but the simplest place as slow: `make test` tries each attack there, with the hook
    and without.
    """
    return [] if (signed, branch) == ("", "main") else [pytest.mark.slow]


@pytest.fixture(
    params=[pytest.param(way, id=_name(*way), marks=_marks(way[1], way[2])) for way in _WAYS]
)
def attacked(
    request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch
) -> AttackedRepository:
    """Production runs 15 by an approved promotion."""
    hook, signed, branch = request.param
    if signed:
        need("ssh-keygen")
        monkeypatch.setenv("HOME", str(home(world)))
    world.after(prepare, branch, signed)
    return AttackedRepository(world, hook, bool(signed), branch)
