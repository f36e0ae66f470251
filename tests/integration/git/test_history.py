"""The history is read newest first, completely, and fetched only as far as it is read."""

from itertools import islice
from pathlib import Path

import pytest

from tests.integration.conftest import LOGIN, MakeRepository, git
from tests.integration.git.conftest import Open
from tests.servers.git_http import GitHttp

MANY = 2_500


@pytest.fixture(scope="module")
def subjects() -> list[str]:
    return [f"commit {number}" for number in range(MANY - 1, -1, -1)]


@pytest.mark.parametrize("server", ["http", "http_without_filters"])
def test_thousands_of_commits_come_in_order(
    server: str,
    make_repository: MakeRepository,
    opened: Open,
    subjects: list[str],
    request: pytest.FixtureRequest,
) -> None:
    bare = make_repository(commits=MANY)
    with opened(request.getfixturevalue(server).url(bare.name, LOGIN)) as opened_repository:
        commits = list(opened_repository.history(opened_repository.head("main").commit))
    assert [commit.message for commit in commits] == subjects
    assert [commit.parents for commit in commits[:-1]] == [(commit.id,) for commit in commits[1:]]
    assert commits[0].committer_time == 1_700_000_000 + MANY - 1
    assert (commits[0].author_email, commits[0].author_name) == ("tess@example.com", "Tess")


def test_a_recent_commit_is_found_without_fetching_the_rest(
    http: GitHttp, make_repository: MakeRepository, opened: Open, subjects: list[str]
) -> None:
    bare = make_repository(commits=MANY)
    with opened(http.url(bare.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main").commit
        before = http.traffic()
        assert [
            commit.message for commit in islice(opened_repository.history(head), 20)
        ] == subjects[:20]
        assert http.traffic() - before < 60_000


def test_a_history_with_merges_is_gits_own(repository: Path, opened: Open) -> None:
    tip = git(repository, "rev-parse", "main")
    for number in range(300):
        tree = f"{tip}^{{tree}}"
        side = (
            git(repository, "commit-tree", "-p", tip, "-m", f"side {number}", tree)
            if number % 50 == 7
            else None
        )
        tip = git(
            repository,
            "commit-tree",
            "-p",
            tip,
            *(["-p", side] if side else []),
            "-m",
            f"trunk {number}",
            tree,
        )
    git(repository, "update-ref", "refs/heads/main", tip)
    with opened(str(repository)) as opened_repository:
        found = [
            commit.id for commit in opened_repository.history(opened_repository.head("main").commit)
        ]
    assert found == git(repository, "log", "--format=%H", "main").splitlines()


def test_messages_arrive_as_they_are(repository: Path, opened: Open) -> None:
    message = "update(shop): dev 2\n\nKey: väl\n with tail\n\nGitops-App: shop\n"
    with opened(str(repository)) as opened_repository:
        head = opened_repository.head("main")
        new = opened_repository.commit(head.commit, {}, message)
        opened_repository.push("main", head.commit, new)
        assert next(opened_repository.history(new)).message == message


def test_a_log_that_shows_signatures_does_not_disturb(
    repository: Path, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text(
        "[log]\n\tshowSignature = true\n\tmailmap = true\n[format]\n\tpretty = oneline\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    with opened(str(repository)) as opened_repository:
        history = list(opened_repository.history(opened_repository.head("main").commit))
    assert [commit.message for commit in history] == ["commit 0"]
