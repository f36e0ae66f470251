"""A promotion to another branch carries the chart as it was when the release was deployed, and
nothing else.
"""

import os
from pathlib import Path

import pytest

from tests.integration.conftest import LOGIN
from tests.integration.operation.world import World

CONFIG = """\
version: 1
apps:
  shop: {path: "%s", images: [{repository: r.example.com/shop, tag: image.tag}]}
  cart: {path: apps/cart, images: [{repository: r.example.com/cart, tag: image.tag}]}
environments:
  dev: {values: values-dev.yaml, verify_digest: "off"}
  stage: {values: values-stage.yaml, from: dev, branch: release, verify_digest: "off"}
  prod: {values: values-prod.yaml, from: stage, branch: release, verify_digest: "off", approval: {approvers: [alice]}}
"""
VALUES = '# %s\r\nimage:\r\n  tag: "1"   # written\r\n'


def values(environment: str) -> str:
    return VALUES % environment


def branched(world: World, path: str = "apps/shop", config: str = CONFIG) -> str:
    """Write an application with a chart and another one, and branch release off; return the
    application's folder with a slash.
    """
    folder = "" if path == "." else f"{path}/"
    files: dict[str, str | bytes] = {"gitops.yaml": config % path, "README.md": "one"}
    for app in (folder, "apps/cart/"):
        files |= {f"{app}values-{name}.yaml": values(name) for name in ("dev", "stage", "prod")}
        files |= {
            f"{app}charts/Chart.yaml": "name: x\nversion: 1\n",
            f"{app}charts/templates/app.yaml": "kind: Deployment\n",
        }
    world.write(files, "chart 1")
    world.git("branch", "release", "main")
    return folder


def chart(world: World, folder: str, commit: str) -> str:
    return world.git("rev-parse", f"{commit}:{folder}charts")


@pytest.mark.parametrize("path", ["apps/shop", "."])
def test_the_chart_of_the_deploying_commit_goes_along(world: World, path: str) -> None:
    folder = branched(world, path)
    world.write(
        {
            f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n",
            f"{folder}notes.txt": "new",
            "README.md": "two",
        }
    )
    deployed = world.ok("update", "shop", "--env", "dev", "--tag", "2").result["commit"]
    world.write(
        {
            f"{folder}charts/Chart.yaml": "name: x\nversion: 3\n",
            "apps/cart/charts/Chart.yaml": "name: x\nversion: 3\n",
        }
    )
    release, main = world.head("release"), world.head()
    ran = world.run("promote", "shop", "--to", "stage", check=0)
    assert (world.head(), world.git("rev-parse", "release~1")) == (main, release)
    assert (
        chart(world, folder, "release")
        == chart(world, folder, deployed)
        != chart(world, folder, "main")
    )
    changed = world.git("diff", "--name-status", "release~1", "release").split("\n")
    assert changed == [
        f"M\t{folder}charts/Chart.yaml",
        f"A\t{folder}notes.txt",
        f"M\t{folder}values-stage.yaml",
    ]
    after = world.git("cat-file", "blob", f"release:{folder}values-stage.yaml")
    assert after.encode() == values("stage").replace('"1"', '"2"').strip().encode()
    assert f"Gitops-Chart: {deployed}" in world.trailers("release")
    old, new = (chart(world, folder, commit) for commit in (release, "release"))
    assert {"path": f"{folder}charts", "before": old, "after": new} in ran.result["apps"][0][
        "carried"
    ]
    assert f"chart: {folder}charts {old[:7]} -> {new[:7]}" in ran.out
    assert ran.gates["chart"] == "passed"
    world.git("fsck", "--strict")


def test_a_chart_is_promoted_once(world: World) -> None:
    folder = branched(world)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    done = world.run("promote", "shop", "--to", "stage", check=0).result["commit"]
    assert world.same("promote", "shop", "--to", "stage").result["commit"] == done
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 3\n"})
    world.same("promote", "shop", "--to", "stage")
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    world.run("promote", "shop", "--to", "stage", check=0)
    assert chart(world, folder, "release") == chart(world, folder, "main")
    world.run("promote", "shop", "--to", "stage", "--tag", "2", check=0)
    assert chart(world, folder, "release") == chart(world, folder, done)


def test_a_chart_goes_along_where_the_values_are_equal_already(world: World) -> None:
    folder = branched(world)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    ran = world.run("promote", "shop", "--to", "stage", check=0)
    assert ran.result["changed"]
    assert ran.result["diff"] == ""
    assert chart(world, folder, "release") == chart(world, folder, "main")
    world.same("promote", "shop", "--to", "stage")


def test_what_was_removed_from_the_chart_is_removed(world: World) -> None:
    folder = branched(world)
    world.write({f"{folder}old.yaml": "x", f"{folder}extra/only.yaml": "x"})
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    world.run("promote", "shop", "--to", "stage", check=0)
    world.write({}, gone=(f"{folder}old.yaml", f"{folder}extra/only.yaml"))
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    ran = world.run("promote", "shop", "--to", "stage", check=0)
    assert f"chart: {folder}old.yaml" in ran.out
    assert "-> removed" in ran.out
    changed = world.git("diff", "--name-status", "release~1", "release").split("\n")
    assert changed == [
        f"D\t{folder}extra/only.yaml",
        f"D\t{folder}old.yaml",
        f"M\t{folder}values-stage.yaml",
    ]
    world.git("fsck", "--strict")


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_own_changes_of_the_targets_chart_are_not_lost(world: World, change: str) -> None:
    folder = branched(world)
    path = {"edited": "charts", "added": "patch.yaml", "removed": "charts"}[change]
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    if change == "removed":
        world.write({}, branch="release", gone=(f"{folder}charts",))
    else:
        world.write(
            {f"{folder}{'patch.yaml' if change == 'added' else 'charts/own.yaml'}": "own"},
            branch="release",
        )
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    ran = world.refused("promote", "shop", "--to", "stage")
    assert ran.gates["chart"] == "refused"
    assert f"{folder}{path} changed on release itself" in ran.result["message"]
    assert "merge main and release" in ran.out
    world.refused(
        "promote", "shop", "--to", "stage", "--override", "chart", "--reason", "now", code=2
    )
    world.refused("promote", "--all", "--to", "stage")


def test_own_changes_after_a_promotion_are_refused_until_both_branches_have_them(
    world: World,
) -> None:
    folder = branched(world)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    world.run("promote", "shop", "--to", "stage", check=0)
    world.write({f"{folder}charts/own.yaml": "own"}, branch="release")
    world.run("rollback", "shop", "--env", "stage", check=0)
    world.refused("promote", "shop", "--to", "stage")
    world.write({f"{folder}charts/own.yaml": "own", f"{folder}charts/more.yaml": "more"})
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    world.refused("promote", "shop", "--to", "stage")
    merged = world.git("commit-tree", "-p", "main", "-p", "release", "-m", "merge", "main^{tree}")
    world.git("update-ref", "refs/heads/release", merged)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 4\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "4")
    world.run("promote", "shop", "--to", "stage", check=0)
    assert chart(world, folder, "release") == chart(world, folder, "main")


def test_the_plan_shows_the_chart_and_its_id_covers_it(world: World) -> None:
    folder = branched(world)
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    alone = world.refused("plan", "promote", "shop", "--to", "stage", code=0).result
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    world.write({f"{folder}values-dev.yaml": values("dev").replace('"1"', '"2"') + "# by hand\n"})
    assert (
        world.refused("plan", "promote", "shop", "--to", "stage", code=0).result["plan_id"]
        == alone["plan_id"]
    )
    world.write({f"{folder}values-dev.yaml": values("dev")})
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    ran = world.refused("plan", "promote", "shop", "--to", "stage", code=0)
    assert ran.result["apps"][0]["carried"]
    assert f"chart: {folder}charts" in ran.out
    assert ran.result["plan_id"] != alone["plan_id"]
    refused = world.refused("promote", "shop", "--to", "stage", "--approved-plan", alone["plan_id"])
    assert refused.gates["approval"] == "refused"
    world.run("promote", "shop", "--to", "stage", "--approved-plan", ran.result["plan_id"], check=0)


def test_the_approval_of_a_chart_alone_counts_once(world: World) -> None:
    folder = branched(world)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    plan = world.refused("plan", "promote", "shop", "--to", "stage", code=0).result["plan_id"]
    world.run("promote", "shop", "--to", "stage", "--approved-plan", plan, check=0)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 1\n"}, branch="release")
    ran = world.refused("promote", "shop", "--to", "stage", "--approved-plan", plan)
    assert "counts once" in ran.out


def test_on_one_branch_nothing_is_carried(world: World) -> None:
    folder = branched(world)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    world.run("promote", "shop", "--to", "stage", check=0)
    world.write({f"{folder}charts/own.yaml": "own"}, branch="release")
    ran = world.run("promote", "shop", "--to", "prod", "--approved-by", "alice", check=0)
    assert ran.result["apps"][0]["carried"] == []
    assert "chart" not in ran.gates
    assert not any(line.startswith("Gitops-Chart") for line in world.trailers("release"))


def test_values_files_inside_the_chart_stay_and_what_is_around_them_goes(world: World) -> None:
    folder = branched(world, config=CONFIG.replace("values: values-", "values: charts/env/values-"))
    world.write(
        {
            f"{folder}charts/env/values-{name}.yaml": values(name)
            for name in ("dev", "stage", "prod")
        }
    )
    world.git("update-ref", "refs/heads/release", "main")
    world.write(
        {f"{folder}charts/env/common.txt": "all", f"{folder}charts/env/values-prod.yaml": "of main"}
    )
    world.write({f"{folder}charts/env/values-prod.yaml": "of release"}, branch="release")
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    world.run("promote", "shop", "--to", "stage", check=0)
    changed = world.git("diff", "--name-status", "release~1", "release").split("\n")
    assert changed == [
        f"A\t{folder}charts/env/common.txt",
        f"M\t{folder}charts/env/values-stage.yaml",
    ]


def test_all_applications_of_a_folder_carry_their_charts_in_one_commit(world: World) -> None:
    star = CONFIG.replace("  cart: {path: apps/cart,", '  "*": {path: "apps/{app}",').replace(
        "r.example.com/cart", "r.example.com/x"
    )
    folder = branched(world, ".", config=star)
    world.write(
        {f"{app}charts/Chart.yaml": "name: x\nversion: 2\n" for app in ("", "apps/cart/")}
        | {"apps/common.txt": "x"}
    )
    for app in ("shop", "cart"):
        world.ok(
            "update",
            app,
            "--env",
            "dev",
            "--image",
            f"r.example.com/{'x' if app == 'cart' else app}:2",
        )
    before = world.head("release")
    ran = world.run("promote", "--all", "--to", "stage", check=0)
    assert world.git("rev-parse", "release~1") == before
    for each in (folder, "apps/cart/"):
        assert chart(world, each, "release") == chart(world, each, "main")
    assert [[each["path"] for each in app["carried"]] for app in ran.result["apps"]] == [
        ["charts"],
        ["apps/cart/charts"],
    ]
    assert "apps/common.txt" not in world.git("ls-tree", "-r", "--name-only", "release")


def test_two_applications_of_one_chart_agree_or_go_one_by_one(world: World) -> None:
    folder = branched(world)
    both = (
        (CONFIG % "apps/shop")
        .replace("path: apps/cart", "path: apps/shop")
        .replace("cart, tag: image.tag", "cart, tag: cart.tag")
    )
    files = {
        f"{folder}values-{name}.yaml": values(name) + 'cart: {tag: "1"}\n'
        for name in ("dev", "stage", "prod")
    }
    world.write({"gitops.yaml": both, **files})
    world.git("update-ref", "refs/heads/release", "main")
    for number, app in ((2, "shop"), (3, "cart")):
        world.write({f"{folder}charts/Chart.yaml": f"name: x\nversion: {number}\n"})
        world.ok("update", app, "--env", "dev", "--tag", f"{number}")
    ran = world.refused("promote", "--all", "--to", "stage", code=2)
    assert "different versions of it" in ran.result["message"]
    world.run("promote", "shop", "--to", "stage", check=0)
    world.run("promote", "cart", "--to", "stage", check=0)
    assert chart(world, folder, "release") == chart(world, folder, "main")


def test_a_branch_without_common_history_takes_a_chart_where_it_has_none(world: World) -> None:
    folder = branched(world)
    for name in ("stage", "prod"):
        world.write({f"{folder}values-{name}.yaml": values(name)}, branch="orphan")
    world.git("update-ref", "refs/heads/release", "orphan")
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    world.run("promote", "shop", "--to", "stage", check=0)
    assert chart(world, folder, "release") == chart(world, folder, "main")
    world.write({f"{folder}charts/own.yaml": "own"}, branch="release")
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    world.refused("promote", "shop", "--to", "stage")


@pytest.mark.parametrize("server", ["http", "http_without_filters"])
def test_a_chart_is_carried_over_http(
    world: World, root: Path, tmp_path: Path, server: str, request: pytest.FixtureRequest
) -> None:
    folder = branched(world)
    name = f"{tmp_path.name}-{os.getpid()}.git"
    (root / name).symlink_to(world.bare)
    url = request.getfixturevalue(server).url(name, LOGIN)
    world.write(
        {f"{folder}charts/sub/templates/deep.yaml": "kind: Deployment\n", f"{folder}old.yaml": "x"}
    )
    world.run("update", "shop", "--env", "dev", "--tag", "2", repo=url, check=0)
    deployed = world.head()
    world.write(
        {f"{folder}charts/sub/templates/deep.yaml": "kind: Job\n"}, gone=(f"{folder}old.yaml",)
    )
    world.run("promote", "shop", "--to", "stage", repo=url, check=0)
    assert chart(world, folder, "release") == chart(world, folder, deployed)
    world.run("update", "shop", "--env", "dev", "--tag", "3", repo=url, check=0)
    world.run("promote", "shop", "--to", "stage", repo=url, check=0)
    assert chart(world, folder, "release") == chart(world, folder, "main")
    assert "old.yaml" not in world.git("ls-tree", "-r", "--name-only", "release")
    world.git("fsck", "--strict")


@pytest.mark.parametrize(
    ("path", "code"), [("apps/shop/charts/own.yaml", 3), ("apps/cart/charts/own.yaml", 0)]
)
def test_a_chart_is_judged_again_when_the_branch_moved(world: World, path: str, code: int) -> None:
    folder = branched(world)
    world.write({f"{folder}charts/Chart.yaml": "name: x\nversion: 2\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "2")
    before = world.head("release")
    rival = world.write({path: "own"}, branch="release")
    world.git("update-ref", "refs/heads/release", before)
    hook = world.bare / "hooks" / "pre-receive"
    unset = "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES"
    hook.write_text(
        f"#!/bin/sh\nmkdir {world.folder}/once || exit 0\n{unset}\ngit update-ref "
        f"refs/heads/release {rival}\n"
    )
    hook.chmod(0o755)
    ran = world.run("promote", "shop", "--to", "stage", check=code)
    assert ran.result["attempts"] == 2
    assert world.text(path, "release") == "own"
    assert (chart(world, folder, "release") == chart(world, folder, "main")) == (code == 0)
