"""What tests read from a repository without Git is what Git says."""

from pathlib import Path

import pytest

from tests import repositories
from tests.integration.conftest import git
from tests.repositories import MAIN, Commit


def listed(bare: Path) -> str:
    return git(bare, "for-each-ref", "--format=%(refname) %(objectname)")


def read(bare: Path) -> str:
    return "\n".join(f"{name} {commit}" for name, commit in repositories.references(bare).items())


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A repository with references of every kind."""
    bare = repositories.make(
        tmp_path / "one.git", Commit(files={"a": "1"}), Commit(files={"a": "2"})
    )
    git(bare, "branch", "feature/one", "main~1")
    git(bare, "tag", "-m", "annotated", "v1", "main")
    git(bare, "tag", "plain", "main")
    git(bare, "notes", "--ref=gitops", "add", "-m", "note", "main")
    return bare


def test_references_are_those_that_git_lists(bare: Path) -> None:
    assert listed(bare).count("\n") == 4
    assert read(bare) == listed(bare)


def test_packed_and_changed_since_they_are_the_same(bare: Path) -> None:
    git(bare, "pack-refs", "--all")
    assert read(bare) == listed(bare)
    git(bare, "update-ref", MAIN, "main~1")
    git(bare, "update-ref", "-d", "refs/tags/plain")
    assert listed(bare).count("\n") == 3
    assert read(bare) == listed(bare)


def test_a_lock_is_no_reference(bare: Path) -> None:
    (bare / f"{MAIN}.lock").write_text("")
    assert read(bare) == listed(bare)
