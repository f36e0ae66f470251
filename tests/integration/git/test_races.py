"""Many writers on one branch: everything lands, nothing is lost, nothing is forced."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gitops_ci.adapters.git import Head, Moved, Published, clean_url, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError
from tests.integration.conftest import LOGIN, MakeRepository, git
from tests.integration.git.conftest import Open, leftovers
from tests.servers.git_http import GitHttp

VALUES = "apps/shop/values-dev.yaml"
WRITERS = 8


def write(url: str, number: int) -> int:
    """Publish one file of its own, on whatever head there is; return how many tries it took."""
    location, credentials = clean_url(url)
    deadline = Deadline.after(120)
    with open_repository(
        location, credentials=credentials, ca_file=None, deadline=deadline
    ) as repository:
        head = repository.head("main", depth=2)
        for attempt in range(1, 1000):
            new = repository.commit(
                head.commit, {f"apps/app-{number}/values.yaml": b"x\n"}, f"writer {number}"
            )
            outcome = repository.push("main", head.commit, new)
            if isinstance(outcome, Published):
                return attempt
            assert outcome.head is not None
            head = outcome.head
            deadline.pause(min(attempt, 3), 0.1)
    raise AssertionError(f"writer {number} never got through")


@pytest.mark.parametrize("server", ["http", "http_without_filters"])
def test_writers_at_once_all_land_in_a_linear_history(
    server: str, repository: Path, temporary: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server).url(repository.name, LOGIN)
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda number: write(url, number), range(WRITERS)))
    subjects = git(repository, "log", "--format=%s", "main").splitlines()
    assert sorted(subjects) == sorted(
        ["commit 0", *(f"writer {number}" for number in range(WRITERS))]
    )
    assert git(repository, "rev-list", "--merges", "main") == ""
    assert len(git(repository, "ls-tree", "-r", "--name-only", "main").splitlines()) == 6 + WRITERS
    git(repository, "fsck", "--strict")
    assert leftovers(temporary) == []


def somebody_else(bare: Path, *, force_from: str = "main") -> str:
    """Put another commit on main and return it."""
    new = git(
        bare, "commit-tree", "-p", force_from, "-m", "somebody else", f"{force_from}^{{tree}}"
    )
    git(bare, "update-ref", "refs/heads/main", new)
    return new


def test_a_branch_that_moved_is_told_with_its_new_head(
    http: GitHttp, repository: Path, opened: Open
) -> None:
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        other = somebody_else(repository)
        assert opened_repository.push("main", head.commit, new) == Moved(Head("main", other))
        again = opened_repository.commit(other, {VALUES: b"2"}, "update")
        assert opened_repository.push("main", other, again) == Published(again, already=False)
    assert git(repository, "log", "--format=%s", "main") == "update\nsomebody else\ncommit 0"


def test_a_branch_that_was_set_back_is_not_restored(
    http: GitHttp, make_repository: MakeRepository, opened: Open
) -> None:
    bare = make_repository(commits=3)
    with opened(http.url(bare.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        older = git(bare, "rev-parse", "main~1")
        git(bare, "update-ref", "refs/heads/main", older)
        assert opened_repository.push("main", head.commit, new) == Moved(Head("main", older))
    assert git(bare, "rev-parse", "main") == older


def test_a_branch_that_was_deleted_is_not_made_again(
    http: GitHttp, repository: Path, opened: Open
) -> None:
    git(repository, "branch", "other", "main")
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main", depth=2)
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        git(repository, "update-ref", "-d", "refs/heads/main")
        with pytest.raises(GitError, match="no branch main"):
            opened_repository.push("main", head.commit, new)
    assert git(repository, "for-each-ref", "--format=%(refname)") == "refs/heads/other"


def test_a_commit_on_another_base_is_not_pushed(repository: Path, opened: Open) -> None:
    with opened(str(repository)) as opened_repository:
        head = opened_repository.head("main")
        new = opened_repository.commit(head.commit, {VALUES: b"2"}, "update")
        other = somebody_else(repository)
        with pytest.raises(GitError, match="does not stand on"):
            opened_repository.push("main", other, new)
