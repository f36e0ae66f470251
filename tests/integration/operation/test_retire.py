"""Places that are retired: what goes with them, who approves it, and what is known of them then."""

import pytest

from tests.integration.audit.test_audit import ALICE, deploy, findings
from tests.integration.operation.world import VALUES, World

STARRED = """\
version: 1
apps:
  "*": {path: "apps/{app}", images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]}
  # the one that is called otherwise
  store:
    path: store
    images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]
  # the last one
  other: {path: other, images: [{repository: "%(registry)s", tag: image.tag}]}
environments:
  dev: {}
  prod: {from: dev, approval: {approvers: [alice]}}
"""
BY = ("--reason", "nobody uses it", *ALICE)
PROMOTE = ("promote", "shop", "--to", "prod")


def begin(world: World, app: str) -> None:
    """Bring 15 to production of an application with a folder of its own."""
    folder = app if app == "store" else f"apps/{app}"
    files = {f"{folder}/values-{env}.yaml": VALUES for env in ("dev", "prod")}
    world.write({**files, f"{folder}/charts/Chart.yaml": "name: x\n", "README.md": "hello\n"})
    world.write({"gitops.yaml": STARRED % {"registry": world.registry}})
    world.image("15")
    world.ok("update", app, "--env", "dev", "--tag", "15")
    world.ok("promote", app, "--to", "prod", *ALICE)


def files(world: World) -> list[str]:
    return world.git("ls-tree", "-r", "--name-only", "main").splitlines()


def test_a_place_goes_with_its_values_file(world: World) -> None:
    world.after(deploy, "15")
    ran = world.ok("retire", "shop", "--env", "prod", *BY)
    assert "retire shop: prod, 15 -> nothing" in ran.out
    assert "removed: values-prod.yaml" in ran.out
    assert ran.result["message"] == f"shop 15 retired from prod: commit {world.head()}"
    assert (ran.result["release"], ran.result["apps"][0]["release"]) == (None, None)
    assert ran.result["previous"]["tag"] == "15"
    assert ran.result["apps"][0]["removed"] == ["values-prod.yaml"]
    assert files(world) == ["gitops.yaml", "values-dev.yaml", "values-stage.yaml"]
    assert world.message().startswith("retire(shop): prod 15\n")
    assert {"Gitops-Operation: retire", "Gitops-Reason: nobody uses it"} <= set(world.trailers())
    assert findings(world) == []


def test_it_asks_for_the_approval_of_the_environment(world: World) -> None:
    world.after(deploy, "15")
    reason = ("--reason", "nobody uses it", "--requested-by", "carol")
    waits = world.refused("retire", "shop", "--env", "prod", *reason)
    assert "waits for the approval of alice or bob" in waits.out
    mallory = world.refused("retire", "shop", "--env", "prod", *reason, "--approved-by", "mallory")
    assert "mallory is not among the approvers" in mallory.out
    world.ok("retire", "shop", "--env", "stage", *reason)


def test_the_authors_of_what_goes_may_approve(world: World) -> None:
    """They gain nothing."""
    world.after(deploy, "15")
    release = world.folder / "release.json"
    world.image("16")
    ran = world.run("plan", "retire", "shop", "--env", "prod", *BY, check=0)
    assert not release.exists()
    assert "approval  shop: approved by alice" in ran.out


@pytest.mark.parametrize("format", ["text", "markdown"])
def test_a_dry_run_says_what_would_go(world: World, format: str) -> None:
    world.after(deploy, "15")
    words = ("retire", "shop", "--env", "prod", *BY, "--dry-run", "--output", format)
    shown = world.run(*words, check=0).out
    assert "shop 15 would be retired from prod" in shown
    assert "published" not in shown
    if format == "markdown":
        assert "| shop | prod | `15` | - | - |" in shown


def test_it_needs_a_reason(world: World) -> None:
    world.after(deploy, "15")
    assert "needs a reason" in world.refused("retire", "shop", "--env", "dev", code=2).err


def test_an_approval_is_bound_to_the_plan(world: World) -> None:
    world.after(deploy, "15")
    plan = str(world.run("plan", "retire", "shop", "--env", "prod", *BY, check=0).result["plan_id"])
    deploy(world, "16")
    refused = world.refused("retire", "shop", "--env", "prod", *BY, "--approved-plan", plan)
    assert f"plan {plan} was approved, but" in refused.out
    plan = str(world.run("plan", "retire", "shop", "--env", "prod", *BY, check=0).result["plan_id"])
    world.ok("retire", "shop", "--env", "prod", *BY, "--approved-plan", plan)


@pytest.mark.parametrize(
    "words", [("retire", "shop", "--env", "prod"), ("explain", "shop", "--env", "prod"), PROMOTE]
)
def test_what_is_not_there_any_more_was_retired(world: World, words: tuple[str, ...]) -> None:
    world.after(deploy, "15")
    commit = world.ok("retire", "shop", "--env", "prod", *BY).result["commit"]
    world.write({"README.md": "meanwhile\n"})
    by = () if words[0] == "explain" else BY
    again = world.refused(*words, *by, code=1)
    assert f"shop was retired from prod by commit {commit[:12]}" in again.err
    assert "put values-prod.yaml back with an empty tag" in again.err


def test_a_file_that_somebody_removed_is_missing(world: World) -> None:
    world.after(deploy, "15")
    world.write({}, gone=("values-prod.yaml",))
    refused = world.refused(*PROMOTE, *BY, code=1)
    assert "values-prod.yaml of shop does not exist" in refused.err


def test_a_folder_goes_with_its_last_environment(world: World) -> None:
    """An ApplicationSet would go on deploying a folder without values."""
    world.after(begin, "cart")
    world.ok("retire", "cart", "--env", "prod", *BY)
    assert "apps/cart/values-dev.yaml" in files(world)
    assert "apps/cart/values-prod.yaml" not in files(world)
    ran = world.ok("retire", "cart", "--env", "dev", *BY)
    assert ran.result["apps"][0]["removed"] == ["apps/cart"]
    assert not [path for path in files(world) if path.startswith("apps/")]
    assert "README.md" in files(world)
    assert [each for each in findings(world) if each[0] == "violation"] == []


def test_an_entry_goes_with_its_last_environment(world: World) -> None:
    world.after(begin, "store")
    world.ok("retire", "store", "--env", "dev", *BY)
    before = world.text("gitops.yaml")
    assert "store:" in before
    world.ok("retire", "store", "--env", "prod", *BY)
    after = world.text("gitops.yaml")
    entry = before[before.index("  store:") : before.index("  # the last one")]
    assert after == before.replace(entry, "")
    assert "store/charts/Chart.yaml" in files(world), "its folder is nobody's but the team's"
    assert [each for each in findings(world) if each[0] == "violation"] == []


def test_history_shows_an_application_whose_entry_is_gone_as_it_was_recorded(world: World) -> None:
    world.after(begin, "store")
    named = "".join(
        line for line in world.text("gitops.yaml").splitlines(True) if '"*"' not in line
    )
    world.write({"gitops.yaml": named})
    for env in ("dev", "prod"):
        world.ok("retire", "store", "--env", env, *BY)
    ran = world.run("history", check=0)
    lines = [line for line in ran.out.splitlines() if " store " in line]
    assert len(lines) == 4
    assert all("can't be verified: gitops.yaml does not have it any more" in line for line in lines)
    assert all("carol +alice" in line for line in lines if " prod " in line)
    assert "does not count" not in ran.out
    assert not any(entry["counts"] for entry in ran.result["entries"])


def test_the_last_application_stays_in_gitops_yaml(world: World) -> None:
    """A gitops.yaml without applications could not be read."""
    world.after(deploy, "15")
    for env in ("prod", "stage", "dev"):
        world.ok("retire", "shop", "--env", env, *BY)
    assert "shop:" in world.text("gitops.yaml")
    assert files(world) == ["gitops.yaml"]
    assert findings(world) == []


def test_a_file_that_says_what_others_run_stays(world: World) -> None:
    entry = f'{{path: ".", images: [{{repository: "{world.registry}", tag: %s.tag}}]}}'
    apps = "".join(f"  {app}: {entry % app}\n" for app in ("one", "two"))
    both = f"version: 1\napps:\n{apps}environments:\n  dev: {{}}\n"
    world.write({"gitops.yaml": both, "values-dev.yaml": "one: {tag: '1'}\ntwo: {tag: '2'}\n"})
    refused = world.refused("retire", "one", "--env", "dev", "--reason", "gone")
    assert "values-dev.yaml also says what two runs in dev" in refused.err
    world.ok("retire", "one", "two", "--env", "dev", "--reason", "gone")
    assert "values-dev.yaml" not in files(world)


@pytest.mark.parametrize("value", ["15", "99", ""])
def test_what_comes_back_is_held_against_what_was_left(world: World, value: str) -> None:
    world.after(deploy, "15")
    left = world.text("values-prod.yaml") + "\n"
    world.ok("retire", "shop", "--env", "prod", *BY)
    back = left if value == "15" else VALUES.replace('tag: ""', f'tag: "{value}"')
    world.write({"values-prod.yaml": back})
    found = [("violation", "hand-edit", "shop prod")] if value == "99" else []
    assert findings(world, code=3 if found else 0) == found


def test_what_came_back_is_promoted_again(world: World) -> None:
    world.after(deploy, "15")
    world.ok("retire", "shop", "--env", "prod", *BY)
    world.write({"values-prod.yaml": VALUES})
    deploy(world, "16")
    assert findings(world) == []


def test_a_proposal_to_retire_is_merged(world: World) -> None:
    world.after(deploy, "15")
    world.run("retire", "shop", "--env", "prod", *BY, "--publish-branch", "retire/{app}", check=0)
    world.write({"README.md": "meanwhile\n"})
    tree = world.git("merge-tree", "--write-tree", "main", "retire/shop").splitlines()[0]
    parents = ("-p", "main", "-p", "retire/shop")
    merge = world.git("commit-tree", tree, *parents, "-m", "Merge retire/shop")
    world.git("update-ref", "refs/heads/main", merge)
    assert "values-prod.yaml" not in files(world)
    assert findings(world) == []


def test_history_and_status_know_it(world: World) -> None:
    world.after(deploy, "15")
    world.ok("retire", "shop", "--env", "prod", *BY)
    shown = world.run("history", "shop", "--env", "prod", check=0)
    assert "retire" in shown.out
    assert "15 -> nothing" in shown.out
    assert world.run("history", "shop", "--operation", "retire", check=0).out
    standings = world.run("status", check=0).result["standings"]
    (prod,) = (each for each in standings if each["environment"] == "prod")
    assert prod["problem"] == f"retired by commit {world.head()[:12]}"
    assert prod["drift"] is None
    world.run("report", "--html", str(world.folder / "report"), check=0)
    world.write({"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "15"')})
    (drift,) = (each["drift"] for each in world.run("status").result["standings"] if each["drift"])
    assert drift.startswith("15 was put there by hand after commit")
