"""`explain` says in words a person can act on what blocks a promotion, until when, and who can open
it.
"""

from datetime import datetime

import pytest

from gitops_ci.usecases import clock
from tests.integration.operation.test_chain import deploy
from tests.integration.operation.world import CHAIN, World

FROZEN = '[{from: "Mon 00:00", to: "Fri 08:00", timezone: Europe/Zurich, reason: audit week}]'
POLICY = (
    f"soak: 4h, checks: [integration], freeze: {FROZEN}, override: {{order: [carol], freeze: "
    f"[carol]}}"
)


@pytest.fixture(autouse=True)
def staged(world: World) -> None:
    """Bring 15 to stage."""
    world.after(deploy, "15")


def declare(world: World) -> None:
    """Give prod rules about time."""
    config = (CHAIN % {"registry": world.registry}).replace("override: {order: [carol]}", POLICY)
    world.write({"gitops.yaml": config}, "declare the rules")


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Set the clock of the gates."""
    seconds = int(datetime.fromisoformat(moment).timestamp())
    monkeypatch.setattr(clock, "now", lambda: seconds)


def test_every_gate_that_blocks_is_named_with_its_end_and_its_people(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(world)
    at(monkeypatch, "2040-01-03T12:00:00+01:00")  # a Tuesday
    ran = world.refused("explain", "shop", "--env", "prod", code=0)
    assert (
        "blocks    freeze: prod is frozen until Fri 2040-01-06 08:00 (Europe/Zurich): audit week"
        in ran.out
    )
    assert "until Fri 2040-01-06 08:00 UTC+01:00 (in 2d20h)" in ran.out
    assert (
        "gitops-ci promote shop --to prod --override freeze --requested-by NAME --reason TEXT"
        in ran.out
    )
    assert "blocks    checks: no result of integration for 15 in stage" in ran.out
    assert "waits     approval: waits for the approval of alice or bob" in ran.out
    assert f"--approved-by NAME --approved-plan {ran.result['plan_id']}" in ran.out
    assert "passed    soak: 15 ran" in ran.out
    assert (ran.result["blocked"], ran.result["waiting"], ran.result["opens_at"]) == (
        True,
        True,
        None,
    )
    assert ran.out.rstrip().endswith(
        "blocked by checks and freeze; it also needs the approval of alice or bob"
    )


def test_what_time_alone_opens_is_said_with_the_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(world)
    world.run("check", "shop", "--env", "stage", "--name", "integration", "--passed", check=0)
    at(monkeypatch, "2040-01-03T12:00:00+01:00")
    ran = world.refused("explain", "shop", "--env", "prod", code=0)
    assert ran.result["opens_at"] == "2040-01-06T08:00:00+01:00"
    assert (
        "blocked by freeze until Fri 2040-01-06 08:00 UTC+01:00 (in 2d20h)" in ran.result["message"]
    )


def test_a_promotion_that_nothing_blocks_waits_for_people_alone(world: World) -> None:
    ran = world.refused("explain", "shop", "--env", "prod", code=0)
    assert ran.result["message"] == "shop 15 waits for the approval of alice or bob"
    assert (ran.result["blocked"], ran.result["waiting"]) == (False, True)


def test_what_runs_there_already_needs_nothing(world: World) -> None:
    assert (
        "nothing to do: shop 15 is in stage already"
        in world.refused("explain", "--env", "stage", code=0).out
    )


def test_a_release_that_never_ran_before_is_explained_too(world: World) -> None:
    ran = world.refused("explain", "--env", "prod", "--tag", "99", code=0)
    assert "blocks    order: shop 99 never ran in stage" in ran.out
    assert (ran.result["blocked"], ran.result["gates"][0]["gate"]) == (True, "order")


def test_an_environment_that_takes_builds_says_how(world: World) -> None:
    ran = world.refused("explain", "--env", "dev", code=0)
    assert (
        ran.out == "dev takes builds directly: gitops-ci update APP --env dev --tag TAG; stage "
        "receives what runs there\n"
    )


def test_what_does_not_exist_is_an_error(world: World) -> None:
    assert "did you mean prod?" in world.refused("explain", "--env", "prd", code=2).err
    assert "there is no application" in world.refused("explain", "shp", "--env", "prod", code=2).err
