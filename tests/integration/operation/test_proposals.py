"""Proposals: an operation on a branch of its own, made once, kept while it holds, and never over a
person's commits.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from gitops_ci.adapters.git import Repository
from tests.integration.conftest import LOGIN
from tests.integration.operation.test_charts import branched
from tests.integration.operation.test_merges import TAGS, clone, merged, person
from tests.integration.operation.world import Ran, World
from tests.servers.git_http import GitHttp

__all__ = ["clone"]

TO_STAGE = ("promote", "shop", "--to", "stage", "--publish-branch", "promote/{app}-{env}")
BRANCH = "promote/shop-stage"


def proposed(world: World, *words: str, branch: str = BRANCH) -> Ran:
    """Run the program and expect a commit on a branch of its own, on top of main, which stays where
    it was.
    """
    before = world.head()
    ran = world.run(*words, check=0)
    assert world.head() == before
    assert (ran.result["published"], ran.result["category"], ran.result["changed"]) == (
        "proposed",
        "proposed",
        False,
    )
    assert ran.result["proposal"]["branch"] == branch
    assert ran.result["commit"] == world.head(branch)
    assert world.git("rev-parse", f"{branch}~1") == before
    return ran


@pytest.mark.usefixtures("clone")
def test_an_operation_is_proposed_once(world: World) -> None:
    first = proposed(world, *TO_STAGE)
    assert world.trailers(BRANCH)[0] == "Gitops-Operation: promote"
    assert f"proposed on {BRANCH} as" in first.out
    assert f"a pull request from {BRANCH} into main" in first.out
    again = proposed(world, *TO_STAGE)
    assert again.result["commit"] == first.result["commit"]
    assert f"is proposed already on {BRANCH}" in again.result["message"]
    world.write({"README.md": "something else"})
    kept = world.run(*TO_STAGE, check=0)
    assert (kept.result["commit"], kept.result["published"]) == (first.result["commit"], "proposed")


@pytest.mark.usefixtures("clone")
def test_an_outdated_proposal_is_replaced(world: World) -> None:
    first = proposed(world, *TO_STAGE)
    world.write({"values-stage.yaml": TAGS % "14" + "replicas: 3\n"})
    second = proposed(world, *TO_STAGE)
    assert second.result["commit"] != first.result["commit"]
    assert "replicas: 3" in world.text("values-stage.yaml", BRANCH)
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    assert proposed(world, *TO_STAGE).result["release"]["tag"] == "16"


@pytest.mark.parametrize(
    "how", ["merge", "fast-forward", "rebase", "GitHub squash", "GitLab squash"]
)
def test_a_merged_proposal_leaves_nothing_to_do_and_the_next_one_takes_its_branch(
    world: World, clone: Path, how: str
) -> None:
    commit = proposed(world, *TO_STAGE).result["commit"]
    world.git("update-ref", "refs/heads/proposal", str(commit))
    merged(world, clone, how)
    assert world.same(*TO_STAGE).result["published"] is None
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    assert proposed(world, *TO_STAGE).result["release"]["tag"] == "16"


@pytest.mark.parametrize("how", ["on top", "amended", "another environment", "another history"])
def test_a_persons_commits_are_never_replaced(world: World, clone: Path, how: str) -> None:
    proposed(world, *TO_STAGE)
    if how == "on top":
        world.write({"notes.md": "mine"}, branch=BRANCH)
    elif how == "another environment":
        world.git(
            "update-ref",
            f"refs/heads/{BRANCH}",
            world.write({"values-prod.yaml": TAGS % "99"}, branch="elsewhere"),
        )
    else:
        person(clone, "fetch", "-q")
        person(clone, "checkout", "-q", "-B", "mine", f"origin/{BRANCH}")
        (clone / "values-stage.yaml").write_text(TAGS % "15" + "replicas: 9\n")
        if how == "another history":
            person(clone, "checkout", "-q", "--orphan", "own")
        person(
            clone,
            "commit",
            "-q",
            "-a",
            *(["--amend", "--no-edit"] if how == "amended" else ["-m", "own"]),
        )
        person(clone, "push", "-q", "--force", "origin", f"HEAD:{BRANCH}")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    ran = world.refused(*TO_STAGE, code=1)
    assert "it is not replaced" in ran.result["message"]
    assert "give another --publish-branch" in ran.err


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("main", "is the branch of an environment or of gitops.yaml"),
        ("a..b", "does not give a name that Git takes"),
        ("refs/heads/x y", "does not give a name that Git takes"),
        ("-f", "does not give a name that Git takes"),
        ("{user}", "there is no field {user}"),
        ("x\x1b[31m", "does not give a name that Git takes"),
        ("p/{app", "too long or has braces"),
        ("p" * 300, "too long"),
    ],
)
def test_a_branch_that_can_not_be_used_is_refused_before_anything_happens(
    world: World, template: str, said: str
) -> None:
    ran = world.refused("promote", "shop", "--to", "stage", "--publish-branch", template, code=2)
    assert said in ran.result["message"]
    assert "\x1b" not in ran.err


@pytest.mark.usefixtures("clone")
def test_gates_are_judged_before_a_proposal_is_made(world: World) -> None:
    world.ok("promote", "shop", "--to", "stage")
    words = ("promote", "shop", "--to", "prod", "--publish-branch", "promote/{app}-{env}-{tag}")
    ran = world.refused(*words)
    assert ran.gates["approval"] == "pending"
    plan = world.run("plan", *words, check=0)
    assert plan.result["published"] is None
    dry = world.refused(*words, "--approved-by", "alice", "--dry-run", code=0)
    assert "would be proposed on promote/shop-prod-15" in dry.result["message"]
    proposed(world, *words, "--approved-by", "alice", branch="promote/shop-prod-15")
    assert "Gitops-Approved-By: alice" in world.trailers("promote/shop-prod-15")


def test_rollback_and_several_applications_are_proposed_too(world: World) -> None:
    branched(world)
    world.ok(
        "update",
        "shop",
        "cart",
        "--env",
        "dev",
        "--image",
        "r.example.com/shop:2",
        "--image",
        "r.example.com/cart:2",
    )
    words = ("promote", "cart", "shop", "--to", "stage", "--publish-branch", "promote/{app}-{env}")
    release = world.head("release")
    ran = world.run(*words, check=0)
    assert (world.head("release"), ran.result["proposal"]["target"]) == (release, "release")
    assert world.git("rev-parse", "promote/cart+shop-stage~1") == release
    assert (
        world.run(*words[:1], "shop", "cart", *words[3:], check=0).result["commit"]
        == ran.result["commit"]
    )
    every = world.run("promote", "--all", *words[3:], check=0)
    assert every.result["proposal"]["branch"] == "promote/all-stage"
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    back = world.run(
        "rollback", "shop", "--env", "dev", "--publish-branch", "rollback/{app}", check=0
    )
    assert back.result["published"] == "proposed"


def test_a_proposal_with_a_chart_is_replaced_and_kept_like_any_other(world: World) -> None:
    folder = branched(world)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    first = world.run(*TO_STAGE, check=0).result["commit"]
    assert world.run(*TO_STAGE, check=0).result["commit"] == first
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 3\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    second = world.run(*TO_STAGE, check=0).result["commit"]
    assert world.head(BRANCH) == second != first
    world.write({f"{folder}charts/own.yaml": "mine"}, branch=BRANCH)
    assert "it is not replaced" in world.refused(*TO_STAGE, code=1).result["message"]


@pytest.mark.usefixtures("clone")
def test_a_lost_race_looks_at_the_branch_again(world: World, mocker: MockerFixture) -> None:
    before_the_first_push(
        mocker, lambda branch: world.git("update-ref", f"refs/heads/{branch}", world.head())
    )
    assert proposed(world, *TO_STAGE).result["attempts"] == 2


@pytest.mark.usefixtures("clone")
def test_a_proposal_that_is_deleted_meanwhile_is_made_anew(
    world: World, mocker: MockerFixture
) -> None:
    proposed(world, *TO_STAGE)
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    before_the_first_push(
        mocker, lambda branch: world.git("update-ref", "-d", f"refs/heads/{branch}")
    )
    assert proposed(world, *TO_STAGE).result["attempts"] == 2


def before_the_first_push(mocker: MockerFixture, act: Callable[[str], object]) -> None:
    """Let somebody else act once on the branch that is about to be replaced."""
    replace = Repository.replace

    def raced(repository: Repository, branch: str, old: str | None, new: str) -> object:
        if patched.call_count == 1:
            act(branch)
        return replace(repository, branch, old, new)

    patched = mocker.patch.object(Repository, "replace", autospec=True, side_effect=raced)


def hook(world: World, name: str, text: str) -> None:
    file = world.bare / "hooks" / name
    file.write_text(f"#!/bin/sh\n{text}")
    file.chmod(0o755)


@pytest.mark.usefixtures("clone")
def test_the_servers_own_hint_is_passed_on_and_its_refusal_too(world: World) -> None:
    hook(
        world,
        "post-receive",
        "printf 'Create a pull request:\\n  https://git.example.com/new?\\033[31m\\n' >&2\n",
    )
    ran = proposed(world, *TO_STAGE)
    assert ran.result["proposal"]["hints"][:2] == [
        "Create a pull request:",
        "https://git.example.com/new?\\x1b[31m",
    ]
    assert "\x1b" not in ran.out
    hook(
        world,
        "update",
        'case "$1" in refs/heads/promote/*) echo "no such branches here" >&2; exit 1;; esac\n',
    )
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    refused = world.refused(*TO_STAGE, code=1)
    assert "no such branches here" in refused.result["message"]


@pytest.mark.usefixtures("clone")
def test_a_server_that_lets_no_branch_be_replaced_is_final(world: World) -> None:
    proposed(world, *TO_STAGE)
    world.git("config", "receive.denyNonFastForwards", "true")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    ran = world.refused(*TO_STAGE, code=1)
    assert "delete the outdated one there" in ran.err


@pytest.mark.usefixtures("clone")
def test_proposals_over_http_with_a_login(world: World, http: GitHttp, root: Path) -> None:
    served = root / f"proposals-{os.getpid()}.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(world.bare), str(served)], check=True)
    world.bare = served
    url = http.url(served.name, LOGIN)
    first = world.run(*TO_STAGE, repo=url, check=0)
    assert (
        world.run(*TO_STAGE, repo=url, check=0).result["commit"]
        == first.result["commit"]
        == world.head(BRANCH)
    )
    world.run("update", "shop", "--env", "dev", "--tag", "16", repo=url, check=0)
    assert (
        world.run(*TO_STAGE, repo=url, check=0).result["commit"]
        == world.head(BRANCH)
        != first.result["commit"]
    )
    world.write({"notes.md": "mine"}, branch=BRANCH)
    assert "it is not replaced" in world.run(*TO_STAGE, repo=url, check=1).result["message"]
