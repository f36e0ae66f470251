"""Several applications and all gates of time and history at once: one commit, or none."""

from tests.integration.checks.conftest import HOUR, Clock
from tests.integration.checks.policies import BEGIN, NAMED
from tests.integration.operation.world import VALUES, World

CONFIG = """\
version: 1
apps: {"*": {path: "apps/{app}", images: [{repository: "%s", tag: image.tag, digest: image.digest}]}}
environments:
  dev: {values: values-dev.yaml}
  stage:
    values: values-stage.yaml
    from: dev
    soak: 1h
    checks: [integration]
    freeze: [{from: "Fri 16:00", to: "Mon 08:00", timezone: Europe/Zurich}]
    %s
"""
ALL = ("promote", "--all", "--to", "stage", "--requested-by", "carol")


def two(world: World, time: Clock) -> None:
    """Bring 15 of cart and, half an hour later, of shop to dev; both are checked."""
    files = {
        f"apps/{app}/values-{env}.yaml": VALUES
        for app in ("cart", "shop")
        for env in ("dev", "stage")
    }
    world.write({"gitops.yaml": CONFIG % (world.registry, NAMED), **files})
    for number, app in enumerate(("cart", "shop")):
        time.set(BEGIN + number * HOUR // 2)
        world.ok("update", app, "--env", "dev", "--tag", "15")
        time.set(time.now + 60)
        world.run("check", app, "--env", "dev", "--name", "integration", "--passed", check=0)


def states(gates: list[dict[str, str]]) -> dict[tuple[str, str], str]:
    return {(each["app"], each["gate"]): each["state"] for each in gates}


def test_all_move_together_or_none(world: World, time: Clock) -> None:
    two(world, time)
    time.set(BEGIN + HOUR)
    found = states(world.refused(*ALL).result["gates"])
    assert (found["cart", "soak"], found["shop", "soak"]) == ("passed", "refused")
    assert found["cart", "checks"] == found["shop", "checks"] == "passed"
    time.set(BEGIN + HOUR + HOUR // 2)
    world.ok(*ALL)
    names = [line.partition(":")[0] for line in world.trailers()]
    notes = world.git("rev-parse", "refs/notes/gitops-ci")
    assert [line for line in world.trailers() if line.startswith("Gitops-Checks")] == [
        f"Gitops-Checks: {notes}"
    ] * 2
    assert [names[index - 1] for index, name in enumerate(names) if name == "Gitops-Checks"] == [
        "Gitops-Gate"
    ] * 2


def test_explain_says_what_holds_each_of_them_and_the_audit_agrees_with_what_was_done(
    world: World, time: Clock
) -> None:
    two(world, time)
    time.set(BEGIN + HOUR + HOUR // 2)
    world.ok(*ALL)
    time.set(BEGIN + 2 * HOUR)
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    time.set(BEGIN + 66 * HOUR)
    ran = world.run("explain", "shop", "--env", "stage", check=0)
    assert "2023-11-20 08:00" in ran.out
    assert "--name integration --passed" in ran.out
    world.ok(
        "promote",
        "shop",
        "--to",
        "stage",
        "--requested-by",
        "carol",
        "--override",
        "freeze",
        "--override",
        "checks",
        "--reason",
        "outage",
    )
    time.set(BEGIN + 67 * HOUR)
    world.ok("rollback", "shop", "--env", "stage")
    ran = world.run("explain", "shop", "--env", "stage", check=0)
    assert "--override withdrawn" in ran.out
    audit = world.run("audit", "--output", "json", check=0)
    assert audit.result["message"].startswith("audit: 0 violations")
    assert audit.out.count('"kind": "override"') == 2
