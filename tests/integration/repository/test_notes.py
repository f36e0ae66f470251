"""Notes of commits are read for single commits, however git has laid out their tree."""

from pathlib import Path

import pytest

from gitops_ci.errors import GitError
from gitops_ci.repository import Notes
from tests.integration.conftest import LOGIN, MakeRepository, git
from tests.integration.repository.conftest import Open
from tests.servers.git_http import GitHttp

SERVERS = ["http", "http_without_filters"]
REF = "refs/notes/gitops-ci"


def put(bare: Path, notes: dict[str, str], *, fresh: bool = False) -> str:
    """Put files into the tree of the notes, at any place; return the commit."""
    lines = ["feature done", f"commit {REF}", "committer Tess <tess@example.com> 1700000000 +0000", "data 5", "notes"]
    if not fresh and git(bare, "for-each-ref", REF):
        lines.append(f"from {REF}^0")
    for path, text in notes.items():
        lines += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
    git(bare, "fast-import", "--quiet", stdin="\n".join([*lines, "done", ""]))
    return git(bare, "rev-parse", REF)


def spread(commit: str, levels: int) -> str:
    """Return the path of a note below so many levels of folders."""
    return "/".join([*(commit[2 * level : 2 * level + 2] for level in range(levels)), commit[2 * levels :]])


def commits(bare: Path) -> list[str]:
    return git(bare, "rev-list", "main").splitlines()


@pytest.mark.parametrize("server", SERVERS)
def test_there_are_no_notes_yet(server: str, repository: Path, opened: Open, request: pytest.FixtureRequest) -> None:
    with opened(request.getfixturevalue(server).url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main")
        assert opened_repository.notes([head.commit]) == Notes(None, {})


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_every_fan_out_is_read(
    server: str, levels: int, make_repository: MakeRepository, opened: Open, request: pytest.FixtureRequest
) -> None:
    bare = make_repository(commits=4)
    known = commits(bare)
    tip = put(bare, {spread(commit, levels): f"{commit}\n" for commit in known})
    assert git(bare, "notes", "--ref", REF, "show", known[1]) == known[1]
    with opened(request.getfixturevalue(server).url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes(known[:3]) == Notes(tip, {commit: f"{commit}\n".encode() for commit in known[:3]})


@pytest.mark.parametrize("server", SERVERS)
def test_all_notes_of_one_commit_are_read(
    server: str, make_repository: MakeRepository, opened: Open, request: pytest.FixtureRequest
) -> None:
    bare = make_repository(commits=2)
    one, two = commits(bare)
    tip = put(bare, {one: "flat", spread(one, 1): "one level\n", spread(one, 2): "two\n", "README": "?"})
    with opened(request.getfixturevalue(server).url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes([one, two]) == Notes(tip, {one: b"flat\none level\ntwo\n"})


def test_notes_are_read_as_they_are_now(http: GitHttp, repository: Path, opened: Open) -> None:
    (commit,) = commits(repository)
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes([commit]).commit is None
        git(repository, "notes", "--ref", REF, "add", "-m", "first", commit)
        assert opened_repository.notes([commit]).texts == {commit: b"first\n"}
        git(repository, "notes", "--ref", REF, "append", "-m", "second", commit)
        assert opened_repository.notes([commit]).texts == {commit: b"first\n\nsecond\n"}


def test_few_of_many_notes_cost_little(http: GitHttp, make_repository: MakeRepository, opened: Open) -> None:
    bare = make_repository(commits=3)
    known = commits(bare)
    others = {f"{number % 256:02x}/{number:038x}": "x" * 500 + str(number) for number in range(5_000)}
    put(bare, {**others, **{spread(commit, 1): "noted\n" for commit in known}})
    with opened(http.url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        before = http.traffic()
        assert opened_repository.notes(known[:1]).texts == {known[0]: b"noted\n"}
        assert http.traffic() - before < 40_000


def test_links_and_folders_are_no_notes(repository: Path, opened: Open) -> None:
    (commit,) = commits(repository)
    put(repository, {f"{commit}/below": "folder"})
    with opened(str(repository)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes([commit]).texts == {}


def test_a_note_that_is_too_large_is_refused(repository: Path, opened: Open) -> None:
    (commit,) = commits(repository)
    put(repository, {commit: "x" * 5_000_001})
    with opened(str(repository)) as opened_repository:
        opened_repository.head("main")
        with pytest.raises(GitError, match="larger than 5 MB"):
            opened_repository.notes([commit])
