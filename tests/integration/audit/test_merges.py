"""Merges whose parents are turned around, and such that take back what an operation did; and the
pulls of every day.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.audit.people import ssh_signer
from tests.integration.audit.test_audit import ALICE, audit, deploy, findings
from tests.integration.audit.test_server_hook import Server, ask_for_signers, guarded
from tests.integration.audit.test_shapes import clone_of, git
from tests.integration.operation.world import VALUES, World
from tests.realparts import need
from tests.servers.git_http import GitHttp

EVIL = VALUES.replace('tag: ""', 'tag: "99"')
BRANCHES = """\
version: 1
apps:
  shop: {path: ".", images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]}
environments:
  dev: {values: values-dev.yaml}
  stage: {values: values-stage.yaml, from: dev, branch: release}
  prod: {values: values-prod.yaml, from: stage, branch: release}
"""


def violations(world: World, *words: str) -> list[tuple[str, str]]:
    """Return kind and place of the violations of an audit that finds some."""
    return [
        (kind, place)
        for severity, kind, place in findings(world, *words, code=3)
        if severity == "violation"
    ]


def violations_or_none(world: World) -> list[tuple[str, str]]:
    """Return kind and place of the violations of an audit, whether it finds some or not."""
    found = world.run("audit").result["findings"]
    return [
        (each["kind"], f"{each['app']} {each['environment']}")
        for each in found
        if each["severity"] == "violation"
    ]


def tree_with(world: World, files: dict[str, str], branch: str = "main") -> str:
    """Return the tree of a branch with other contents of some files at its root."""
    entries = dict(line.split("\t")[::-1] for line in world.git("ls-tree", branch).splitlines())
    for path, text in files.items():
        entries[path] = (
            f"100644 blob {world.git('hash-object', '-w', '--stdin', stdin=text.encode())}"
        )
    return world.git(
        "mktree", stdin="".join(f"{meta}\t{path}\n" for path, meta in entries.items()).encode()
    )


def merge(
    world: World, tree: str, *parents: str, branch: str = "main", message: str = "Merge branch main"
) -> str:
    """Put a merge with these parents on top of a branch, which it fast-forwards."""
    commit = commit_of(world, tree, *parents, message=message)
    world.git("merge-base", "--is-ancestor", branch, commit)
    world.git("update-ref", f"refs/heads/{branch}", commit)
    return commit


def commit_of(world: World, tree: str, *parents: str, message: str = "x", date: str = "") -> str:
    """Make a commit with the environment's clock, or an old date."""
    command = ["git", "-C", str(world.bare)]
    command += [
        "commit-tree",
        tree,
        *(word for each in parents for word in ("-p", each)),
        "-m",
        message,
    ]
    when = date or f"{world.clock + 10} +0000"
    who = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} | {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Mallory"), ("EMAIL", "mallory@example.com"))
    }
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **who}
    )
    return done.stdout.strip()


def orphan(
    world: World, files: dict[str, str], branch: str = "main", date: str = ""
) -> tuple[str, str]:
    """Return a tree with other contents, and a root commit of it."""
    tree = tree_with(world, files, branch)
    return tree, commit_of(world, tree, date=date)


def rolled_back(world: World) -> str:
    """Bring 15 and 16 to production and roll 16 back; return the commit before that."""
    deploy(world, "15")
    deploy(world, "16")
    before = world.head()
    world.ok("rollback", "shop", "--env", "prod", *ALICE)
    return before


def on_release(world: World) -> None:
    """Bring 15 to production of a release branch."""
    world.write(
        {
            "gitops.yaml": BRANCHES % {"registry": world.registry},
            "charts/Chart.yaml": "name: shop\n",
        }
    )
    world.git("update-ref", "refs/heads/release", world.head())
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.run("promote", "shop", "--to", "stage", check=0)
    world.run("promote", "shop", "--to", "prod", check=0)


@pytest.mark.parametrize("turned", [True, False], ids=["orphan first", "orphan last"])
def test_an_orphan_before_the_branch_is_found(world: World, turned: bool) -> None:
    """The orphan has its own gitops.yaml: what it brings is not adopted."""
    world.after(deploy, "15")
    tree, root = orphan(world, {"values-prod.yaml": EVIL})
    merge(world, tree, *((root, "main") if turned else ("main", root)))
    found = violations(world)
    assert ("two-beginnings", "") in found
    assert ("hand-edit", "shop prod") in found


def test_an_orphan_that_changes_nothing_is_found_too(world: World) -> None:
    """Later operations would be judged by a history that nobody knows."""
    world.after(deploy, "15")
    tree, root = orphan(world, {})
    merge(world, tree, root, "main")
    assert violations(world) == [("two-beginnings", "")]


def test_a_beginning_of_its_own_on_an_old_commit_is_found(world: World) -> None:
    """Not an orphan: it stands on a commit from before gitops.yaml."""
    world.write({"README.md": "old"}, gone=("gitops.yaml",))
    rules = {"gitops.yaml": world.git("show", "main~1:gitops.yaml") + "\n"}
    world.git(
        "update-ref", "refs/heads/main", commit_of(world, tree_with(world, {}), message="older")
    )
    old = world.head()
    world.write(rules)
    deploy(world, "15")
    tree = tree_with(world, {"values-prod.yaml": EVIL})
    merge(world, tree, commit_of(world, tree, old), "main")
    assert ("hand-edit", "shop prod") in violations(world)


@pytest.mark.parametrize("date", ["", "1600000000 +0000"], ids=["today", "backdated"])
def test_an_orphan_before_a_release_branch_is_found(world: World, date: str) -> None:
    world.after(on_release)
    begin = world.git("rev-parse", "release~2")
    tree, root = orphan(world, {"values-prod.yaml": EVIL}, "release", date)
    merge(world, tree, root, "release", branch="release")
    found = violations(world, "--since", begin)
    assert ("two-beginnings", "") in found
    assert ("hand-edit", "shop prod") in found


def test_a_merge_that_takes_a_rollback_back_is_found(world: World) -> None:
    """`merge -s ours` on the commit before it: the withdrawn release is back."""
    before = world.after(rolled_back)
    merge(world, world.git("rev-parse", f"{before}^{{tree}}"), before, "main")
    assert violations(world) == [("lost", "shop prod")]
    message = audit(world, code=3)["findings"][-1]["message"]
    assert "takes back rollback of" in message


def test_a_merge_that_goes_back_without_a_rollback_is_found(world: World) -> None:
    world.after(deploy, "15")
    before = world.head()
    deploy(world, "16")
    merge(world, tree_with(world, {}, before), before, "main")
    assert {place for kind, place in violations(world) if kind == "lost"} == {
        "shop dev",
        "shop stage",
        "shop prod",
    }


def test_an_octopus_takes_nothing_back_either(world: World) -> None:
    """With an honest commit among its parents."""
    before = world.after(rolled_back)
    old = world.git("rev-parse", f"{before}^{{tree}}")
    honest = commit_of(world, world.git("rev-parse", "main^{tree}"), "main", message="honest")
    merge(world, old, commit_of(world, old, before, message="beside"), before, "main", honest)
    assert violations(world) == [("lost", "shop prod")]


def test_a_merge_behind_a_merge_is_looked_at_too(world: World) -> None:
    """The line of the branch itself never leaves the old value."""
    before = world.after(rolled_back)
    old = world.git("rev-parse", f"{before}^{{tree}}")
    hidden = commit_of(world, old, before, "main", message="Merge branch main")
    beside = commit_of(world, old, before, message="beside")
    merge(world, old, beside, hidden)
    assert violations(world) == [("lost", "shop prod")]


def test_on_a_release_branch_too(world: World) -> None:
    world.after(on_release)
    begin = world.git("rev-parse", "main~2")
    before = world.head("release")
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.run("promote", "shop", "--to", "stage", check=0)
    world.run("promote", "shop", "--to", "prod", check=0)
    merge(world, world.git("rev-parse", f"{before}^{{tree}}"), before, "release", branch="release")
    assert sorted(violations(world, "--since", begin)) == [
        ("lost", "shop prod"),
        ("lost", "shop stage"),
    ]


@pytest.mark.parametrize("operation", ["adopt", "rollback", "promote"])
def test_a_copied_plan_id_does_not_hide_what_a_merge_took_back(
    world: World, operation: str
) -> None:
    """An empty commit claims, under the rollback's own plan id, what stood there before."""
    before = world.after(rolled_back)
    gone = world.head()
    tree = world.git("rev-parse", f"{before}^{{tree}}")
    images = world.git("log", "-1", "--format=%(trailers:key=Gitops-Image)", before)
    plan = world.git("log", "-1", "--format=%(trailers:key=Gitops-Plan)", gone)
    named = f"Gitops-Operation: {operation}\nGitops-App: shop\nGitops-Environment: prod\n"
    rest = f"Gitops-Policy: {before}\nGitops-Requested-By: carol\nGitops-Reason: x"
    text = f"x\n\n{named}{images}\n{plan}\n{rest}\n"
    copied = commit_of(world, tree, before, message=text)
    kept = commit_of(world, tree, before, copied, message="Merge")
    merge(world, tree, kept, gone)
    assert ("lost", "shop prod") in violations(world)


def test_what_a_merge_took_back_can_be_adopted(world: World) -> None:
    before = world.after(rolled_back)
    merge(world, world.git("rev-parse", f"{before}^{{tree}}"), before, "main")
    world.run("adopt", "shop", "--env", "prod", "--reason", "16 stays", *ALICE, check=0)
    assert ("notice", "lost", "shop prod") in findings(world)


def test_the_rules_that_a_merge_takes_back_are_told(world: World) -> None:
    """The approval was asked for, and is not any more: nobody changed gitops.yaml on the branch's
    own line.
    """
    world.after(deploy, "15")
    strict = world.text("gitops.yaml") + "\n"
    before = world.head()
    world.write({"gitops.yaml": strict.replace("[alice, bob]", "[alice]")})
    merge(world, world.git("rev-parse", f"{before}^{{tree}}"), before, "main")
    told = [each for each in audit(world)["findings"] if each["kind"] == "policy-change"]
    assert told[-1]["commit"] == world.head()
    assert "alice distinct -> alice, bob distinct" in told[-1]["message"]


def test_a_merge_that_takes_the_signers_back_needs_their_signature(
    world: World, tmp_path: Path
) -> None:
    """Whether gitops.yaml named them since, or their file was changed."""
    need("ssh-keygen")
    world.after(deploy, "15")
    before = world.head()
    rules = (
        world.text("gitops.yaml").replace("from: stage,", "from: stage, signers: keys/prod,") + "\n"
    )
    world.write({"gitops.yaml": rules, "keys/prod": ssh_signer(tmp_path, "pipeline").line})
    since = world.head()
    merge(world, world.git("rev-parse", f"{before}^{{tree}}"), before, "main")
    assert ("unsigned", "prod") in violations(world)
    world.git("update-ref", "refs/heads/main", since)
    world.write({"keys/prod": ssh_signer(tmp_path, "other").line})
    merge(world, world.git("rev-parse", f"{since}^{{tree}}"), since, "main")
    found = [each for each in audit(world, code=3)["findings"] if each["kind"] == "unsigned"]
    assert [each["commit"] for each in found].count(world.head()) == 1


@pytest.mark.parametrize("operations", [1, 2])
def test_an_everyday_pull_is_clean(world: World, operations: int) -> None:
    """A merge with the colleague's own commit first, and what the pipeline did meanwhile second."""
    world.after(deploy, "15")
    clone = clone_of(world)
    (clone / "README.md").write_text("mine")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "mine")
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    if operations > 1:
        world.image("17")
        world.ok("update", "shop", "--env", "dev", "--tag", "17")
    git(clone, "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    assert world.git("rev-parse", "main^2^{tree}") != world.git("rev-parse", "main^1^{tree}")
    assert findings(world) == []


def test_what_was_done_and_taken_back_behind_a_pull_counts(world: World) -> None:
    """The value is the same before and after the merge: the rollback is the newest record all the
    same.
    """
    world.after(deploy, "15")
    clone = clone_of(world)
    (clone / "README.md").write_text("mine")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "mine")
    deploy(world, "16")
    world.ok("rollback", "shop", "--env", "prod", *ALICE)
    git(clone, "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    assert findings(world) == []
    deploy(world, "17")
    assert [kind for kind, _ in violations_or_none(world)] == []


def test_a_topic_that_merges_main_into_itself_is_clean(world: World) -> None:
    """Back and forth, as long topics do it; a proposal that was rebased before it was merged comes
    back with them.
    """
    world.after(deploy, "15")
    clone = clone_of(world)
    git(clone, "switch", "--quiet", "-c", "topic")
    (clone / "README.md").write_text("mine")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "mine")
    deploy(world, "16")
    git(clone, "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    deploy(world, "17")
    git(clone, "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "more")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    assert findings(world) == []


def test_a_proposal_that_was_rebased_and_whose_branch_is_merged_later_is_clean(
    world: World,
) -> None:
    """The same operation is there twice; the newer release that followed has it in its history by
    its plan.
    """
    world.after(deploy, "15")
    world.image("16")
    base = world.head()
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.git("update-ref", "refs/heads/proposal", world.head())
    world.git("update-ref", "refs/heads/main", base)
    world.write({"README.md": "meanwhile\n"})
    clone = clone_of(world)
    git(clone, "cherry-pick", "origin/proposal")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    world.image("17")
    world.ok("update", "shop", "--env", "dev", "--tag", "17")
    git(clone, "pull", "--quiet", "--ff-only", "origin", "main")
    git(clone, "merge", "--quiet", "--no-edit", "-X", "ours", "origin/proposal")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    assert findings(world) == []
    assert [
        each["drift"] for each in world.run("status", "--env", "dev", check=0).result["standings"]
    ] == [None]


def test_a_release_branch_that_is_older_than_gitops_yaml_takes_main_in(world: World) -> None:
    """Its values are its own, written before there were rules; what main has of them is old."""
    world.write({"README.md": "old"}, gone=("gitops.yaml",))
    world.git(
        "update-ref",
        "refs/heads/main",
        commit_of(world, tree_with(world, {}), message="older", date="1600000000 +0000"),
    )
    own = {"values-stage.yaml": VALUES.replace('tag: ""', 'tag: "14"')}
    released = commit_of(world, tree_with(world, own), "main", date="1600000001 +0000")
    world.git("update-ref", "refs/heads/release", released)
    world.write({"gitops.yaml": BRANCHES % {"registry": world.registry}})
    merge(world, tree_with(world, own), "release", "main", branch="release")
    assert findings(world) == []
    assert {
        each["drift"] for each in world.run("status", "--env", "stage", check=0).result["standings"]
    } == {None}


def test_other_histories_may_be_merged_in(world: World) -> None:
    """A chart that had a repository of its own: no managed value comes with it."""
    world.after(deploy, "15")
    blob = world.git("hash-object", "-w", "--stdin", stdin=b"name: other\n")
    root = commit_of(world, world.git("mktree", stdin=f"100644 blob {blob}\tother.yaml\n".encode()))
    merge(world, tree_with(world, {"other.yaml": "name: other\n"}), "main", root)
    assert findings(world) == []


@pytest.fixture
def server(world: World, before_the_world: GitHttp) -> Server:
    """Production was rolled back from 16 to 15."""
    world.after(rolled_back)
    return guarded(world, before_the_world)


@pytest.mark.parametrize("signed", [False, True], ids=["without signers", "with signers"])
def test_the_hook_refuses_all_of_it(server: Server, tmp_path: Path, signed: bool) -> None:
    world = server.world
    before = world.git("rev-parse", "main~1")
    if signed:
        need("ssh-keygen")
        ask_for_signers(server, ssh_signer(tmp_path, "pipeline"))
    server.git("fetch", "--quiet", "origin")
    old = world.git("rev-parse", f"{before}^{{tree}}")
    tree, root = orphan(world, {"values-prod.yaml": EVIL})
    wanted = {
        "two-beginnings": commit_of(world, tree, root, "main"),
        "hand-edit": commit_of(world, old, before, "main"),
    }
    for kind, commit in wanted.items():
        world.git("update-ref", "refs/attack/it", commit)
        server.git("fetch", "--quiet", "origin", "refs/attack/it")
        assert f"NO   {kind}" in server.push("FETCH_HEAD:refs/heads/main")


def test_the_hook_takes_an_everyday_pull(server: Server) -> None:
    world = server.world
    server.write({"README.md": "mine"})
    world.image("17")
    world.ok("update", "shop", "--env", "dev", "--tag", "17")
    world.ok("promote", "shop", "--to", "stage")
    world.ok("promote", "shop", "--to", "prod", *ALICE)
    server.git("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
    assert server.push() == ""


def test_an_honest_promotion_after_such_an_attack_on_stage_is_refused(world: World) -> None:
    """What stage has was never put there, whatever an orphan's gitops.yaml makes it look like."""
    world.after(deploy, "15")
    world.image("99")
    tree, root = orphan(world, {"values-stage.yaml": EVIL})
    merge(world, tree, root, "main")
    ran = world.refused("promote", "shop", "--to", "prod", *ALICE)
    assert "took back promote of" in ran.err + ran.out


def test_and_after_a_merge_that_goes_back(world: World) -> None:
    world.after(deploy, "15")
    before = world.head()
    deploy(world, "16")
    world.ok("rollback", "shop", "--env", "prod", *ALICE)
    deploy(world, "17")
    merge(
        world,
        tree_with(
            world, {"values-stage.yaml": world.git("show", f"{before}:values-stage.yaml") + "\n"}
        ),
        before,
        "main",
    )
    assert "took back promote to 17" in str(world.run("status", check=0).result["standings"])
    ran = world.refused("promote", "shop", "--to", "prod", *ALICE)
    assert "took back promote of" in ran.err + ran.out
    world.run("adopt", "shop", "--env", "stage", "--reason", "15 again", check=0)
    world.ok("promote", "shop", "--to", "prod", *ALICE)


def test_a_release_branch_whose_stage_an_orphan_sets_is_refused(world: World) -> None:
    world.after(on_release)
    world.image("99")
    tree, root = orphan(world, {"values-stage.yaml": EVIL}, "release", "1600000000 +0000")
    merge(world, tree, root, "release", branch="release")
    ran = world.refused("promote", "shop", "--to", "prod")
    assert "took back promote of" in ran.err + ran.out
