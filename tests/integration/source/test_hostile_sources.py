"""A source repository may be anybody's: it runs nothing, changes nothing, and lies to nobody."""

import os
import subprocess
from pathlib import Path

import pytest

from gitops_ci.adapters.checkout.history import open_source
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UsageError
from tests.clock import HOUR, Clock
from tests.integration.source.checkout import Checkout, make_checkout
from tests.realparts import need_git


def deadline() -> Deadline:
    return Deadline.after(30)


def test_no_program_of_its_configuration_is_run(checkout: Checkout, tmp_path: Path) -> None:
    first, second = checkout.head(), checkout.commit("b")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "diff.external",
        "gpg.program",
        "core.pager",
        "core.sshCommand",
        "core.askPass",
        "alias.log",
    ):
        checkout.git("config", key, str(trap))
    checkout.git("config", "log.showSignature", "true")
    checkout.git("config", "core.hooksPath", str(tmp_path))
    with open_source(str(checkout.folder), deadline()) as source:
        assert source.resolve("main") == second
        assert source.commit(second)
        between = source.between(first, second, 10)
    assert between is not None
    assert [entry.subject for entry in between.commits] == ["Change b"]
    assert not (tmp_path / "sprung").exists()


def test_a_partial_clone_fetches_nothing(checkout: Checkout, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    checkout.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{checkout.folder}"
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", "--filter=tree:0", url, str(clone)], check=True
    )
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    subprocess.run(
        ["git", "-C", str(clone), "config", "remote.origin.uploadpack", str(trap)], check=True
    )
    with open_source(str(clone), deadline()) as source:
        assert source.commit("f" * 40) is None
        assert source.commit(checkout.head()) is not None
    assert not (tmp_path / "sprung").exists()


def test_replaced_and_grafted_commits_are_read_as_they_are(checkout: Checkout) -> None:
    base, second = checkout.head(), checkout.commit("b")
    other = checkout.commit("c")
    checkout.git("replace", second, other)
    (checkout.folder / ".git/info").mkdir(exist_ok=True)
    (checkout.folder / ".git/info/grafts").write_text(f"{other} {base}\n")
    with open_source(str(checkout.folder), deadline()) as source:
        found, above = source.commit(second), source.commit(other)
        between = source.between(base, other, 10)
    assert found is not None
    assert found.parents == (base,)
    assert above is not None
    assert above.parents == (second,)
    assert between is not None
    assert between.added == 2


def test_inherited_variables_of_git_lead_nowhere_else(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_checkout(tmp_path / "other")
    other.commit("secret")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    with open_source(str(checkout.folder), deadline()) as source:
        assert source.resolve("HEAD") == checkout.head()
    assert os.environ["GIT_DIR"] == str(other.folder / ".git")


def test_a_repository_of_somebody_else_is_refused_in_words(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    need_git(2, 35, 2)
    for path in (checkout.folder, checkout.folder / ".git"):
        os.chown(path, 12345, 12345)
    with (
        pytest.raises(GitError, match="belongs to somebody else") as caught,
        open_source(str(checkout.folder), deadline()),
    ):
        pass
    assert "safe.directory" in caught.value.remedy


@pytest.mark.parametrize("name", ["missing", "empty", "file", "a\x00b"])
def test_what_is_no_repository_is_refused_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(GitError, match=r"no folder|no Git repository"),
        open_source(str(tmp_path / name), deadline()),
    ):
        pass


def test_a_broken_configuration_is_told_in_git_s_words(checkout: Checkout) -> None:
    (checkout.folder / ".git/config").write_text("[core\n")
    with (
        pytest.raises(GitError, match="bad config line"),
        open_source(str(checkout.folder), deadline()),
    ):
        pass


def test_a_git_that_never_answers_is_ended_in_time(
    checkout: Checkout, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    with open_source(str(checkout.folder), Deadline.after(HOUR)) as source:
        monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
        clock.forward(HOUR - 1)
        with pytest.raises(GitError, match=f"did not answer within {HOUR} s"):
            source.resolve("main")


def test_a_branch_and_a_tag_of_the_same_name_are_not_guessed_between(checkout: Checkout) -> None:
    checkout.git("tag", "release")
    checkout.git("branch", "release", checkout.commit("b"))
    with (
        open_source(str(checkout.folder), deadline()) as source,
        pytest.raises(UsageError, match="a branch and a tag of different commits"),
    ):
        source.resolve("release")


def test_a_history_that_was_cut_off_is_not_counted(checkout: Checkout, tmp_path: Path) -> None:
    first = checkout.head()
    last = [checkout.commit(name) for name in "bcd"][-1]
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=2", f"file://{checkout.folder}", str(clone)],
        check=True,
    )
    with open_source(str(clone), deadline()) as source:
        assert source.between(first, last, 10) is None
        subprocess.run(["git", "-C", str(clone), "fetch", "--quiet", "--deepen=2"], check=True)
        between = source.between(first, last, 2)
    assert between is not None
    assert (between.added, between.removed, len(between.commits)) == (3, 0, 2)
