"""Many files of many commits are read by a shorter way; what it finds is what git itself says."""

import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from gitops_ci.base.errors import GitError
from tests import repositories
from tests.integration.conftest import LOGIN, MakeRepository, git
from tests.integration.git.conftest import Open
from tests.integration.git.test_files import SERVERS, add, blob
from tests.repositories import EPOCH, MAIN, Commit

APPS = [f"apps/app {number} \u00fc/values.yaml" for number in range(20)]
FLAT = [f"flat-{number}.yaml" for number in range(20)]


@pytest.fixture
def long(make_repository: MakeRepository) -> Path:
    """A repository in which forty commits change one file each, and more lies around."""
    return grown(make_repository)


def grown(make_repository: MakeRepository, *git_options: str) -> Path:
    files = dict.fromkeys([*APPS, *FLAT], "0") | {
        "apps/README.md": "read me",
        "apps/app 1 \u00fc/charts/a.yaml": "a: 1",
    }
    bare = make_repository(files, git_options=git_options)
    with repositories.importing(bare) as stream:
        stream.reset(MAIN, f"{MAIN}^0")
        for number, path in enumerate([*APPS, *FLAT]):
            stream.commit(Commit(files={path: str(number)}, message="x", when=EPOCH + number))
    return bare


def by_git(bare: Path, places: list[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
    """Return what `git cat-file` finds, which reads no links here."""
    asked = "".join(f"{commit}:{path}\n" for commit, path in places)
    done = subprocess.run(
        ["git", "-C", str(bare), "cat-file", "--batch"],
        input=asked.encode(),
        capture_output=True,
        check=True,
    )
    answers = BytesIO(done.stdout)
    return {place: content(answers) for place in places}


def content(answers: BytesIO) -> bytes | None:
    header = answers.readline()
    return (
        None if header.endswith(b" missing\n") else answers.read(int(header.split()[-1]) + 1)[:-1]
    )


def everything(bare: Path) -> Iterator[tuple[str, str]]:
    for commit in git(bare, "rev-list", "main").splitlines():
        for path in (
            *APPS[::4],
            *FLAT[::4],
            APPS[1],
            "apps/nope/values.yaml",
            "apps/README.md/below",
            "nope/at/all/x.yaml",
        ):
            yield commit, path
        yield from ((commit, path) for path in (*APPS[2:10:3], *FLAT[2:10:3]))


@pytest.mark.parametrize("server", SERVERS)
def test_a_repository_with_sha256_objects(
    server: str, make_repository: MakeRepository, opened: Open, request: pytest.FixtureRequest
) -> None:
    bare = grown(make_repository, "--object-format=sha256")
    places = list(everything(bare))
    with opened(request.getfixturevalue(server).url(bare.name, LOGIN)) as repository:
        list(repository.history(repository.head("main").commit))
        assert repository.read(places) == by_git(bare, places)


@pytest.mark.parametrize("server", SERVERS)
def test_they_are_what_git_shows(
    server: str, long: Path, opened: Open, request: pytest.FixtureRequest
) -> None:
    places = list(everything(long))
    with opened(request.getfixturevalue(server).url(long.name, LOGIN)) as repository:
        head = repository.head("main", depth=2)
        list(repository.history(head.commit))
        assert repository.read(places) == by_git(long, places)
        assert repository.read(places[:5]) == by_git(long, places[:5])


def test_commits_that_were_never_seen_are_read_too(long: Path, opened: Open) -> None:
    places = list(everything(long))
    with opened(str(long)) as repository:
        repository.head("main")
        assert repository.read(places) == by_git(long, places)


@pytest.mark.parametrize(
    ("mode", "path", "wanted", "said"),
    [
        ("120000", APPS[3], APPS[3], "symbolic link"),
        ("120000", "apps/app 3 \u00fc", APPS[3], "symbolic link"),
        ("120000", FLAT[3], FLAT[3], "symbolic link"),
        ("160000", "apps/app 3 \u00fc", APPS[3], "submodule"),
    ],
)
def test_one_link_among_them_is_refused(
    mode: str, path: str, wanted: str, said: str, long: Path, opened: Open
) -> None:
    places = list(everything(long))
    target = blob(long, "README.md") if mode == "120000" else git(long, "rev-parse", "main")
    commit = add(long, f"0 {'0' * len(target)}\t{wanted}", f"{mode} {target}\t{path}")
    with opened(str(long)) as repository:
        list(repository.history(repository.head("main").commit))
        with pytest.raises(GitError, match=said):
            repository.read([*places, (commit, wanted)])
        assert repository.read(places) == by_git(long, places)


def test_nothing_else_than_the_files_is_fetched(long: Path, opened: Open) -> None:
    other = git(long, "rev-parse", "main:apps/app 1 \u00fc/charts/a.yaml")
    with opened(str(long)) as repository:
        list(repository.history(repository.head("main").commit))
        repository.read(list(everything(long)))
        assert not repository._objects.has(other)
