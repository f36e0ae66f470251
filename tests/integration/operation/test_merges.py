"""The ledger after a pull request: however a proposal was merged, it counts from then on, and only
if it took effect.
"""

import subprocess
from pathlib import Path

import pytest

from tests.integration.operation.world import World

CONFIG = """\
version: 1
apps:
  shop: {path: ".", images: [{repository: r.example.com/shop, tag: image.tag}]}
environments:
  dev: {verify_digest: "off"}
  stage: {from: dev, verify_digest: "off"}
  prod: {from: stage, verify_digest: "off", approval: {approvers: [alice]}}
"""
TAGS = "image:\n  tag: '%s'\n"


@pytest.fixture
def clone(world: World) -> Path:
    """A person's clone of a repository in which 14 runs everywhere and 15 in dev."""
    return world.after(cloned)


def cloned(world: World) -> Path:
    files: dict[str, str | bytes] = {
        f"values-{name}.yaml": TAGS % "13" for name in ("dev", "stage", "prod")
    }
    world.write(files | {"gitops.yaml": CONFIG})
    move(world, "14")
    world.ok("update", "--env", "dev", "--tag", "15")
    folder = world.folder / "clone"
    subprocess.run(["git", "clone", "-q", str(world.bare), str(folder)], check=True)
    return folder


def move(world: World, tag: str) -> None:
    world.ok("update", "--env", "dev", "--tag", tag)
    world.ok("promote", "--to", "stage")
    world.ok("promote", "--to", "prod", "--approved-by", "alice")


def person(clone: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(clone), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def propose(world: World, *words: str) -> str:
    """Make an operation that stands on a branch of its own; return its commit."""
    before = world.head()
    done = str(world.ok(*words).result["commit"])
    world.git("update-ref", "refs/heads/proposal", done)
    world.git("update-ref", "refs/heads/main", before)
    return done


def merged(world: World, clone: Path, how: str) -> None:
    """Merge the proposal as a server would, after something else has happened on main."""
    if how != "fast-forward":
        world.write({"README.md": "busy"})
    person(clone, "fetch", "-q")
    person(clone, "reset", "-q", "--hard", "origin/main")
    text = person(clone, "log", "-1", "--format=%B", "origin/proposal")
    subject, _, body = text.partition("\n\n")
    if how == "merge":
        person(
            clone,
            "merge",
            "-q",
            "--no-ff",
            "-m",
            f"Merge pull request #12 from team/proposal\n\n{text}",
            "origin/proposal",
        )
    elif how == "fast-forward":
        person(clone, "merge", "-q", "--ff-only", "origin/proposal")
    elif how == "rebase":
        person(clone, "checkout", "-q", "-B", "rebased", "origin/proposal")
        person(clone, "rebase", "-q", "origin/main")
    else:
        person(clone, "merge", "-q", "--squash", "origin/proposal")
        words = {
            "git squash": None,
            "GitHub squash": f"{subject} (#12)\n\n{body}\n\nCo-authored-by: Ann <ann@example.com>",
            "GitHub squash of a mixed branch": f"Bring 15 (#12)\n\n* {text}\n\n* "
            "typo\n\n---------\n\nCo-authored-by: Ann <a@b>",
            "GitLab squash": f"{text}\n\nSee merge request team/gitops!12",
        }[how]
        person(clone, "commit", "-q", *(["-m", words] if words else ["--no-edit"]))
    person(clone, "push", "-q", "origin", "HEAD:main")
    world.git("update-ref", "-d", "refs/heads/proposal")


@pytest.mark.parametrize(
    "how",
    [
        "merge",
        "fast-forward",
        "rebase",
        "git squash",
        "GitHub squash",
        "GitHub squash of a mixed branch",
        "GitLab squash",
    ],
)
def test_a_merged_proposal_is_an_operation_like_any_other(
    world: World, clone: Path, how: str
) -> None:
    propose(world, "promote", "--to", "stage")
    merged(world, clone, how)
    nothing = world.same("promote", "--to", "stage")
    assert nothing.result["commit"] in world.git("rev-list", "main").split()
    onward = world.ok("promote", "--to", "prod", "--approved-by", "alice")
    assert onward.gates["order"] == "passed"
    assert str(nothing.result["commit"])[:12] in onward.out
    back = world.ok("rollback", "--env", "stage")
    assert back.result["release"]["tag"] == "14"
    assert world.ok("rollback", "--env", "stage", "--to-tag", "15").result["release"]["tag"] == "15"


def test_an_approval_is_spent_by_the_merge(world: World, clone: Path) -> None:
    world.ok("promote", "--to", "stage")
    plan = world.run("plan", "promote", "--to", "prod", check=0).result["plan_id"]
    words = ("promote", "--to", "prod", "--approved-by", "alice", "--approved-plan", plan)
    propose(world, *words)
    merged(world, clone, "GitLab squash")
    world.ok("rollback", "--env", "prod", "--approved-by", "alice")
    said = world.refused(*words).result["gates"]
    assert any(
        "was carried out by commit" in each["reason"] for each in said if each["gate"] == "approval"
    )


def test_a_proposal_counts_from_its_merge_on(world: World, clone: Path) -> None:
    """It was made before 16 came to stage, and merged after it: 15 is the newer one there."""
    propose(world, "promote", "--to", "stage")
    world.ok("update", "--env", "dev", "--tag", "16")
    world.ok("promote", "--to", "stage")
    person(clone, "fetch", "-q")
    person(clone, "reset", "-q", "--hard", "origin/main")
    person(
        clone,
        "merge",
        "-q",
        "--no-ff",
        "-s",
        "recursive",
        "-X",
        "theirs",
        "-m",
        "15 after all",
        "origin/proposal",
    )
    person(clone, "push", "-q", "origin", "HEAD:main")
    assert "'15'" in world.text("values-stage.yaml")
    assert (
        world.ok("promote", "--to", "prod", "--approved-by", "alice").result["release"]["tag"]
        == "15"
    )
    assert world.ok("rollback", "--env", "stage").result["release"]["tag"] == "16"


def test_a_merge_that_kept_the_old_value_brought_nothing(world: World, clone: Path) -> None:
    propose(world, "promote", "--to", "stage")
    person(clone, "fetch", "-q")
    person(clone, "reset", "-q", "--hard", "origin/main")
    person(clone, "merge", "-q", "--no-ff", "-s", "ours", "-m", "not now", "origin/proposal")
    person(clone, "push", "-q", "origin", "HEAD:main")
    ran = world.refused("promote", "--to", "prod", "--tag", "15", "--approved-by", "alice")
    assert "never ran in stage" in ran.result["message"]


def test_operations_on_the_other_side_of_a_persons_pull_still_count(
    world: World, clone: Path
) -> None:
    """A pull makes the branch's own line a side line: what happened there did happen."""
    world.ok("promote", "--to", "stage")
    world.ok("update", "--env", "dev", "--tag", "16")
    world.ok("promote", "--to", "stage")
    (clone / "README.md").write_text("mine")
    person(clone, "add", "--all")
    person(clone, "commit", "-q", "-m", "mine")
    person(clone, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
    person(clone, "push", "-q", "origin", "HEAD:main")
    assert (
        world.ok("promote", "--to", "prod", "--tag", "15", "--approved-by", "alice").gates["order"]
        == "passed"
    )
    assert world.ok("rollback", "--env", "stage").result["release"]["tag"] == "15"


def test_a_squash_without_the_trailers_is_reported_as_written_by_hand(
    world: World, clone: Path
) -> None:
    propose(world, "promote", "--to", "stage")
    person(clone, "fetch", "-q")
    person(clone, "merge", "-q", "--squash", "origin/proposal")
    person(clone, "commit", "-q", "-m", "Bring 15 to stage\n\nSee merge request team/gitops!12")
    person(clone, "push", "-q", "origin", "HEAD:main")
    ran = world.refused("promote", "--to", "prod", "--approved-by", "alice")
    assert "written into stage by hand" in ran.result["message"]
    world.ok("adopt", "--env", "stage", "--reason", "merge request 12")
    world.ok("promote", "--to", "prod", "--approved-by", "alice")
