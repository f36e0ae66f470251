"""Views of environments on branches of their own, and of what came with a merge."""

from pathlib import Path

import pytest

from gitops_ci.usecases.views.history import HistoryRequest
from tests.integration.operation.test_charts import branched
from tests.integration.operation.test_merges import clone, merged, person, propose
from tests.integration.operation.world import World
from tests.integration.views.reading import past, where

__all__ = ["clone"]


def told(world: World, query: HistoryRequest | None = None) -> list[tuple[str, str, str, str]]:
    """Return operation, environment, release and problem of each entry."""
    entries = past(world, query).entries
    return [
        (each.record.operation, each.record.environment, str(each.record.release), each.problem)
        for each in entries
    ]


def test_an_environment_stands_where_its_own_branch_says(world: World) -> None:
    branched(world)
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    world.run("promote", "shop", "--to", "stage", check=0)
    found = where(world, ["shop"])
    assert [(key, each.branch, str(each.release)) for (_, key), each in found.items()] == [
        ("dev", "main", "2"),
        ("stage", "release", "2"),
        ("prod", "release", "1"),
    ]
    stage, prod = found["shop", "stage"], found["shop", "prod"]
    assert stage.record
    assert stage.record.commit == world.head("release")
    assert stage.since == int(world.git("log", "-1", "--format=%ct", "release"))
    assert (stage.behind, stage.drift) == (0, "")
    assert (prod.record, prod.behind) == (None, None)
    assert "no operation put it there" in prod.drift


def test_drift_is_looked_for_on_the_environments_own_branch(world: World) -> None:
    folder = branched(world)
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    world.run("promote", "shop", "--to", "stage", check=0)
    for branch, tag in (("main", "8"), ("release", "9")):  # what main says of stage concerns nobody
        text = world.text(f"{folder}values-stage.yaml", branch)
        world.write(
            {
                f"{folder}values-stage.yaml": text.replace('"2"', f'"{tag}"').replace(
                    '"1"', f'"{tag}"'
                )
            },
            branch=branch,
        )
    assert (
        "9 was written by hand after promote to 2" in where(world, ["shop"])["shop", "stage"].drift
    )


def test_the_history_tells_each_operation_once_though_branches_share_commits(world: World) -> None:
    branched(world)
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    world.run("promote", "shop", "--to", "stage", check=0)
    assert told(world) == [("promote", "stage", "2", ""), ("update", "dev", "2", "")]
    assert told(world, HistoryRequest(limit=1)) == [("promote", "stage", "2", "")]
    assert past(world, HistoryRequest(limit=1)).more
    assert not past(world, HistoryRequest(limit=2)).more
    assert told(world, HistoryRequest(environments=("dev",))) == [("update", "dev", "2", "")]


@pytest.mark.parametrize("how", ["merge", "rebase", "GitLab squash"])
def test_a_merged_proposal_stands_since_its_merge(world: World, clone: Path, how: str) -> None:
    propose(world, "promote", "--to", "stage")
    merged(world, clone, how)
    stage = where(world)["shop", "stage"]
    assert (str(stage.release), stage.drift, stage.behind) == ("15", "", 0)
    arrived = int(world.git("log", "-1", "--format=%ct"))
    assert stage.record
    assert (stage.since, stage.record.operation) == (arrived, "promote")
    newest = past(world).entries[0]
    assert (newest.arrived, newest.problem, newest.record.environment) == (arrived, "", "stage")


def test_a_merge_that_kept_the_old_value_is_drift_until_it_is_adopted(
    world: World, clone: Path
) -> None:
    """The other way round, the same merge takes a promotion back that was there: nobody can tell
    them apart.
    """
    propose(world, "promote", "--to", "stage")
    person(clone, "fetch", "-q")
    person(clone, "merge", "-q", "--no-ff", "-s", "ours", "-m", "not now", "origin/proposal")
    person(clone, "push", "-q", "origin", "HEAD:main")
    stage = where(world)["shop", "stage"]
    assert (str(stage.release), stage.behind) == ("14", 1)
    assert "14 stands there because a merge took back promote to 15" in stage.drift
    newest = past(world).entries[0]
    assert (newest.record.environment, str(newest.record.release)) == ("stage", "15")
    assert newest.problem
    world.ok("adopt", "--env", "stage", "--reason", "not now")
    assert where(world)["shop", "stage"].drift == ""
