"""Soak, checks, freeze and withdrawn in the audit: what held at its time stays clean, what went
around them is named.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.audit.test_audit import audit, findings
from tests.integration.checks.conftest import HOUR, START, Clock
from tests.integration.operation.world import VALUES, World, make_world

CONFIG = """\
version: 1
apps:
  shop: {path: ".", images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]}
environments:
  dev: {values: values-dev.yaml}
  prod: {values: values-prod.yaml, from: dev, %(rules)s override: {withdrawn: [carol], freeze: [carol], soak: [carol]}}
"""
FREEZE = 'freeze: [{from: "Fri 16:00", to: "Mon 08:00", timezone: UTC, reason: weekend}],'
FRIDAY = START + 3 * 24 * HOUR  # Friday 2023-11-17 22:13 UTC
GATES = "order=passed digest=passed soak=passed(6h) checks=passed freeze=passed withdrawn=passed"
CHECK = ("check", "shop", "--env", "dev", "--name", "integration", "--requested-by", "dave")
CAROL = ("--requested-by", "carol", "--reason", "urgent")
CLEAN: list[tuple[str, str, str]] = []
Make = Callable[[str], World]


@pytest.fixture
def make(tmp_path: Path, capsys: pytest.CaptureFixture[str], time: Clock) -> Make:
    """Make a world in which prod has these rules, and 15 has just come to dev."""

    def made(rules: str) -> World:
        world = make_world(
            tmp_path, capsys, {f"values-{name}.yaml": VALUES for name in ("dev", "prod")}
        )
        world.clock = START - 100
        world.write({"gitops.yaml": CONFIG % {"registry": world.registry, "rules": rules}})
        for tag in ("14", "15", "16"):
            world.image(tag)
        world.ok("update", "shop", "--env", "dev", "--tag", "15")
        return world

    return made


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the program and of the commits."""
    return Clock(monkeypatch)


def promote(world: World, *words: str) -> None:
    world.ok("promote", "shop", "--to", "prod", *words)


def around(world: World, time: Clock, *, code: int = 3) -> None:
    """Commit by hand what a refused promotion would have written, with the trailers that it would
    have had.
    """
    ran = world.refused("promote", "shop", "--to", "prod", "--requested-by", "dave", code=code)
    image = world.git(
        "log",
        "-1",
        "--format=%(trailers:key=Gitops-Image)",
        "--grep=^update.*): dev",
        "--grep=^rollback.*): dev",
        "main",
    )
    notes = "refs/notes/gitops-ci"
    checks = f"Gitops-Checks: {world.git('rev-parse', notes)}\n" if world.has(notes) else ""
    message = (
        "promote(shop): dev -> prod\n\nGitops-Operation: promote\nGitops-App: "
        "shop\nGitops-Environment: prod\n"
        f"Gitops-From: dev\n{image}\nGitops-Plan: 2:{ran.result['plan_id']}\nGitops-Policy: "
        f"{world.head()}\n"
        f"Gitops-Gate: {GATES}\n{checks}Gitops-Requested-By: dave\n"
    )
    world.clock = time.now
    world.write({"values-prod.yaml": world.text("values-dev.yaml") + "\n"}, message)


def broken(world: World) -> str:
    """Return which gate was passed by; nothing else is found."""
    (found,) = [
        each for each in audit(world, code=3)["findings"] if each["severity"] == "violation"
    ]
    assert (found["kind"], found["app"], found["environment"]) == ("gate", "shop", "prod")
    return str(found["message"])


def test_a_promotion_that_soaked_is_clean_and_one_around_it_is_found(
    make: Make, time: Clock
) -> None:
    world = make("soak: 4h,")
    time.set(START + 4 * HOUR + 1)
    promote(world)
    assert findings(world) == CLEAN
    time.set(START + 5 * HOUR)
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    assert findings(world) == CLEAN
    time.set(START + 6 * HOUR)
    around(world, time)
    assert broken(world).startswith("soak did not hold: 16 has run 1h of 4h in dev")


def test_a_soak_that_was_interrupted_does_not_count_together(make: Make, time: Clock) -> None:
    world = make("soak: 4h,")
    time.set(START + 3 * HOUR)
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.ok("rollback", "shop", "--env", "dev")
    time.set(START + 5 * HOUR)
    around(world, time)
    assert broken(world).startswith("soak did not hold")


def test_a_check_revoked_later_leaves_the_promotion_clean(make: Make, time: Clock) -> None:
    world = make("checks: [integration],")
    time.set(START + 60)
    world.run(*CHECK, "--passed", check=0)
    time.set(START + 70)
    promote(world)
    assert findings(world) == CLEAN
    time.set(START + 71)
    world.run(*CHECK, "--failed", check=0)
    assert findings(world) == CLEAN


def test_a_check_that_had_not_passed_is_found(make: Make, time: Clock) -> None:
    world = make("checks: [integration],")
    time.set(START + 60)
    around(world, time)
    assert broken(world).startswith("checks did not hold: no result of integration for 15 in dev")
    time.set(START + 600)
    world.run(*CHECK, "--passed", check=0)
    assert broken(world).startswith("checks did not hold")


def test_a_check_that_failed_before_is_found(make: Make, time: Clock) -> None:
    world = make("checks: [integration],")
    time.set(START + 60)
    world.run(*CHECK, "--passed", check=0)
    time.set(START + 70)
    world.run(*CHECK, "--failed", check=0)
    time.set(START + 600)
    around(world, time)
    assert broken(world).startswith("checks did not hold: integration failed by dave")


def test_a_freeze_that_began_later_leaves_the_promotion_clean(make: Make, time: Clock) -> None:
    world = make(FREEZE)
    promote(world)
    time.set(FRIDAY)
    assert findings(world) == CLEAN
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    around(world, time)
    assert broken(world).startswith(
        "freeze did not hold: prod is frozen until Mon 2023-11-20 08:00 (UTC): weekend"
    )


def test_an_override_of_a_freeze_is_a_notice_and_one_that_was_not_needed_is_none(
    make: Make, time: Clock
) -> None:
    world = make(FREEZE)
    promote(world, "--override", "freeze", *CAROL)
    assert "Gitops-Override: freeze" not in world.message()
    assert findings(world) == CLEAN
    time.set(FRIDAY)
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    promote(world, "--override", "freeze", "--override", "withdrawn", *CAROL)
    assert findings(world) == [("notice", "override", "shop prod")]


def test_a_release_that_was_rolled_back_needs_an_override(make: Make, time: Clock) -> None:
    world = make("")
    promote(world)
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    promote(world)
    world.ok(
        "rollback", "shop", "--env", "prod", "--requested-by", "erin", "--reason", "it crashes"
    )
    time.set(START + HOUR)
    world.ok("promote", "shop", "--to", "prod", "--override", "withdrawn", *CAROL)
    assert findings(world) == [("notice", "override", "shop prod")]
    world.ok("rollback", "shop", "--env", "prod", "--requested-by", "erin", "--reason", "still")
    around(world, time)
    assert broken(world).startswith("withdrawn did not hold: 16 was rolled back from prod by erin")


def test_a_release_that_came_back_by_a_rollback_is_not_withdrawn_any_more(
    make: Make, time: Clock
) -> None:
    world = make("")
    promote(world)
    for words in (
        ("update", "shop", "--env", "dev", "--tag", "16"),
        ("promote", "shop", "--to", "prod"),
    ):
        world.ok(*words)
    world.ok("rollback", "shop", "--env", "prod")
    world.ok("rollback", "shop", "--env", "prod", "--to-tag", "16")
    world.ok("update", "shop", "--env", "dev", "--tag", "14")
    promote(world)
    promote(world, "--tag", "16")
    assert findings(world) == CLEAN
    assert (
        world.refused("promote", "shop", "--to", "prod", "--tag", "15").gates["withdrawn"]
        == "refused"
    )


def test_rendering_is_not_asked_again(make: Make, time: Clock) -> None:
    """What Helm said at that time is not known any more."""
    world = make("render: true,")
    around(world, time)
    assert findings(world) == CLEAN
