"""The repository that is attacked, in each of the ways in which it may be guarded."""

import itertools
from collections.abc import Iterable, Sequence

import pytest
from _pytest.mark.structures import ParameterSet

from tests.integration.attacks.attacked import AttackedRepository, home, prepare
from tests.integration.operation.conftest import world
from tests.integration.operation.world import World
from tests.realparts import need

__all__ = ["world"]

Way = tuple[bool, str, str]
_SLOW = ((True, "signers", "release"), (False, "", "release"))
_HOOK, _SIGNED, _BRANCH = (True, False), ("", "signers"), ("main", "release")


def _name(way: Way) -> str:
    hook, signed, branch = way
    return "-".join(["hook" if hook else "bare", "signed" if signed else "unsigned", branch])


def _params(ways: Iterable[Way]) -> list[ParameterSet]:
    """Return ways as parameters. `make test` tries each attack in the simplest place, with the hook
    and without, the slow tier in two others, and `make test-places` in all that are left.
    """
    ways = list(ways)
    _, *simplest = ways[0]

    def marks(way: Way) -> Sequence[pytest.MarkDecorator]:
        if [*way[1:]] == simplest:
            return ()
        return (pytest.mark.slow,) if way in _SLOW else (pytest.mark.slow, pytest.mark.places)

    return [pytest.param(way, id=_name(way), marks=marks(way)) for way in ways]


def _attacked(way: Way, world: World, monkeypatch: pytest.MonkeyPatch) -> AttackedRepository:
    hook, signed, branch = way
    if signed:
        need("ssh-keygen")
        monkeypatch.setenv("HOME", str(home(world)))
    world.after(prepare, branch, signed)
    return AttackedRepository(world, hook, bool(signed), branch)


@pytest.fixture(params=_params(itertools.product(_HOOK, _SIGNED, _BRANCH)))
def attacked(
    request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch
) -> AttackedRepository:
    """Production runs 15 by an approved promotion."""
    return _attacked(request.param, world, monkeypatch)


@pytest.fixture(params=_params(itertools.product(_HOOK, _SIGNED, ("release",))))
def on_release(
    request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch
) -> AttackedRepository:
    """The same with stage and prod on a release branch."""
    return _attacked(request.param, world, monkeypatch)


@pytest.fixture(params=_params(itertools.product(_HOOK, ("",), _BRANCH)))
def unsigned(
    request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch
) -> AttackedRepository:
    """The same without signers: whoever may push may change the rules."""
    return _attacked(request.param, world, monkeypatch)


@pytest.fixture(params=_params(itertools.product(_HOOK, ("",), ("release",))))
def release_unsigned(
    request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch
) -> AttackedRepository:
    """Stage and prod on a release branch, without signers."""
    return _attacked(request.param, world, monkeypatch)
