"""A gate that is one file and a line in the table works wherever gates do."""

import json
import os
import subprocess
import sys
from typing import Any

from gitops_ci.base.errors import Exit
from tests.integration.checks.conftest import HOUR, Clock
from tests.integration.checks.policies import BEGIN, STAGE, trailer
from tests.integration.operation.world import CHAIN, VALUES, World
from tests.surroundings import ROOT

REFUSED = int(Exit.REFUSED)


def run(world: World, time: Clock, *words: str, check: int = 0) -> dict[str, Any]:
    """Run the program that has the gate; return its result document."""
    file = world.folder / "result.json"
    command = [sys.executable, "-m", "tests.integration.checks.new_gate.program", *words]
    options = ["--repo", str(world.bare), "--result-file", str(file)]
    env = {**os.environ, "NOW": str(time.now)}
    ran = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == check, ran.stderr
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def promote(world: World, time: Clock, *words: str, check: int = 0) -> dict[str, Any]:
    return run(
        world,
        time,
        "promote",
        "shop",
        "--to",
        "stage",
        "--requested-by",
        "carol",
        *words,
        check=check,
    )


def paced(world: World, time: Clock) -> None:
    """Ask stage for a pace of four hours, and bring 15 to it at BEGIN and 16 to dev an hour
    later.
    """
    rules = ", pace: 4h, override: {pace: [carol]}"
    time.set(BEGIN)
    world.write(
        {"gitops.yaml": (CHAIN % {"registry": world.registry}).replace(STAGE, STAGE + rules)}
    )
    run(world, time, "update", "shop", "--env", "dev", "--tag", "15")
    promote(world, time)
    time.set(BEGIN + HOUR)
    run(world, time, "update", "shop", "--env", "dev", "--tag", "16")


def test_it_is_planned_explained_and_shown_by_status(world: World, time: Clock) -> None:
    paced(world, time)
    refused = promote(world, time, check=REFUSED)
    (verdict,) = [each for each in refused["gates"] if each["gate"] == "pace"]
    assert (verdict["state"], verdict["opens_at"]) == ("refused", "2023-11-15T02:15:00+00:00")
    planned = run(world, time, "plan", "promote", "shop", "--to", "stage", check=REFUSED)
    assert verdict["reason"] in [each["reason"] for each in planned["gates"]]
    explained = run(world, time, "explain", "shop", "--env", "stage")
    assert "pace" in json.dumps(explained)
    status = run(world, time, "status", "shop")
    assert verdict["reason"] in json.dumps(status)


def test_it_opens_with_time_and_for_whom_it_names(world: World, time: Clock) -> None:
    paced(world, time)
    promote(world, time, "--override", "pace", "--reason", "outage")
    assert "pace=overridden" in trailer(world, "Gate")[0]
    time.set(BEGIN + 2 * HOUR)
    run(world, time, "update", "shop", "--env", "dev", "--tag", "15")
    time.set(BEGIN + 5 * HOUR)
    promote(world, time)
    assert "pace=passed" in trailer(world, "Gate")[0]


def audit(world: World, time: Clock, check: int = 0) -> list[tuple[str, str]]:
    """Return the findings of the audit as kind and message."""
    return [
        (each["kind"], each["message"])
        for each in run(world, time, "audit", check=check)["findings"]
    ]


def test_the_audit_judges_it_again(world: World, time: Clock) -> None:
    paced(world, time)
    time.set(BEGIN + 4 * HOUR)
    promote(world, time)
    assert "gate" not in [kind for kind, _ in audit(world, time)]
    run(world, time, "update", "shop", "--env", "dev", "--tag", "15")
    time.set(
        BEGIN + 9 * HOUR, committed=BEGIN + 6 * HOUR
    )  # a clock that was ahead gave no four hours
    promote(world, time)
    messages = [message for kind, message in audit(world, time, check=REFUSED) if kind == "gate"]
    (message,) = messages
    assert message.startswith(
        "pace did not hold: 16 runs since 2023-11-15T02:15:00+00:00 alone; tess@example.com "
    )


def test_the_audit_tells_what_became_of_its_rule(world: World, time: Clock) -> None:
    paced(world, time)
    world.clock = BEGIN + 2 * HOUR
    world.write({"values-stage.yaml": VALUES.replace('tag: ""', 'tag: "14"')})
    world.write({"gitops.yaml": world.text("gitops.yaml").replace("pace: 4h, ", "")})
    messages = " ".join(message for _, message in audit(world, time, check=REFUSED))
    assert "as a promotion it would have been refused: order (14 never ran in dev" in messages
    assert "; pace (15 runs since" in messages
    assert "pace: 14400 -> none" in messages
