"""What the worlds of these tests ask for, and how their releases get around."""

from typing import Any

from gitops_ci.core.gates.table import overridable
from tests.integration.checks.conftest import START, Clock
from tests.integration.operation.world import CHAIN, Ran, World

BEGIN = START + 100  # 23:15 on a Tuesday in Zurich; the world was made before
STAGE = "stage: {values: values-stage.yaml, from: dev"
NAMED = f"override: {{{', '.join(f'{gate}: [carol]' for gate in overridable())}}}"


def ask(world: World, rules: str, *, named: bool = True) -> str:
    """Let stage ask for something, by a change of gitops.yaml; carol may override every gate where
    she is ``named``.
    """
    more = f", {rules}" + (f", {NAMED}" if named else "")
    assert STAGE in CHAIN
    return world.write(
        {"gitops.yaml": (CHAIN % {"registry": world.registry}).replace(STAGE, STAGE + more)}
    )


def update(world: World, time: Clock, at: int, tag: str) -> str:
    """Bring a release to dev at a time, in seconds after the beginning."""
    time.set(BEGIN + at)
    world.ok("update", "shop", "--env", "dev", "--tag", tag)
    return world.head()


def promote(world: World, time: Clock, at: int, *words: str) -> str:
    """Bring what runs in dev to stage, which has to work."""
    time.set(BEGIN + at)
    world.ok("promote", "shop", "--to", "stage", "--requested-by", "carol", *words)
    return world.head()


def refused(world: World, time: Clock, at: int, *words: str) -> Ran:
    """Try to bring what runs in dev to stage, which has to be refused."""
    time.set(BEGIN + at)
    return world.refused("promote", "shop", "--to", "stage", "--requested-by", "carol", *words)


def record(world: World, time: Clock, at: int, name: str, result: str, *words: str) -> None:
    """Record the result of a check of dev."""
    time.set(BEGIN + at)
    world.run("check", "shop", "--env", "dev", "--name", name, f"--{result}", *words, check=0)


def verdict(ran: Ran, gate: str) -> dict[str, Any]:
    """Return what a gate said."""
    found: dict[str, Any] = next(each for each in ran.result["gates"] if each["gate"] == gate)
    return found


def trailer(world: World, name: str) -> list[str]:
    """Return the values of a trailer of the newest commit."""
    return [
        line.partition(": ")[2] for line in world.trailers() if line.startswith(f"Gitops-{name}: ")
    ]


def move_before_the_push(world: World, **older: str) -> None:
    """Take main or notes back to older commits; what stands there now comes from a second writer
    before the first push lands.
    """
    lines = []
    for name, commit in older.items():
        reference = {"main": "refs/heads/main", "notes": "refs/notes/gitops-ci"}[name]
        lines.append(f"git update-ref {reference} {world.git('rev-parse', reference)}\n")
        world.git("update-ref", reference, commit)
    hook = world.bare / "hooks" / "pre-receive"
    unset = "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES"
    hook.write_text(
        f"#!/bin/sh\nmkdir {world.folder}/moved 2>/dev/null || exit 0\n{unset}\n{''.join(lines)}"
    )
    hook.chmod(0o755)
