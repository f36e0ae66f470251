"""Facts of a source checkout."""

import subprocess
from pathlib import Path

import pytest

from gitops_ci.adapters.checkout.source import SourceCheckout, read_source
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UsageError


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "a b").write_text("one")
    git(folder, "add", ".")
    message = (
        "Begin\n\nCo-authored-by: Eve <eve@example.com>\nCo-Authored-By: Mallory "
        "<mallory@example.com>\nOther: x"
    )
    git(
        folder,
        "-c",
        "user.name=D",
        "-c",
        "user.email=dave@example.com",
        "commit",
        "--quiet",
        "-m",
        message,
        "--date=2026-01-01",
    )
    return folder


def read(folder: Path, revision: str | None = None, hint: str | None = None) -> SourceCheckout:
    return read_source(folder, revision, hint, Deadline.after(20))


def test_the_commit_and_all_its_authors_are_known(checkout: Path) -> None:
    source = read(checkout)
    assert source.revision == git(checkout, "rev-parse", "HEAD")
    assert source.authors == ("dave@example.com", "eve@example.com", "mallory@example.com")
    assert source.date == git(checkout, "log", "-1", "--format=%cs").replace("-", "")
    assert source.dirty == ()
    assert source.url is None


def test_changed_tracked_files_are_named_and_others_are_not(checkout: Path) -> None:
    (checkout / "a b").write_text("two")
    (checkout / "new").write_text("new")
    assert read(checkout).dirty == ("a b",)


def test_the_address_of_the_source_has_no_login(checkout: Path) -> None:
    git(checkout, "remote", "add", "origin", "https://user:w@rd@git.example.com/app.git")
    assert read(checkout).url == "https://git.example.com/app.git"


def test_a_folder_below_the_checkout_is_part_of_it(checkout: Path) -> None:
    (checkout / "sub").mkdir()
    assert read(checkout / "sub").revision == read(checkout).revision


def test_a_revision_that_is_not_checked_out_is_refused(checkout: Path) -> None:
    assert read(checkout, read(checkout).revision).authors
    with pytest.raises(UsageError, match="is at"):
        read(checkout, "f" * 40)


def test_the_hint_of_jenkins_does_not_beat_the_checkout(checkout: Path) -> None:
    assert read(checkout, hint="f" * 40).revision == git(checkout, "rev-parse", "HEAD")


def test_without_a_checkout_the_revision_is_believed(tmp_path: Path) -> None:
    assert read(tmp_path, "f" * 40) == SourceCheckout("f" * 40)
    assert read(tmp_path, hint="e" * 40) == SourceCheckout("e" * 40)


@pytest.mark.parametrize("hint", [None, "main", "HEAD"])
def test_without_any_revision_there_is_an_error_that_says_how(
    tmp_path: Path, hint: str | None
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, hint=hint)
    assert "--revision" in caught.value.remedy


@pytest.mark.parametrize("revision", ["main", "--all", "F" * 40, "abc"])
def test_a_revision_is_a_full_commit_id(checkout: Path, revision: str) -> None:
    with pytest.raises(UsageError, match="full commit id"):
        read(checkout, revision)


def test_an_empty_repository_and_a_missing_folder_have_no_revision(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UsageError, match="not known"):
            read(folder)


def test_what_jenkins_sets_for_git_does_not_lead_elsewhere(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = read(checkout).revision
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    assert read(checkout).revision == revision
