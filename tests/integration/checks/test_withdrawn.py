"""A release that was rolled back comes again only when somebody who is named for it says so."""

import pytest

from tests.integration.checks.conftest import Clock
from tests.integration.checks.policies import (
    BEGIN,
    NAMED,
    ask,
    move_before_the_push,
    promote,
    refused,
    trailer,
    update,
    verdict,
)
from tests.integration.operation.world import World

AGAIN = ("--override", "withdrawn", "--reason", "it was the database")


def roll_back(world: World, time: Clock, at: int, *words: str) -> str:
    time.set(BEGIN + at)
    world.ok(
        "rollback",
        "shop",
        "--env",
        "stage",
        "--requested-by",
        "dave",
        "--reason",
        "15 loses orders",
        *words,
    )
    return world.head()


def withdraw(world: World, time: Clock) -> str:
    """Bring 14 and 15 to stage and roll 15 back; return that commit."""
    time.set(BEGIN + 40)
    commit: str = world.after(rolled_back)
    return commit


def rolled_back(world: World) -> str:
    with pytest.MonkeyPatch.context() as patch:
        time = Clock(patch)
        ask(world, "verify_digest: required")
        update(world, time, 0, "14")
        promote(world, time, 10)
        update(world, time, 20, "15")
        promote(world, time, 30)
        return roll_back(world, time, 40)


def test_a_withdrawn_release_is_refused_and_the_next_one_is_not(world: World, time: Clock) -> None:
    commit = withdraw(world, time)
    said = verdict(refused(world, time, 50), "withdrawn")
    assert (
        said["reason"]
        == f"15 was rolled back from stage by dave (commit {commit[:12]}): 15 loses orders"
    )
    assert said["openers"] == ["carol"]
    update(world, time, 60, "16")
    promote(world, time, 70)
    assert "withdrawn=passed" in trailer(world, "Gate")[0]


def test_somebody_named_for_it_brings_it_again_and_then_it_counts_as_deployed(
    world: World, time: Clock
) -> None:
    withdraw(world, time)
    time.set(BEGIN + 50)
    words = ("promote", "shop", "--to", "stage", *AGAIN)
    assert (
        "dave may not override it"
        in verdict(world.refused(*words, "--requested-by", "dave"), "withdrawn")["reason"]
    )
    promote(world, time, 60, *AGAIN)
    assert (trailer(world, "Override"), trailer(world, "Reason")) == (
        ["withdrawn"],
        ["it was the database"],
    )
    assert "withdrawn=overridden" in trailer(world, "Gate")[0]
    update(world, time, 70, "16")
    promote(world, time, 80)
    promote(world, time, 90, "--tag", "15")
    assert trailer(world, "Override") == []
    roll_back(world, time, 100)
    assert refused(world, time, 110, "--tag", "15").gates["withdrawn"] == "refused"


def test_nobody_named_for_it_means_never_again(world: World, time: Clock) -> None:
    withdraw(world, time)
    world.write({"gitops.yaml": world.text("gitops.yaml").replace(f", {NAMED}", "")})
    assert (
        "nobody is named for it" in verdict(refused(world, time, 50, *AGAIN), "withdrawn")["reason"]
    )


def test_a_rollback_over_two_releases_withdraws_the_one_that_ran(world: World, time: Clock) -> None:
    withdraw(world, time)
    update(world, time, 50, "16")
    promote(world, time, 60)
    roll_back(world, time, 70, "--to-tag", "14")
    for tag in ("15", "16"):
        assert refused(world, time, 80, "--tag", tag).gates["withdrawn"] == "refused"


def test_the_same_tag_with_another_content_is_another_release(world: World, time: Clock) -> None:
    withdraw(world, time)
    world.image("15", "mended")
    update(world, time, 50, "15")
    promote(world, time, 60)


def test_a_release_that_is_rolled_back_to_is_not_withdrawn(world: World, time: Clock) -> None:
    withdraw(world, time)
    roll_back(world, time, 50, "--to-tag", "15")
    update(world, time, 60, "16")
    promote(world, time, 70)
    promote(world, time, 80, "--tag", "15")
    assert refused(world, time, 90, "--tag", "14").gates["withdrawn"] == "refused"


def test_a_rollback_elsewhere_withdraws_nothing_here(world: World, time: Clock) -> None:
    ask(world, "verify_digest: required")
    for number, tag in enumerate(("14", "15")):
        update(world, time, number, tag)
    time.set(BEGIN + 10)
    world.ok("rollback", "shop", "--env", "dev")
    promote(world, time, 20, "--tag", "15")


def test_a_revert_that_copies_the_trailers_withdraws_nothing(world: World, time: Clock) -> None:
    commit = withdraw(world, time)
    copied = world.git("log", "-1", "--format=%B", commit).replace(":15@", ":16@")
    update(world, time, 50, "16")
    copied = copied.replace(world.image("15"), world.image("16"))
    world.clock = BEGIN + 60
    world.write({"README.md": "nothing happened"}, copied)
    promote(world, time, 70)


def test_a_rollback_that_another_one_pushed_first_is_judged(world: World, time: Clock) -> None:
    ask(world, "verify_digest: required")
    update(world, time, 0, "14")
    promote(world, time, 10)
    before = update(world, time, 20, "15")
    promote(world, time, 30)
    roll_back(world, time, 40)
    move_before_the_push(world, main=before)
    time.set(BEGIN + 50)
    ran = world.run("promote", "shop", "--to", "stage", check=3)
    assert (ran.result["attempts"], ran.gates["withdrawn"]) == (2, "refused")
    assert 'tag: "14"' in world.text("values-stage.yaml")
