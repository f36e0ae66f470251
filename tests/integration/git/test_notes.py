"""Notes of commits are read and appended to, however git has laid out their tree, and whoever else
writes.
"""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gitops_ci.adapters.git import Notes, Published, clean_url, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UnavailableError
from tests import repositories
from tests.integration.conftest import LOGIN, MakeRepository, git
from tests.integration.git.conftest import Open
from tests.repositories import Commit
from tests.servers.fault_proxy import Answer, FaultProxy
from tests.servers.faults import LostAnswer, Silence
from tests.servers.git_http import GitHttp

SERVERS = ["http", "http_without_filters"]
REF = "refs/notes/gitops-ci"
WRITERS = 8


def put(bare: Path, notes: dict[str, str], *, fresh: bool = False) -> str:
    """Put files into the tree of the notes, at any place; return the commit."""
    onto = f"{REF}^0" if not fresh and git(bare, "for-each-ref", REF) else None
    repositories.write(bare, Commit(files=notes, message="notes", reference=REF, onto=onto))
    return git(bare, "rev-parse", REF)


def spread(commit: str, levels: int) -> str:
    """Return the path of a note below so many levels of folders."""
    return "/".join(
        [*(commit[2 * level : 2 * level + 2] for level in range(levels)), commit[2 * levels :]]
    )


def commits(bare: Path) -> list[str]:
    return git(bare, "rev-list", "main").splitlines()


@pytest.mark.parametrize("server", SERVERS)
def test_there_are_no_notes_yet(
    server: str, repository: Path, opened: Open, request: pytest.FixtureRequest
) -> None:
    with opened(request.getfixturevalue(server).url(repository.name, LOGIN)) as opened_repository:
        head = opened_repository.head("main")
        assert opened_repository.notes.read([head.commit]) == Notes(None, {}, (head.commit,))


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_every_fan_out_is_read(
    server: str,
    levels: int,
    make_repository: MakeRepository,
    opened: Open,
    request: pytest.FixtureRequest,
) -> None:
    bare = make_repository(commits=4)
    known = commits(bare)
    tip = put(bare, {spread(commit, levels): f"{commit}\n" for commit in known})
    assert git(bare, "notes", "--ref", REF, "show", known[1]) == known[1]
    with opened(request.getfixturevalue(server).url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes.read(known[:3]) == Notes(
            tip, {commit: f"{commit}\n".encode() for commit in known[:3]}, tuple(known[:3])
        )


@pytest.mark.parametrize("server", SERVERS)
def test_all_notes_of_one_commit_are_read(
    server: str, make_repository: MakeRepository, opened: Open, request: pytest.FixtureRequest
) -> None:
    bare = make_repository(commits=2)
    one, two = commits(bare)
    tip = put(
        bare, {one: "flat", spread(one, 1): "one level\n", spread(one, 2): "two\n", "README": "?"}
    )
    with opened(request.getfixturevalue(server).url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes.read([one, two]) == Notes(
            tip, {one: b"flat\none level\ntwo\n"}, (one, two)
        )


def test_notes_are_read_as_they_are_now(http: GitHttp, repository: Path, opened: Open) -> None:
    (commit,) = commits(repository)
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes.read([commit]).commit is None
        git(repository, "notes", "--ref", REF, "add", "-m", "first", commit)
        assert opened_repository.notes.read([commit]).texts == {commit: b"first\n"}
        git(repository, "notes", "--ref", REF, "append", "-m", "second", commit)
        assert opened_repository.notes.read([commit]).texts == {commit: b"first\n\nsecond\n"}


def test_few_of_many_notes_cost_little(
    http: GitHttp, make_repository: MakeRepository, opened: Open
) -> None:
    bare = make_repository(commits=3)
    known = commits(bare)
    others = {
        f"{number % 256:02x}/{number:038x}": "x" * 500 + str(number) for number in range(5_000)
    }
    put(bare, {**others, **{spread(commit, 1): "noted\n" for commit in known}})
    with opened(http.url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        before = http.traffic()
        assert opened_repository.notes.read(known[:1]).texts == {known[0]: b"noted\n"}
        assert http.traffic() - before < 40_000


def test_links_and_folders_are_no_notes(repository: Path, opened: Open) -> None:
    (commit,) = commits(repository)
    put(repository, {f"{commit}/below": "folder"})
    with opened(str(repository)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes.read([commit]).texts == {}


def test_a_note_that_is_too_large_is_refused(repository: Path, opened: Open) -> None:
    (commit,) = commits(repository)
    put(repository, {commit: "x" * 5_000_001})
    with opened(str(repository)) as opened_repository:
        opened_repository.head("main")
        with pytest.raises(GitError, match="larger than 5 MB"):
            opened_repository.notes.read([commit])


def shown(bare: Path, commit: str) -> str:
    """Return a note as git shows it, with every byte."""
    command = ["git", "-C", str(bare), "notes", "--ref", "gitops-ci", "show", commit]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


@pytest.mark.parametrize("server", SERVERS)
def test_lines_are_appended_and_git_shows_them(
    server: str, make_repository: MakeRepository, opened: Open, request: pytest.FixtureRequest
) -> None:
    bare = make_repository(commits=2)
    one, two = commits(bare)
    with opened(request.getfixturevalue(server).url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        assert opened_repository.notes.head() is None
        first = opened_repository.notes.append({one: b"a\n"}, "first")
        assert opened_repository.notes.head() == first.commit == git(bare, "rev-parse", REF)
        second = opened_repository.notes.append({one: b"b\n", two: b"c\n"}, "second")
        assert (shown(bare, one), shown(bare, two)) == ("a\nb\n", "c\n")
        assert git(bare, "log", "--format=%H %s", REF).splitlines() == [
            f"{second.commit} second",
            f"{first.commit} first",
        ]
        assert opened_repository.notes.append({one: b"b\na\n"}, "again") == Published(
            second.commit, already=True
        )
    assert git(bare, "ls-tree", "-r", "--name-only", REF).splitlines() == sorted(
        [spread(one, 1), spread(two, 1)]
    )
    git(bare, "fsck", "--strict")


@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_a_note_keeps_its_place(
    levels: int, http: GitHttp, make_repository: MakeRepository, opened: Open
) -> None:
    bare = make_repository(commits=3)
    one, two, three = commits(bare)
    put(bare, {spread(commit, levels): "free text" for commit in (one, two)})
    with opened(http.url(bare.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        opened_repository.notes.append({one: b"{}\n", three: b"{}\n"}, "more")
    assert [shown(bare, commit) for commit in (one, two, three)] == [
        "free text\n{}\n",
        "free text",
        "{}\n",
    ]
    assert len(git(bare, "ls-tree", "-r", REF).splitlines()) == 3
    git(bare, "fsck", "--strict")


@pytest.mark.parametrize(
    "text", ["a word\n\n\nof  praise \r\n", "\n", "no newline", "\u00e4\x00\n"]
)
def test_what_a_person_wrote_stays_byte_for_byte(
    text: str, http: GitHttp, repository: Path, opened: Open, tmp_path: Path
) -> None:
    (commit,) = commits(repository)
    (tmp_path / "note").write_bytes(text.encode())
    blob = git(repository, "hash-object", "-w", str(tmp_path / "note"))
    git(repository, "notes", "--ref", "gitops-ci", "add", "-C", blob, commit)
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        opened_repository.notes.append({commit: b"{}\n"}, "more")
    assert shown(repository, commit) == f"{text}{'' if text.endswith(chr(10)) else chr(10)}{{}}\n"
    git(repository, "notes", "--ref", "gitops-ci", "append", "-m", "well done", commit)
    assert shown(repository, commit).endswith("{}\n\nwell done\n")


def record(url: str, commit: str, number: int) -> None:
    """Append one line, as a process of its own would."""
    location, credentials = clean_url(url)
    with open_repository(
        location, credentials=credentials, ca_file=None, deadline=Deadline.after(120)
    ) as repository:
        repository.notes.append({commit: f"line {number}\n".encode()}, f"writer {number}")


@pytest.mark.parametrize("server", SERVERS)
def test_writers_at_once_lose_nothing(
    server: str, repository: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server).url(repository.name, LOGIN)
    (commit,) = commits(repository)
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda number: record(url, commit, number), range(WRITERS)))
    assert sorted(shown(repository, commit).splitlines()) == sorted(
        f"line {number}" for number in range(WRITERS)
    )
    assert git(repository, "rev-list", "--merges", REF) == ""
    assert git(repository, "rev-list", "--count", REF) == str(WRITERS)


def test_a_push_whose_answer_was_lost_is_found(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    (commit,) = commits(repository)
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        proxy.on(f"POST /{repository.name}/git-receive-pack", LostAnswer(), times=1)
        assert opened_repository.notes.append({commit: b"once\n"}, "m").commit == git(
            repository, "rev-parse", REF
        )
    assert shown(repository, commit) == "once\n"
    assert git(repository, "rev-list", "--count", REF) == "1"


def test_an_overloaded_server_is_asked_again(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    (commit,) = commits(repository)
    with opened(proxy.url(repository.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        proxy.on("git-receive-pack", Answer(503), times=2)
        assert not opened_repository.notes.append({commit: b"once\n"}, "m").already
    assert shown(repository, commit) == "once\n"


def test_a_server_that_falls_silent_leaves_it_open_what_happened(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    (commit,) = commits(repository)
    with opened(proxy.url(repository.name, LOGIN), seconds=3) as opened_repository:
        opened_repository.head("main")
        proxy.on(f"POST /{repository.name}/git-receive-pack", Silence())
        with pytest.raises(UnavailableError, match="could not be found out"):
            opened_repository.notes.append({commit: b"once\n"}, "m")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"receive.hideRefs": "refs/notes"}, "deny updating a hidden ref"),
        (
            {
                "receive.denyNonFastForwards": "true",
                "hook": "echo notes are closed here >&2; exit 1",
            },
            "notes are closed here",
        ),
    ],
)
def test_a_refusal_comes_with_the_servers_words(
    settings: dict[str, str], words: str, http: GitHttp, repository: Path, opened: Open
) -> None:
    (commit,) = commits(repository)
    for key, value in settings.items():
        if key == "hook":
            hook = repository / "hooks" / "pre-receive"
            hook.write_text(f"#!/bin/sh\n{value}\n", encoding="utf-8")
            hook.chmod(0o755)
        else:
            git(repository, "config", key, value)
    with opened(http.url(repository.name, LOGIN)) as opened_repository:
        opened_repository.head("main")
        with pytest.raises(GitError, match=words) as caught:
            opened_repository.notes.append({commit: b"line\n"}, "m")
    assert REF in caught.value.remedy
    assert git(repository, "for-each-ref", REF) == ""
