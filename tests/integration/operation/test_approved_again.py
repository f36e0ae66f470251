"""A move that was approved before is asked about again, and published again: each time it is
another plan.
"""

import pytest
from pytest_mock import MockerFixture

from gitops_ci.adapters.git import Repository
from tests.integration.operation.test_merges import TAGS
from tests.integration.operation.world import World

ENVS = ("dev", "stage", "prod")
FILE = "apps/shop/values-prod.yaml"
CONFIG = """\
version: 1
apps: {"*": {path: "apps/{app}", images: [{repository: "r.example.com/{app}", tag: image.tag}]}}
environments:
  dev: {verify_digest: "off"}
  stage: {from: dev, verify_digest: "off", override: {withdrawn: [carol]}}
  prod: {from: stage, verify_digest: "off", approval: {approvers: [alice]}, override: {withdrawn: [carol]}}
"""
A, B = "14", "15"
PROMOTE = ("promote", "shop", "--to", "prod")
ROLLBACK = ("rollback", "shop", "--env", "prod")
ONCE_MORE = ("--override", "withdrawn", "--requested-by", "carol", "--reason", "mended")
BY_ALICE = ("--approved-by", "alice")


@pytest.fixture
def running(world: World) -> World:
    """A world in which stage ran A and B, and prod has what nobody recorded there."""
    world.after(began)
    return world


def began(world: World) -> None:
    files: dict[str, str | bytes] = {
        f"apps/{app}/values-{name}.yaml": TAGS % "13" for app in ("shop", "cart") for name in ENVS
    }
    world.write(files)
    world.write({"gitops.yaml": CONFIG})
    for tag in (A, B):
        world.run("update", "shop", "--env", "dev", "--tag", tag, check=0)
        world.run("promote", "shop", "--to", "stage", check=0)


def shown(world: World, *words: str) -> str:
    return str(world.refused("plan", *words, code=0).result["plan_id"])


def plan(world: World, *words: str) -> str:
    """Return the id of a plan for prod, which is the same however it is asked for."""
    known = shown(world, *words)
    for more in ((), BY_ALICE):
        assert world.refused(*words, *more, "--dry-run", code=0).result["plan_id"] == known
    return known


def approve(world: World, *words: str) -> str:
    """Have a plan approved and published; return its id."""
    known = plan(world, *words)
    ran = world.ok(*words, *BY_ALICE, "--approved-plan", known)
    assert ran.result["plan_id"] == known
    assert f"Gitops-Plan: 2:{known}" in world.trailers()
    return known


def violations(world: World) -> list[dict[str, str]]:
    return [
        each for each in world.run("audit").result["findings"] if each["severity"] == "violation"
    ]


def audited(world: World) -> None:
    assert violations(world) == []


def test_there_back_and_there_again_are_three_plans(running: World) -> None:
    there = (*PROMOTE, "--tag", B)
    back = (*PROMOTE, "--tag", A)
    plans: list[str] = []
    approve(running, *back)
    for words in (there, back, there, back, there):
        for spent in plans:
            ran = running.refused(*words, *BY_ALICE, "--approved-plan", spent)
            assert "gitops-ci plan promote shop --to prod" in ran.err + ran.out
            assert "was carried out by commit" in ran.result["message"]
        plans.append(approve(running, *words))
    assert len(set(plans)) == 5
    audited(running)


def test_the_same_pair_is_rolled_back_twice(running: World) -> None:
    """What an incident needs: the second failure of a release is as easy to end as the first."""
    approve(running, *PROMOTE, "--tag", A)
    first = approve(running, *PROMOTE)
    back = approve(running, *ROLLBACK)
    again = approve(running, *PROMOTE, *ONCE_MORE)
    running.refused(*ROLLBACK, *BY_ALICE, "--approved-plan", back)
    assert approve(running, *ROLLBACK) != back
    for spent in (first, again):
        ran = running.refused(*PROMOTE, *ONCE_MORE, *BY_ALICE, "--approved-plan", spent)
        assert ran.gates["approval"] == "refused"
    approve(running, *PROMOTE, *ONCE_MORE)
    audited(running)


def test_what_concerns_others_changes_nothing(running: World) -> None:
    known = plan(running, *PROMOTE)
    running.write({"README.md": "unrelated"})
    running.ok("update", "cart", "--env", "dev", "--tag", "3")
    running.ok("promote", "cart", "--to", "stage")
    running.ok("promote", "cart", "--to", "prod", *BY_ALICE)
    assert plan(running, *PROMOTE) == known
    running.ok(*PROMOTE, *BY_ALICE, "--approved-plan", known)


def test_after_a_hand_edit_it_is_another_plan_each_time(running: World) -> None:
    first = approve(running, *PROMOTE)
    seen = {first}
    for _ in range(2):
        running.write({FILE: TAGS % A})
        running.refused(*PROMOTE, *BY_ALICE, "--approved-plan", first)
        seen.add(approve(running, *PROMOTE))
    assert len(seen) == 3
    assert [each["kind"] for each in violations(running)] == ["hand-edit", "hand-edit"]


def test_an_adopted_value_was_recorded_by_the_adoption(running: World) -> None:
    first = approve(running, *PROMOTE)
    running.write({FILE: TAGS % A})
    drifted = plan(running, *PROMOTE)
    adopted = plan(running, "adopt", "shop", "--env", "prod", "--reason", "ours")
    running.ok(
        "adopt", "shop", "--env", "prod", "--reason", "ours", *BY_ALICE, "--approved-plan", adopted
    )
    again = plan(running, *PROMOTE)
    assert len({first, drifted, again}) == 3
    running.ok(*PROMOTE, *BY_ALICE, "--approved-plan", again)
    audited(running)


def test_each_application_of_a_batch_counts(running: World) -> None:
    running.ok("update", "cart", "--env", "dev", "--tag", B)
    running.ok("promote", "cart", "--to", "stage")
    both = ("promote", "shop", "cart", "--to", "prod")
    known = plan(running, *both)
    running.ok("promote", "cart", "--to", "prod", *BY_ALICE)
    running.write({FILE.replace("shop", "cart"): TAGS % "13"})
    assert plan(running, *both) != known
    running.refused(*both, *BY_ALICE, "--approved-plan", known)
    approve(running, *both)
    assert [each["kind"] for each in violations(running)] == ["hand-edit"]


def test_what_only_a_pipeline_asks_for_is_asked_for_again_too(running: World) -> None:
    """It asks somebody for stage, although gitops.yaml does not."""
    there = ("promote", "shop", "--to", "stage", *ONCE_MORE)
    back = ("rollback", "shop", "--env", "stage")
    running.ok(*back)
    first = shown(running, *there)
    running.ok(*there, "--approved-plan", first)
    running.ok(*back, "--approved-plan", shown(running, *back))
    assert running.refused(*there, "--approved-plan", first).gates["approval"] == "refused"
    running.ok(*there, "--approved-plan", shown(running, *there))
    running.ok(*back)
    running.ok(*there, "--approved-plan", shown(running, *there))
    audited(running)


def test_an_update_that_nobody_approves_reads_no_history(
    running: World, mocker: MockerFixture
) -> None:
    history = mocker.spy(Repository, "history")
    running.ok("update", "cart", "--env", "dev", "--tag", "77")
    assert history.call_count == 0
    known = plan(running, "update", "cart", "--env", "dev", "--tag", "78")
    running.ok("update", "cart", "--env", "dev", "--tag", "78", "--approved-plan", known)
    assert history.call_count > 0


def test_records_that_came_with_a_merge_are_those_before(running: World) -> None:
    """A colleague pulls: the first promotion is behind the merge, and the next plan follows it."""
    first = plan(running, *PROMOTE)
    before = running.head()
    running.ok(*PROMOTE, *BY_ALICE, "--approved-plan", first)
    done = running.head()
    both = running.write({"README.md": "mine"})
    running.git("update-ref", "refs/heads/main", before)
    mine = running.write({"README.md": "mine"})
    merge = running.git(
        "commit-tree", f"{both}^{{tree}}", "-p", mine, "-p", done, "-m", "Merge branch main"
    )
    running.git("update-ref", "refs/heads/main", merge)
    running.write({FILE: TAGS % "13"})
    assert plan(running, *PROMOTE) != first
    approve(running, "adopt", "shop", "--env", "prod", "--reason", "ours")
    approve(running, *PROMOTE)
    audited(running)


def test_a_newer_version_s_record_is_not_written_over(running: World) -> None:
    running.ok(*PROMOTE, *BY_ALICE)
    message = running.message().replace("Gitops-Plan: 2:", "Gitops-Plan: 3:")
    tree, parent = running.git("rev-parse", "main^{tree}", "main~1").split()
    newer = running.git("commit-tree", tree, "-p", parent, "-F", "-", stdin=message.encode())
    running.git("update-ref", "refs/heads/main", newer)
    ran = running.refused(*ROLLBACK, *BY_ALICE)
    assert f"commit {newer[:12]} was made by a newer version" in ran.result["message"]
    assert "update gitops-ci here" in ran.err


def test_a_proposal_is_for_the_place_as_it_was(running: World) -> None:
    """Something else is deployed there and taken back: the values are the same, and another record
    stands before it.
    """
    running.ok(*PROMOTE, "--tag", A, *BY_ALICE)
    propose = (*PROMOTE, *ONCE_MORE, *BY_ALICE, "--publish-branch", "promote/{app}")
    made = running.run(*propose, check=0).result
    kept = running.run(*propose, check=0).result
    assert (kept["commit"], kept["plan_id"]) == (made["commit"], made["plan_id"])
    running.ok(*PROMOTE, *BY_ALICE)
    running.ok(*ROLLBACK, *BY_ALICE)
    refused = running.run(*propose, "--approved-plan", str(made["plan_id"]), check=3)
    assert "gitops-ci plan promote shop --to prod" in refused.err + refused.out
    anew = running.run(*propose, check=0).result
    assert anew["commit"] != made["commit"]
    assert anew["plan_id"] != made["plan_id"]
