"""Servers and networks that fail: each failure ends in bounded time, in the right class, with words
that help.
"""

from pathlib import Path

import pytest

from gitops_ci.adapters.git import Published
from gitops_ci.base.errors import GitError, UnavailableError
from tests.clock import HOUR, Clock
from tests.integration.conftest import FILES, LOGIN, MakeRepository, git
from tests.integration.git.conftest import Open
from tests.servers.fault_proxy import Answer, FaultProxy
from tests.servers.faults import Delayed, LostAnswer, Silence, Truncated
from tests.servers.git_http import GitHttp
from tests.servers.processes import free_port

VALUES = "apps/shop/values-dev.yaml"
FETCH = "POST /"
PUSH = "git-receive-pack"


def test_an_overloaded_server_is_asked_again(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    proxy.on("", Answer(503), times=2)
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        assert opened_repository.head("main").commit == git(repository, "rev-parse", "main")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_stays_overloaded_is_unavailable(
    status: int, proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    proxy.on("", Answer(status))
    with (
        opened(proxy.url(repository.name, LOGIN), seconds=20) as opened_repository,
        pytest.raises(UnavailableError, match=str(status)),
    ):
        opened_repository.head("main")


def test_a_silent_server_is_unavailable_at_the_deadline(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    proxy.on("", Silence())
    with (
        opened(proxy.url(repository.name, LOGIN), seconds=1) as opened_repository,
        pytest.raises(UnavailableError),
    ):
        opened_repository.head(None)


def test_a_server_that_falls_silent_in_the_push_is_unavailable(
    proxy: FaultProxy, repository: Path, opened: Open, clock: Clock
) -> None:
    proxy.on(f"POST /{repository.name}/{PUSH}", Silence())
    with opened(proxy.url(repository.name, LOGIN), seconds=HOUR) as opened_repository:
        head = opened_repository.head("main", depth=2)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        clock.forward(HOUR - 2)
        with pytest.raises(UnavailableError):
            opened_repository.push("main", head.commit, new)


@pytest.mark.usefixtures("clock")
def test_a_dead_port_is_unavailable(opened: Open) -> None:
    with (
        opened(f"http://localhost:{free_port()}/a.git", seconds=20) as opened_repository,
        pytest.raises(UnavailableError, match=r"(?i)connect"),
    ):
        opened_repository.head("main")


def test_a_host_that_does_not_exist_is_unavailable(opened: Open) -> None:
    with (
        opened("http://no-such-host.invalid/a.git", seconds=0.5) as opened_repository,
        pytest.raises(UnavailableError, match=r"resolve|did not end"),
    ):
        opened_repository.head("main")


@pytest.mark.parametrize("length", [0, 20, 300])
def test_a_truncated_answer_is_asked_for_again(
    length: int, proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    proxy.on("GET /", Truncated(length), times=1)
    proxy.on(FETCH, Truncated(length), times=1)
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        assert opened_repository.read([(head.commit, VALUES)]) == {
            (head.commit, VALUES): FILES[VALUES].encode()
        }


def test_a_slow_server_is_waited_for(proxy: FaultProxy, repository: Path, opened: Open) -> None:
    proxy.on("", Delayed(0.3))
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        assert opened_repository.head("main").branch == "main"


def test_a_wrong_password_is_final(http: GitHttp, repository: Path, opened: Open) -> None:
    with (
        opened(http.url(repository.name, "jenkins:wrong-password")) as opened_repository,
        pytest.raises(GitError, match="GITOPS_CI_GIT_PASSWORD") as caught,
    ):
        opened_repository.head("main")
    assert "wrong-password" not in str(caught.value)


def test_missing_rights_are_final(proxy: FaultProxy, repository: Path, opened: Open) -> None:
    proxy.on("", Answer(403, b"you may not read this", (("Content-Type", "text/plain"),)))
    with (
        opened(proxy.url(repository.name, LOGIN)) as opened_repository,
        pytest.raises(GitError, match=r"you may not read this.*403"),
    ):
        opened_repository.head("main")


def test_missing_rights_to_push_are_final(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    proxy.on(PUSH, Answer(403, b"you may only read this", (("Content-Type", "text/plain"),)))
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        with pytest.raises(GitError, match="you may only read this"):
            opened_repository.push("main", head.commit, new)


def test_a_repository_that_does_not_exist_is_final(http: GitHttp, opened: Open) -> None:
    with (
        opened(http.url("nowhere.git", LOGIN)) as opened_repository,
        pytest.raises(GitError, match="not found"),
    ):
        opened_repository.head(None)


def test_a_folder_that_does_not_exist_is_final(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="there is no folder"), opened(str(tmp_path / "nowhere")):
        pass


def test_a_folder_without_a_repository_is_final(opened: Open, tmp_path: Path) -> None:
    with (
        opened(str(tmp_path)) as opened_repository,
        pytest.raises(GitError, match="does not appear to be a git repository"),
    ):
        opened_repository.head(None)


@pytest.mark.parametrize("branch", ["main", None])
def test_a_login_page_is_not_taken_for_an_empty_repository(
    branch: str | None, proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    proxy.on("", Answer(200, b"<html>Log in</html>", (("Content-Type", "text/html"),)))
    with (
        opened(proxy.url(repository.name, LOGIN)) as opened_repository,
        pytest.raises(GitError, match="text/html"),
    ):
        opened_repository.head(branch)


def test_a_redirect_on_the_same_server_is_followed(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    short = repository.name.removesuffix(".git")
    location = proxy.url(f"{repository.name}/info/refs?service=git-upload-pack")
    proxy.on(f"/{short}/info", Answer(301, b"", (("Location", location),)))
    with opened(proxy.url(short, LOGIN)) as opened_repository:
        head = opened_repository.head(None)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        assert opened_repository.push("main", head.commit, new) == Published(new, already=False)


def test_a_redirect_elsewhere_never_gets_the_credentials(
    http: GitHttp, proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    target = proxy.url(f"{repository.name}/info/refs?service=git-upload-pack").replace(
        "localhost", "127.0.0.1"
    )
    proxy.on("", Answer(302, b"", (("Location", target),)))
    with (
        opened(proxy.url(repository.name, LOGIN)) as opened_repository,
        pytest.raises(GitError, match=r"redirects to http://127\.0\.0\.1"),
    ):
        opened_repository.head("main")
    assert not [headers for _, headers in proxy.requests if headers["Host"].startswith("127")]


def test_a_branch_that_does_not_exist_names_the_nearest(repository: Path, opened: Open) -> None:
    for name in ("release/1.0", "release/2.0", "other"):
        git(repository, "branch", name, "main")
    with (
        opened(str(repository)) as opened_repository,
        pytest.raises(GitError, match=r"release/2\.0"),
    ):
        opened_repository.head("release/3.0")


@pytest.mark.parametrize("branch", ["main", None])
def test_an_empty_repository_says_so(
    branch: str | None, http: GitHttp, make_repository: MakeRepository, opened: Open
) -> None:
    empty = make_repository({}, commits=0)
    with (
        opened(http.url(empty.name, LOGIN)) as opened_repository,
        pytest.raises(GitError, match="no commits yet"),
    ):
        opened_repository.head(branch)


def test_a_head_that_names_no_branch_says_so(repository: Path, opened: Open) -> None:
    git(repository, "symbolic-ref", "HEAD", "refs/heads/gone")
    with opened(str(repository)) as opened_repository, pytest.raises(GitError, match="--branch"):
        opened_repository.head(None)


def test_an_answer_lost_after_the_push_is_found_as_published(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        proxy.on(f"POST /{repository.name}/{PUSH}", LostAnswer(), times=1)
        assert opened_repository.push("main", head.commit, new) == Published(new, already=True)
    assert git(repository, "rev-parse", "main") == new


def test_an_answer_lost_after_the_push_is_found_below_newer_commits(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    hook = repository / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nexport GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x "
        "GIT_COMMITTER_EMAIL=x\n"
        "git update-ref refs/heads/main $(git commit-tree -p main -m next main^{tree})\n"
    )
    hook.chmod(0o755)
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        proxy.on(f"POST /{repository.name}/{PUSH}", LostAnswer(), times=1)
        assert opened_repository.push("main", head.commit, new) == Published(new, already=True)
    assert git(repository, "rev-parse", "main~1") == new


def test_a_push_that_never_arrived_is_sent_again(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        proxy.on(f"POST /{repository.name}/{PUSH}", Answer(502), times=2)
        assert opened_repository.push("main", head.commit, new) == Published(new, already=False)
