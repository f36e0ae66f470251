"""How long a release was in an environment, by when its commits reached the branch."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gitops_ci.adapters.git import open_repository
from gitops_ci.adapters.registry import RegistrySettings
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.deployment import Deployment
from gitops_ci.model.operation import PROMOTE, Actor, Request, Target
from gitops_ci.model.release import Image, Release
from gitops_ci.usecases.facts.deployments import current_deployment, earlier_deployments
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import read_selection
from tests.integration.checks.conftest import START, Clock
from tests.integration.operation.world import VALUES, World


def deployments_of(
    ledger_reader: LedgerReader, target: Target, release: Release, *, now: int
) -> list[Deployment]:
    """Return all deployments of a release in the target, the oldest first; reads the whole
    history.
    """
    running = current_deployment(ledger_reader, target, release, now=now)
    earlier = list(earlier_deployments(ledger_reader, target, release, now=now))
    return [*earlier, running] if running else earlier


@contextmanager
def looked_at(world: World) -> Iterator[tuple[LedgerReader, Target]]:
    """Yield the past, and shop in dev."""
    with open_repository(
        str(world.bare), credentials=None, ca_file=None, deadline=Deadline.after(60)
    ) as repository:
        place = RepositoryLocation(str(world.bare), None, RegistrySettings())
        selection = read_selection(
            repository, place, Request(PROMOTE, "stage", Actor(("carol",)), ("shop",))
        )
        yield LedgerReader(repository, selection.snapshot), selection.sources[0]


def release(world: World, tag: str) -> Release:
    return Release((Image(world.registry, tag, world.image(tag)),))


def ran(world: World, since: int, until: int | None, commit: str) -> Deployment:
    """Return a deployment of 15."""
    return Deployment(release(world, "15"), since, until, commit)


def update(world: World, time: Clock, at: int, tag: str, *, committed: int | None = None) -> str:
    time.set(START + at, None if committed is None else START + committed)
    world.ok("update", "shop", "--env", "dev", "--tag", tag)
    return world.head()


def values(tag: str, digest: str = "") -> str:
    return VALUES.replace('tag: ""', f'tag: "{tag}"').replace('digest: ""', f'digest: "{digest}"')


def merged(world: World, commit: str, at: int) -> str:
    """Merge a commit into main as a person does with a proposal; return the merge."""
    tree = world.git("rev-parse", f"{commit}^{{tree}}")
    merge = world.git("commit-tree", tree, "-p", "main", "-p", commit, "-m", f"merge at {at}")
    world.git("update-ref", "refs/heads/main", merge)
    return merge


def test_deployments_begin_and_end_with_the_value(world: World, time: Clock) -> None:
    first = update(world, time, 10, "15")
    update(world, time, 50, "16")
    second = update(world, time, 60, "15")
    with looked_at(world) as (ledger_reader, dev):
        there = deployments_of(ledger_reader, dev, release(world, "15"), now=START + 100)
        assert there == [
            ran(world, START + 10, START + 50, first),
            ran(world, START + 60, None, second),
        ]
        assert deployments_of(ledger_reader, dev, release(world, "14"), now=START + 100) == []


def test_a_hand_edit_ends_a_deployment_and_one_elsewhere_does_not(
    world: World, time: Clock
) -> None:
    update(world, time, 10, "15")
    kept = world.text("values-dev.yaml") + "\n"
    world.clock = START + 19
    world.write({"README.md": "hello"})
    world.write({"values-dev.yaml": kept.replace("replicas: 2", "replicas: 3")})
    world.clock = START + 29
    world.write({"values-dev.yaml": values("hand")})
    world.clock = START + 39
    back = world.write({"values-dev.yaml": kept})
    with looked_at(world) as (ledger_reader, dev):
        found = deployments_of(ledger_reader, dev, release(world, "15"), now=START + 100)
    assert [(each.since - START, each.until and each.until - START) for each in found] == [
        (10, 30),
        (40, None),
    ]
    assert found[-1].commit == back


def test_a_proposal_arrives_with_its_merge(world: World, time: Clock) -> None:
    base = world.head()
    proposed = update(world, time, 10, "15")
    world.git("update-ref", "refs/heads/main", base)
    world.clock = START + 19
    world.write({"README.md": "meanwhile"})
    time.set(START + 60)
    merge = merged(world, proposed, START + 60)
    with looked_at(world) as (ledger_reader, dev):
        assert deployments_of(ledger_reader, dev, release(world, "15"), now=START + 100) == [
            ran(world, START + 60, None, merge)
        ]
    update(world, time, 80, "16")
    with looked_at(world) as (ledger_reader, dev):
        assert deployments_of(ledger_reader, dev, release(world, "15"), now=START + 100) == [
            ran(world, START + 60, START + 80, merge)
        ]


@pytest.mark.parametrize("forged", [1, 3])
def test_a_forged_old_date_gains_nothing(forged: int, world: World, time: Clock) -> None:
    update(world, time, 50, "14")
    world.clock = START - 90_000
    for number in range(forged - 1):
        world.write({"README.md": str(number)})
    update(world, time, 60, "15", committed=-90_000)
    with looked_at(world) as (ledger_reader, dev):
        (found,) = deployments_of(ledger_reader, dev, release(world, "15"), now=START + 100)
    assert found.since == START + 100  # nobody knows when it came: now, at the latest


def test_a_date_in_the_future_neither_counts_nor_blocks(world: World, time: Clock) -> None:
    update(world, time, 50, "15", committed=10**8)
    with looked_at(world) as (ledger_reader, dev):
        assert (
            deployments_of(ledger_reader, dev, release(world, "15"), now=START + 60)[0].since
            == START + 60
        )
    update(world, time, 70, "16")
    with looked_at(world) as (ledger_reader, dev):
        assert (
            deployments_of(ledger_reader, dev, release(world, "16"), now=START + 100)[0].since
            == START + 70
        )


def test_no_more_is_looked_at_than_was_asked_for(world: World, time: Clock) -> None:
    update(world, time, 10, "15")
    world.clock = START + 49
    newest = [world.write({"README.md": str(number)}) for number in range(3)]
    with looked_at(world) as (ledger_reader, dev):
        found = current_deployment(
            ledger_reader, dev, release(world, "15"), now=START + 100, back_to=START + 51
        )
        assert found == ran(world, START + 51, None, newest[1])


def test_a_long_history_is_read_in_batches(world: World, time: Clock) -> None:
    world.clock = START + 100
    world.write_one_by_one({"README.md": f"before {number}"} for number in range(60))
    first = update(world, time, 200, "15")
    world.clock = START + 300
    world.write_one_by_one({"README.md": f"after {number}"} for number in range(200))
    with looked_at(world) as (ledger_reader, dev):
        assert deployments_of(ledger_reader, dev, release(world, "15"), now=START + 900) == [
            ran(world, START + 200, None, first)
        ]


def test_a_broken_file_ends_a_deployment(world: World, time: Clock) -> None:
    update(world, time, 10, "15")
    kept = world.text("values-dev.yaml") + "\n"
    world.clock = START + 19
    world.write({"values-dev.yaml": "image: [broken"})
    world.clock = START + 29
    world.write({"values-dev.yaml": b"/etc/passwd"}, modes="120000")
    world.write({"values-dev.yaml": kept})
    with looked_at(world) as (ledger_reader, dev):
        found = deployments_of(ledger_reader, dev, release(world, "15"), now=START + 100)
    assert [(each.since - START, each.until and each.until - START) for each in found] == [
        (10, 20),
        (31, None),
    ]
