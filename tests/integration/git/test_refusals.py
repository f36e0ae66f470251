"""What the server's rules or Git's configuration refuse is final, and told in their words."""

import subprocess
from pathlib import Path

import pytest

from gitops_ci.adapters.git import Published, Repository
from gitops_ci.base.errors import GitError
from tests.integration.conftest import LOGIN, git
from tests.integration.git.conftest import Open
from tests.realparts import need, need_git
from tests.servers.git_http import GitHttp

VALUES = "apps/shop/values-dev.yaml"


def hook(bare: Path, name: str, script: str) -> None:
    file = bare / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def publish(repository: Repository, branch: str = "main") -> Published:
    head = repository.head(branch, depth=2)
    new = repository.commit(head.commit, {VALUES: b"2"}, "update")
    outcome = repository.push(branch, head.commit, new)
    assert isinstance(outcome, Published)
    return outcome


def test_a_hook_that_declines(http: GitHttp, repository: Path, opened: Open) -> None:
    hook(repository, "pre-receive", "echo 'tickets only: no TICKET-1 in the message' >&2; exit 1")
    with (
        opened(http.url(repository.name, LOGIN)) as opened_repository,
        pytest.raises(GitError, match=r"tickets only: no TICKET-1 in the message.*hook declined"),
    ):
        publish(opened_repository)


def test_a_hook_cannot_print_secrets_or_control_characters(
    http: GitHttp, repository: Path, opened: Open
) -> None:
    hook(repository, "update", "printf 'password p@ss:w/ord%%1 \\033[31m\\n' >&2; exit 1")
    with (
        opened(http.url(repository.name, LOGIN)) as opened_repository,
        pytest.raises(GitError) as caught,
    ):
        publish(opened_repository)
    assert "password **** " in str(caught.value)
    assert "\033" not in str(caught.value)


def test_a_hook_that_speaks_of_the_network_is_final_all_the_same(
    http: GitHttp, repository: Path, opened: Open
) -> None:
    hook(repository, "pre-receive", "echo 'connection refused by policy' >&2; exit 1")
    with (
        opened(http.url(repository.name, LOGIN)) as opened_repository,
        pytest.raises(GitError, match="by policy"),
    ):
        publish(opened_repository)


def test_a_protected_branch_alone_is_refused(http: GitHttp, repository: Path, opened: Open) -> None:
    git(repository, "branch", "prod", "main")
    hook(
        repository,
        "update",
        '[ "$1" = refs/heads/prod ] && echo "You are not allowed to push code to protected '
        'branches" >&2 && exit 1; exit 0',
    )
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        publish(opened_repository)
        with pytest.raises(GitError, match="protected branches"):
            publish(opened_repository, "prod")


def test_our_own_hooks_do_not_run(
    repository: Path, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(tmp_path, "pre-push", f"touch {tmp_path}/ran")
    (tmp_path / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {tmp_path}/hooks\n[user]\n\tname = x\n\temail = x@y\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    with opened(str(repository)) as opened_repository:
        publish(opened_repository)
    assert not (tmp_path / "ran").exists()


def signing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: Path) -> None:
    need_git(2, 34)
    (tmp_path / ".gitconfig").write_text(
        "[user]\n\tname = Tess\n\temail = tess@example.com\n\tsigningKey = "
        f"{key}\n[gpg]\n\tformat = ssh\n[commit]\n\tgpgSign = true\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))


def test_a_commit_is_signed_when_git_is_told_to(
    repository: Path, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("ssh-keygen")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signing(tmp_path, monkeypatch, key)
    with opened(str(repository)) as opened_repository:
        new = publish(opened_repository).commit
    signers = tmp_path / "signers"
    signers.write_text(f"tess@example.com {key.with_suffix('.pub').read_text()}")
    git(repository, "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-commit", new)


def test_a_signature_that_fails_says_why(
    repository: Path, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("ssh-keygen")
    signing(tmp_path, monkeypatch, tmp_path / "no-key")
    with (
        opened(str(repository)) as opened_repository,
        pytest.raises(GitError, match=r"no-key[\s\S]*user\.signingKey"),
    ):
        publish(opened_repository)
    assert git(repository, "rev-list", "--count", "main") == "1"
