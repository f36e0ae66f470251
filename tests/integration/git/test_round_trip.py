"""An update reaches the server over every transport, and changes nothing else."""

import os
from pathlib import Path

import pytest

from gitops_ci.adapters.git import GitCredentials, Published, Repository, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError
from tests.integration.conftest import FILES, LOGIN, TOKEN, MakeRepository, git
from tests.integration.git.conftest import Open
from tests.servers.fault_proxy import FaultProxy
from tests.servers.git_http import GitHttp
from tests.servers.git_ssh import GitSsh

VALUES = "apps/shop/values-dev.yaml"


def update(repository: Repository, content: bytes = b'image:\n  tag: "2"\n') -> str:
    head = repository.head(None, depth=2)
    before = repository.read([(head.commit, VALUES), (head.commit, "gitops.yaml")])
    assert before == {
        (head.commit, VALUES): FILES[VALUES].encode(),
        (head.commit, "gitops.yaml"): None,
    }
    new = repository.commit(
        head.commit, {VALUES: content}, "update(shop): dev 2\n\nGitops-App: shop\n"
    )
    assert repository.push(head.branch, head.commit, new) == Published(new, already=False)
    return new


def check(bare: Path, new: str) -> None:
    assert git(bare, "rev-parse", "main") == new
    assert git(bare, "diff", "--name-only", "main~1", "main") == VALUES
    assert git(bare, "show", f"main:{VALUES}") == 'image:\n  tag: "2"'
    assert (
        git(bare, "log", "-1", "--format=%an <%ae> %cn <%ce>")
        == "Tess Tester <tess@example.com> Tess Tester <tess@example.com>"
    )
    git(bare, "fsck", "--strict")


def test_over_http_with_a_login(http: GitHttp, repository: Path, opened: Open) -> None:
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        check(repository, update(opened_repository))


def test_over_http_to_a_server_without_filters(
    http_without_filters: GitHttp, repository: Path, opened: Open
) -> None:
    with opened(http_without_filters.url(repository.name, LOGIN)) as opened_repository:
        check(repository, update(opened_repository))


def test_over_http_with_a_bearer_token(http: GitHttp, repository: Path, temporary: Path) -> None:
    credentials = GitCredentials(None, None, TOKEN)
    with open_repository(
        http.url(repository.name),
        credentials=credentials,
        ca_file=None,
        deadline=Deadline.after(60),
    ) as opened_repository:
        check(repository, update(opened_repository))


def test_over_http_through_gits_own_askpass(
    http: GitHttp, repository: Path, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    askpass = tmp_path / "askpass"
    askpass.write_text(
        "#!/bin/sh\ncase $1 in Username*) echo jenkins;; *) echo 'p@ss:w/ord%1';; esac\n"
    )
    askpass.chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", str(askpass))
    with opened(http.url(repository.name)) as opened_repository:
        check(repository, update(opened_repository))


def test_over_https_with_the_authority_given(
    https: GitHttp, repository: Path, opened: Open
) -> None:
    with opened(https.url(repository.name, LOGIN), ca_file=https.ca_file) as opened_repository:
        check(repository, update(opened_repository))


def test_over_https_without_the_authority_names_the_option(
    https: GitHttp, repository: Path, opened: Open
) -> None:
    with (
        opened(https.url(repository.name, LOGIN)) as opened_repository,
        pytest.raises(GitError, match="--ca-file"),
    ):
        opened_repository.head("main")


def test_over_ssh(
    ssh: GitSsh, repository: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", ssh.command())
    with opened(ssh.url(repository)) as opened_repository:
        check(repository, update(opened_repository))


def test_over_ssh_to_an_unknown_host(
    ssh: GitSsh, repository: Path, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "GIT_SSH_COMMAND", ssh.command().replace(str(ssh.known_hosts), str(tmp_path / "none"))
    )
    with (
        opened(ssh.url(repository)) as opened_repository,
        pytest.raises(GitError, match="known_hosts"),
    ):
        opened_repository.head("main")


def test_on_a_path(repository: Path, opened: Open) -> None:
    with opened(str(repository)) as opened_repository:
        check(repository, update(opened_repository))


def test_on_a_relative_path(
    repository: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.parent)
    with opened(repository.name) as opened_repository:
        check(repository, update(opened_repository))


def test_on_a_path_with_blanks_quotes_and_umlauts(
    repository: Path, opened: Open, tmp_path: Path
) -> None:
    odd = tmp_path / 'Bücher \'n "Co" $HOME.git'
    os.rename(repository, odd)
    with opened(str(odd)) as opened_repository:
        check(odd, update(opened_repository))


def test_on_a_file_url(repository: Path, opened: Open, tmp_path: Path) -> None:
    os.rename(repository, tmp_path / "with blank.git")
    with opened(f"file://{tmp_path}/with%20blank.git") as opened_repository:
        check(tmp_path / "with blank.git", update(opened_repository))


def test_a_checked_out_branch_is_refused_with_the_way_out(
    repository: Path, opened: Open, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(repository), "work")
    with opened(str(tmp_path / "work")) as opened_repository:
        head = opened_repository.head(None)
        new = opened_repository.commit(head.commit, {VALUES: b"x"}, "update")
        with pytest.raises(GitError, match="bare repository"):
            opened_repository.push(head.branch, head.commit, new)


def test_a_repository_with_sha256_objects(make_repository: MakeRepository, opened: Open) -> None:
    bare = make_repository(git_options=("--object-format=sha256",))
    with opened(str(bare)) as opened_repository:
        check(bare, update(opened_repository))


def test_nothing_but_the_path_is_transferred(
    http: GitHttp, make_repository: MakeRepository, opened: Open
) -> None:
    many = {
        f"apps/app-{number}/values-dev.yaml": f"{os.urandom(500).hex()}\n"
        for number in range(2_000)
    }
    bare = make_repository({**FILES, **many})
    before = http.traffic()
    with opened(http.url(bare.name, LOGIN)) as opened_repository:
        check(bare, update(opened_repository))
    assert http.traffic() - before < 100_000


def test_inherited_git_variables_do_not_matter(
    repository: Path, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_NAMESPACE",
        "GIT_CONFIG_GLOBAL",
    ):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    with opened(str(repository)) as opened_repository:
        new = update(opened_repository)
    monkeypatch.undo()
    check(repository, new)


def test_author_and_committer_may_come_from_the_environment(
    repository: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", role.title())
        monkeypatch.setenv(f"GIT_{role}_EMAIL", f"{role.lower()}@example.com")
    with opened(str(repository)) as opened_repository:
        update(opened_repository)
    shown = git(repository, "log", "-1", "main", "--format=%an <%ae> %cn <%ce>")
    assert shown == "Author <author@example.com> Committer <committer@example.com>"


def test_without_a_configured_author_the_program_names_itself(
    repository: Path,
    opened: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with caplog.at_level("INFO", logger="gitops_ci"), opened(str(repository)) as opened_repository:
        update(opened_repository)
    assert (
        git(repository, "log", "-1", "main", "--format=%an <%ae>")
        == "gitops-ci <gitops-ci@localhost>"
    )
    assert "git config --global" in caplog.text


def test_through_an_http_proxy(
    http: GitHttp,
    proxy: FaultProxy,
    repository: Path,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        check(repository, update(opened_repository))
    assert any(line.startswith("POST http://localhost") for line, _ in proxy.requests)
