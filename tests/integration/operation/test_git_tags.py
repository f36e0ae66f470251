"""Production as a Git tag: made with the commit, both or none, and never moved."""

import pytest

from tests.integration.operation.world import Ran, World

CONFIG = """\
version: 1
apps:
  shop: {path: ".", images: [{repository: r.example.com/shop, tag: image.tag}]}
environments:
  dev: {verify_digest: "off"}
  stage: {from: dev, branch: release, verify_digest: "off"}
  prod: {from: stage, branch: release, tag: "v{version}", verify_digest: "off"}
"""
TAGS = "image:\n  tag: '%s'\n"


@pytest.fixture
def staged(world: World) -> World:
    """A repository with main -> dev, release -> stage, a tag -> prod; 15 with its chart is in
    stage.
    """
    world.after(stage)
    return world


def stage(world: World) -> None:
    files: dict[str, str | bytes] = {
        f"values-{name}.yaml": TAGS % "14" for name in ("dev", "stage", "prod")
    }
    world.write(files | {"gitops.yaml": CONFIG, "charts/Chart.yaml": "name: shop\nversion: 1\n"})
    world.git("branch", "release", "main")
    world.write({"charts/Chart.yaml": "name: shop\nversion: 2\n"})
    world.ok("update", "--env", "dev", "--tag", "15")
    world.run("promote", "--to", "stage", check=0)


def release(world: World, version: str, *words: str) -> Ran:
    return world.run("promote", "--to", "prod", "--version", version, *words, check=0)


def test_the_whole_way_from_main_over_release_to_a_tag(staged: World) -> None:
    ran = release(staged, "1.0")
    assert (ran.result["published"], ran.result["git_tag"]) == ("committed", "v1.0")
    assert staged.git("cat-file", "-t", "v1.0") == "tag"
    assert (
        staged.git("rev-parse", "v1.0^{commit}") == staged.head("release") == ran.result["commit"]
    )
    assert "'15'" in staged.git("show", "v1.0:values-prod.yaml")
    assert "version: 2" in staged.git("show", "v1.0:charts/Chart.yaml")
    assert "Gitops-Image: r.example.com/shop:15" in staged.git("cat-file", "tag", "v1.0")
    assert staged.same("promote", "--to", "prod", "--version", "1.0").result["git_tag"] == "v1.0"
    staged.git("fsck", "--strict")


def test_a_tag_is_never_moved(staged: World) -> None:
    release(staged, "1.0")
    staged.ok("update", "--env", "dev", "--tag", "16")
    staged.run("promote", "--to", "stage", check=0)
    ran = staged.refused("promote", "--to", "prod", "--version", "1.0")
    assert "a tag is never moved" in ran.result["message"]
    assert ran.gates == {"tag": "refused"}
    release(staged, "1.1")
    back = staged.run("rollback", "--env", "prod", "--version", "1.1.1", check=0)
    assert (back.result["release"]["tag"], back.result["git_tag"]) == ("15", "v1.1.1")


def test_a_version_is_needed_and_has_to_be_one(staged: World) -> None:
    assert "give --version" in staged.refused("promote", "--to", "prod", code=2).result["message"]
    for version in ("1 0", "../x", "--force", "1\n0", "x" * 200, "1..0", "1.lock"):
        staged.refused("promote", "--to", "prod", "--version", version, code=2)


def test_a_plan_names_the_tag_and_makes_none(staged: World) -> None:
    assert (
        staged.refused("plan", "promote", "--to", "prod", "--version", "1.0", code=0).result[
            "git_tag"
        ]
        == "v1.0"
    )


def test_a_lost_tag_is_made_on_the_commit_that_deployed(staged: World) -> None:
    done = release(staged, "1.0").result["commit"]
    staged.git("update-ref", "-d", "refs/tags/v1.0")
    staged.write({"README.md": "later"}, branch="release")
    ran = release(staged, "1.0")
    assert ran.result["commit"] == done == staged.git("rev-parse", "v1.0^{commit}")
    staged.git("update-ref", "-d", "refs/tags/v1.0")
    staged.write({"values-prod.yaml": TAGS % "15" + "# touched\n"}, branch="release")
    assert release(staged, "1.0").result["commit"] == done


def test_a_value_written_by_hand_gets_no_tag(staged: World) -> None:
    staged.write({"values-prod.yaml": TAGS % "15"}, branch="release")
    assert (
        "no operation put shop 15 there"
        in staged.refused("promote", "--to", "prod", "--version", "1.0").result["message"]
    )


def test_a_server_that_refuses_the_tag_gets_no_commit_either(staged: World) -> None:
    hook = staged.bare / "hooks" / "update"
    hook.write_text(
        '#!/bin/sh\ncase "$1" in refs/tags/*) echo "tags are protected" >&2; exit 1;; esac\n'
    )
    hook.chmod(0o755)
    assert (
        "tags are protected"
        in staged.refused("promote", "--to", "prod", "--version", "1.0", code=1).result["message"]
    )


def test_a_server_that_takes_one_reference_at_a_time_gets_the_tag_after_the_branch(
    staged: World,
) -> None:
    staged.git("config", "receive.advertiseAtomic", "false")
    assert release(staged, "1.0").result["commit"] == staged.git("rev-parse", "v1.0^{commit}")
    hook = staged.bare / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/tags/*) echo "not now" >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    staged.ok("update", "--env", "dev", "--tag", "16")
    staged.run("promote", "--to", "stage", check=0)
    assert (
        "not now"
        in staged.run("promote", "--to", "prod", "--version", "1.1", check=1).result["message"]
    )
    hook.unlink()
    assert (
        release(staged, "1.1").result["commit"]
        == staged.head("release")
        == staged.git("rev-parse", "v1.1^{commit}")
    )
