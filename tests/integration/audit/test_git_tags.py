"""Git tags that publish an environment: what an operation made is clean and passes the hook, all
else is found and refused.
"""

import shutil

import pytest

from tests.integration.audit.test_audit import audit, findings
from tests.integration.audit.test_server_hook import Server, guarded
from tests.integration.operation.world import World, begin
from tests.servers.git_http import GitHttp

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
MOVED = [("violation", "tag-moved", "shop prod")]
BY_HAND = [("violation", "tag-moved", "prod")]


def begin_anew(world: World, config: str) -> None:
    """Make the repository again with main -> dev, release -> stage and prod; all of them run 14."""
    shutil.rmtree(world.bare)
    files: dict[str, str | bytes] = {
        f"values-{name}.yaml": TAGS % "14" for name in ("dev", "stage", "prod")
    }
    begin(world, files | {"gitops.yaml": config, "charts/Chart.yaml": "name: shop\nversion: 1\n"})
    world.git("branch", "release", "main")


def release(world: World) -> None:
    """Publish production as v1.0 with 15 and as v1.1 with 16."""
    begin_anew(world, CONFIG)
    for version, tag in (("1.0", "15"), ("1.1", "16")):
        stage(world, tag)
        world.run("promote", "--to", "prod", "--version", version, check=0)


@pytest.fixture
def released(world: World) -> World:
    """Production is published as v1.0 with 15 and as v1.1 with 16."""
    world.after(release)
    return world


@pytest.fixture
def server(released: World, before_the_world: GitHttp) -> Server:
    """The same behind HTTP, with the hook."""
    return guarded(released, before_the_world)


def stage(world: World, tag: str) -> None:
    world.ok("update", "--env", "dev", "--tag", tag)
    world.run("promote", "--to", "stage", check=0)


def word(world: World) -> str:
    """Return what is said of the tag."""
    return str(audit(world, code=3)["findings"][-1]["message"])


def copy_of(world: World, name: str, text: str, commit: str) -> None:
    """Make a tag as a careful forger does."""
    body = (
        f"object {commit}\ntype commit\ntag {name}\ntagger x <x@example.com> 1700000000 "
        f"+0000\n\n{text}\n"
    )
    oid = world.git("mktag", stdin=body.encode())
    world.git("update-ref", f"refs/tags/{name}", oid)


def test_tags_that_operations_made_are_clean(released: World) -> None:
    """With the commit, on its own afterwards, and under another version; other tags are free."""
    released.git("update-ref", "-d", "refs/tags/v1.1")
    released.write({"README.md": "later"}, branch="release")
    released.run("promote", "--to", "prod", "--version", "1.1", check=0)
    released.run("promote", "--to", "prod", "--version", "1.1.1", check=0)
    released.git("tag", "nightly", "main")
    assert findings(released) == []


def test_a_tag_that_was_moved_is_found(released: World) -> None:
    """Its message still says what it was, its commit is another one."""
    text = released.git("cat-file", "tag", "v1.1").partition("\n\n")[2]
    copy_of(released, "v1.1", text, released.git("rev-parse", "v1.0^{commit}"))
    assert findings(released, code=3) == MOVED
    assert "which is not the one of its operation" in word(released)
    released.git("update-ref", "refs/tags/v1.1", released.git("rev-parse", "v1.0"))
    assert "is the tag v1.0 under another name" in word(released)


def test_a_tag_made_by_hand_is_found(released: World) -> None:
    """A lightweight one, one without trailers, one that says what does not run there, and one on
    another branch.
    """
    released.git("tag", "v2.0", "release")
    assert findings(released, code=3) == BY_HAND
    assert "is a lightweight one" in word(released)
    released.git(
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@x",
        "tag",
        "-f",
        "-a",
        "-m",
        "mine",
        "v2.0",
        "release",
    )
    assert "made by hand" in word(released)
    claims = (
        "x\n\nGitops-Operation: promote\nGitops-Environment: prod\nGitops-App: "
        "shop\nGitops-Image: r.example.com/shop:15"
    )
    copy_of(released, "v2.0", claims, released.head("release"))
    assert "where shop has 16 and not 15" in word(released)
    copy_of(released, "v2.0", claims, released.head("main"))
    assert "not in the history of release" in word(released)
    released.git("update-ref", "refs/tags/v2.0", released.git("rev-parse", "release^{tree}"))
    assert "names no commit" in word(released)


def test_a_tag_from_before_the_rule_is_a_notice(world: World) -> None:
    """Nobody could have known."""
    begin_anew(world, CONFIG.replace('tag: "v{version}", ', ""))
    world.git("tag", "v0.9", "release")
    world.write({"gitops.yaml": CONFIG})
    assert ("notice", "tag-moved", "prod") in findings(world)


def test_the_hook_takes_what_operations_push(server: Server) -> None:
    """Commit and tag at once, and a tag alone."""
    for tag, version in (("17", "1.2"), ("18", "1.3")):
        server.run("update", "--env", "dev", "--tag", tag)
        server.run("promote", "--to", "stage")
        ran = server.run("promote", "--to", "prod", "--version", version)
        assert ran.result["git_tag"] == f"v{version}"
    assert (
        server.run("rollback", "--env", "prod", "--version", "1.3.1").result["git_tag"] == "v1.3.1"
    )
    server.world.git("update-ref", "-d", "refs/tags/v1.3.1")
    assert (
        server.run("promote", "--to", "prod", "--tag", "17", "--version", "1.3.1").result["git_tag"]
        == "v1.3.1"
    )
    ran = server.run("audit")
    assert [
        each["kind"] for each in ran.result["findings"] if each["severity"] == "violation"
    ] == []


def test_the_hook_refuses_to_move_delete_or_make_such_tags_by_hand(server: Server) -> None:
    """Whoever pushes reads why; other tags pass."""
    server.git("fetch", "--quiet", "--tags")
    assert "can't be deleted" in server.push(":refs/tags/v1.0")
    assert "can't be moved" in server.push("+refs/tags/v1.1:refs/tags/v1.0")
    assert "is the tag v1.1 under another name" in server.push("refs/tags/v1.1:refs/tags/v2.0")
    server.git("tag", "v2.0", "origin/release")
    assert "is a lightweight one" in server.push("refs/tags/v2.0")
    server.git("tag", "-f", "-a", "-m", "mine", "v2.0", "origin/release")
    assert "made by hand" in server.push("refs/tags/v2.0")
    text = server.git("cat-file", "tag", "v1.0").stdout.partition("\n\n")[2]
    server.git("tag", "-f", "-a", "--cleanup=verbatim", "-m", text, "v2.0", "v1.0^{commit}")
    assert "publishes 15 of shop, which does not run there now" in server.push("refs/tags/v2.0")
    server.git("tag", "nightly", "origin/main")
    assert server.push("refs/tags/nightly") == ""


def test_the_audit_over_http_fetches_the_tags(server: Server) -> None:
    """Also one on a commit that no branch has."""
    server.world.git("update-ref", "-d", "refs/tags/v1.1")
    loose = server.world.git(
        "commit-tree", server.world.git("rev-parse", "main^{tree}"), "-m", "loose"
    )
    server.world.git("tag", "v1.1", loose)
    ran = server.run("audit", check=3)
    assert [
        (each["kind"], each["message"][:30])
        for each in ran.result["findings"]
        if each["severity"] == "violation"
    ] == [("tag-moved", "the Git tag v1.1 is a lightwei")]
