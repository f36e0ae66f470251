"""A source repository beside the GitOps repository."""

import pytest

from tests.integration.operation.conftest import world
from tests.integration.operation.world import World
from tests.integration.source.checkout import Checkout, make_checkout

__all__ = ["checkout", "world"]


@pytest.fixture
def checkout(world: World) -> Checkout:
    """A source checkout with one commit on main, in the folder of the world."""
    return Checkout(world.folder / "source", world.after(begin_source))


def begin_source(world: World) -> int:
    """Make the source checkout; return the time of its last commit."""
    return make_checkout(world.folder / "source").clock
