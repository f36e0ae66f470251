"""`soak` and `freeze` from gitops.yaml to the commit, as the clock goes on."""

import pytest

from tests.integration.checks.conftest import HOUR, Clock
from tests.integration.checks.policies import (
    BEGIN,
    ask,
    move_before_the_push,
    promote,
    refused,
    trailer,
    update,
    verdict,
)
from tests.integration.checks.test_deployments import merged, values
from tests.integration.operation.world import World

WEEKEND = 'freeze: [{from: "Fri 16:00", to: "Mon 08:00", timezone: Europe/Zurich, reason: weekend}]'
TUESDAY, FRIDAY, MONDAY = (
    BEGIN,
    BEGIN + 66 * HOUR,
    BEGIN + 130 * HOUR,
)  # 23:15 on Tuesday, 17:15 on Friday, 09:15 on Monday


def test_a_release_waits_until_it_has_soaked(world: World, time: Clock) -> None:
    ask(world, "soak: 4h")
    update(world, time, 0, "15")
    said = verdict(refused(world, time, HOUR), "soak")
    assert said["state"] == "refused"
    assert said["opens_at"] == "2023-11-15T02:15:00+00:00"
    assert "has run 1h of 4h in dev, long enough in 3h" in said["reason"]
    assert "soak" in refused(world, time, 4 * HOUR - 1).gates
    promote(world, time, 4 * HOUR)
    assert "soak=passed(4h)" in trailer(world, "Gate")[0]


def test_a_plan_says_the_same_and_a_rollback_does_not_ask(world: World, time: Clock) -> None:
    promote(world, time, update_first(world, time), "--reason", "begin")
    ask(world, "soak: 4h")
    update(world, time, 20, "16")
    assert world.run("plan", "promote", "shop", "--to", "stage", check=3).gates["soak"] == "refused"
    promote(world, time, 30 + 4 * HOUR)
    time.set(BEGIN + 5 * HOUR)
    assert set(world.ok("rollback", "shop", "--env", "stage").gates) == {"digest"}


def update_first(world: World, time: Clock) -> int:
    update(world, time, 0, "15")
    return 10


@pytest.mark.parametrize("by", ["hand", "release", "removal"])
def test_what_interrupts_the_soak_begins_it_anew(by: str, world: World, time: Clock) -> None:
    ask(world, "soak: 4h")
    update(world, time, 0, "15")
    kept = world.text("values-dev.yaml") + "\n"
    world.clock = BEGIN + 3 * HOUR - 1
    if by == "release":
        update(world, time, 3 * HOUR, "16")
    else:
        world.write({"values-dev.yaml": values("14" if by == "hand" else "")})
    world.clock = BEGIN + 3 * HOUR + 59
    if by == "release":
        update(world, time, 3 * HOUR + 60, "15")
    else:
        world.write({"values-dev.yaml": kept})
    said = verdict(refused(world, time, 5 * HOUR), "soak")
    assert said["opens_at"] == "2023-11-15T05:16:00+00:00"
    promote(world, time, 7 * HOUR + 60)


def test_a_change_beside_the_release_interrupts_nothing(world: World, time: Clock) -> None:
    ask(world, "soak: 4h")
    update(world, time, 0, "15")
    world.clock = BEGIN + 2 * HOUR
    world.write(
        {"values-dev.yaml": world.text("values-dev.yaml").replace("replicas: 2", "replicas: 3")}
    )
    promote(world, time, 4 * HOUR)


def test_a_proposal_soaks_from_its_merge_on(world: World, time: Clock) -> None:
    base = ask(world, "soak: 4h")
    proposed = update(world, time, 0, "15")
    world.git("update-ref", "refs/heads/main", base)
    time.set(BEGIN + 3 * HOUR)
    merged(world, proposed, BEGIN + 3 * HOUR)
    assert (
        verdict(refused(world, time, 5 * HOUR), "soak")["opens_at"] == "2023-11-15T05:15:00+00:00"
    )
    promote(world, time, 7 * HOUR)


def test_a_release_that_soaked_before_may_go_on_although_another_runs_now(
    world: World, time: Clock
) -> None:
    ask(world, "soak: 4h")
    update(world, time, 0, "15")
    update(world, time, 5 * HOUR, "16")
    said = refused(world, time, 6 * HOUR)
    assert "16 has run 1h" in verdict(said, "soak")["reason"]
    promote(world, time, 6 * HOUR, "--tag", "15")
    assert "soak=passed(5h)" in trailer(world, "Gate")[0]


def test_a_release_that_is_gone_and_did_not_soak_has_to_come_again(
    world: World, time: Clock
) -> None:
    ask(world, "soak: 4h")
    update(world, time, 0, "15")
    update(world, time, HOUR, "16")
    said = verdict(refused(world, time, 9 * HOUR, "--tag", "15"), "soak")
    assert "does not run in dev now, and ran there 1h of the 4h" in said["reason"]
    assert not said.get("opens_at")


def test_after_a_lost_race_the_soak_of_the_other_release_is_judged(
    world: World, time: Clock
) -> None:
    ask(world, "soak: 4h")
    before = update(world, time, 0, "15")
    update(world, time, 5 * HOUR, "16")
    move_before_the_push(world, main=before)
    time.set(BEGIN + 6 * HOUR)
    ran = world.run("promote", "shop", "--to", "stage", check=3)
    assert ran.result["attempts"] == 2
    assert "16 has run 1h of 4h" in verdict(ran, "soak")["reason"]
    assert 'tag: ""' in world.text("values-stage.yaml")


def test_nothing_is_promoted_while_it_is_frozen(world: World, time: Clock) -> None:
    ask(world, WEEKEND)
    update(world, time, 0, "15")
    said = verdict(refused(world, time, FRIDAY - BEGIN), "freeze")
    assert said["opens_at"] == "2023-11-20T08:00:00+01:00"
    assert "frozen until Mon 2023-11-20 08:00 (Europe/Zurich): weekend" in said["reason"]
    promote(world, time, MONDAY - BEGIN)
    assert "freeze=passed" in trailer(world, "Gate")[0]
    update(world, time, MONDAY - BEGIN + 60, "16")
    promote(
        world, time, FRIDAY - BEGIN + 7 * 24 * HOUR, "--override", "freeze", "--reason", "outage"
    )
    assert "freeze=overridden" in trailer(world, "Gate")[0]
    assert trailer(world, "Override") == ["freeze"]
    assert set(world.ok("rollback", "shop", "--env", "stage").gates) == {"digest"}


def test_a_build_is_not_written_into_a_frozen_environment(world: World, time: Clock) -> None:
    config = world.text("gitops.yaml").replace(
        "{values: values-dev.yaml", "{values: values-dev.yaml, " + WEEKEND
    )
    world.write({"gitops.yaml": config})
    time.set(FRIDAY)
    ran = world.refused("update", "shop", "--env", "dev", "--tag", "15")
    assert ran.gates["freeze"] == "refused"
    update(world, time, MONDAY - BEGIN, "15")


def test_a_freeze_that_was_declared_meanwhile_is_judged_after_the_lost_race(
    world: World, time: Clock
) -> None:
    before = update(world, time, 0, "15")
    ask(world, WEEKEND)
    move_before_the_push(world, main=before)
    time.set(FRIDAY)
    ran = world.run("promote", "shop", "--to", "stage", check=3)
    assert (ran.result["attempts"], ran.gates["freeze"]) == (2, "refused")
    assert 'tag: ""' in world.text("values-stage.yaml")


def test_an_override_is_for_those_who_are_named_and_recorded_only_where_it_opened_something(
    world: World, time: Clock
) -> None:
    ask(world, "soak: 4h")
    update(world, time, 0, "15")
    words = ("--override", "soak", "--override", "digest", "--reason", "outage")
    ran = world.refused("promote", "shop", "--to", "stage", "--requested-by", "dave", *words)
    assert "dave may not override it: only carol may" in verdict(ran, "soak")["reason"]
    time.set(BEGIN + HOUR)
    ran = world.ok("promote", "shop", "--to", "stage", "--requested-by", "Carol", *words)
    assert trailer(world, "Override") == ["soak"]
    assert "soak=overridden" in trailer(world, "Gate")[0]
    assert "--override digest was not used: digest passed" in ran.out + ran.err
    update(world, time, 2 * HOUR, "16")
    promote(world, time, 7 * HOUR, *words)
    assert trailer(world, "Override") == []


def test_nobody_overrides_where_nobody_is_named(world: World, time: Clock) -> None:
    ask(world, "soak: 4h", named=False)
    update(world, time, 0, "15")
    said = verdict(refused(world, time, HOUR, "--override", "soak", "--reason", "outage"), "soak")
    assert "nobody is named for it" in said["reason"]
