"""A promotion takes the way that ARCHITECTURE.md tells, in that order."""

import sys
from types import FrameType

from tests.architecture import promotion_way
from tests.integration.operation.world import World


def test_a_promotion_makes_these_calls_in_this_order(world: World) -> None:
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    calls: dict[str, None] = {}

    # each function when it is called first: several are called for more than one file or application
    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            name = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"
            calls.setdefault(name.removeprefix("gitops_ci."))

    sys.setprofile(note)
    try:
        world.ok("promote", "shop", "--to", "stage")
    finally:
        sys.setprofile(None)
    way = promotion_way()
    assert [name for name in calls if name in way] == way
