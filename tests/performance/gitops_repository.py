"""Makes bare GitOps repositories with a history, through one `git fast-import`."""

import hashlib
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import IO

from tests.performance import contents, images
from tests.performance.contents import ENVIRONMENTS, app_name

_EPOCH = 1_700_000_000
_MINUTES = 60
_FIRST = "1"  # the tag that everything has in the first commit


@dataclass(frozen=True)
class Move:
    """One application of one commit: an update to a tag, or with ``source`` a promotion of it."""

    app: int
    environment: str
    tag: str
    source: str | None = None


@dataclass(frozen=True)
class GitopsRepository:
    """A bare repository with ``apps`` applications; ``head`` is where its branch main is put back between measurements."""

    folder: Path
    apps: int
    head: str

    @property
    def name(self) -> str:
        """Return the name of the folder, which is the path on the server."""
        return self.folder.name

    def reset(self) -> None:
        """Put main back to where it was when the repository was made."""
        _git(self.folder, "update-ref", "refs/heads/main", self.head)

    def tag_of(self, app: int, environment: str) -> str:
        """Return the tag that stands in a values file on main."""
        text = _git(self.folder, "show", f"main:apps/{app_name(app)}/values-{environment}.yaml")
        return next(line.split('"')[1] for line in text.splitlines() if line.startswith("  tag:"))

    def published(self) -> list[str]:
        """Return the subjects of the commits on top of ``head``; raises RuntimeError unless they are one line of descent."""
        lines = _git(self.folder, "log", "--format=%P%x00%s", f"{self.head}..main").splitlines()
        if any(" " in line.partition("\0")[0] for line in lines):
            raise RuntimeError("the history has a merge")
        _git(self.folder, "merge-base", "--is-ancestor", self.head, "main")
        return [line.partition("\0")[2] for line in lines]


def make(
    folder: Path, apps: int, commits: Iterable[Sequence[Move]], *, host: str, entry: str = "off", onward: str = "off"
) -> GitopsRepository:
    """Make a repository: a first commit with every application, then one commit for each group of moves.

    ``entry`` and ``onward`` are the policy verify_digest of dev and of the environments behind it; ``host`` the registry.
    """
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)], check=True)
    writer = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert writer.stdin is not None
    with writer.stdin as stream:
        config = contents.CONFIG % {"entry": entry, "onward": onward}
        _write_first(stream, apps, config, f"{host}/{images.REPOSITORY}")
        _write_moves(stream, commits, f"{host}/{images.REPOSITORY}")
        stream.write(b"done\n")
    if writer.wait():
        raise RuntimeError("git fast-import failed")
    # as a server would have it after its own maintenance
    _git(folder, "repack", "-a", "-d", "-q", "--write-bitmap-index")
    _git(folder, "commit-graph", "write", "--reachable")
    return GitopsRepository(folder, apps, _git(folder, "rev-parse", "main").strip())


def updates(apps: Sequence[int], number: int) -> Iterator[list[Move]]:
    """Yield so many commits, each an update of dev, the applications in turn and their tags counting up."""
    for index in range(number):
        yield [Move(apps[index % len(apps)], "dev", str(2 + index // len(apps)))]


def mixed(apps: int, number: int) -> Iterator[list[Move]]:
    """Yield so many commits: updates of dev, every second release goes on to stage, every fourth to prod."""
    moves = (
        [move]
        for tag in count(2)
        for app in range(1, apps + 1)
        for move in (
            Move(app, "dev", str(tag)),
            Move(app, "stage", str(tag), source="dev"),
            Move(app, "prod", str(tag), source="stage"),
        )[: 3 if tag % 4 == 0 else 2 if tag % 2 == 0 else 1]
    )
    return islice(moves, number)


def _write_first(stream: IO[bytes], apps: int, config: str, repository: str) -> None:
    for mark, content in enumerate(contents.SHARED.values(), start=1):
        stream.write(b"blob\nmark :%d\n" % mark)
        _write_data(stream, content.encode())
    _write_commit(stream, 0, "Begin")
    _write_file(stream, "gitops.yaml", config.encode())
    first = dict.fromkeys(ENVIRONMENTS, _FIRST)
    for number in range(1, apps + 1):
        base = f"apps/{app_name(number)}"
        for mark, path in enumerate(contents.SHARED, start=1):
            stream.write(f"M 100644 :{mark} {base}/{path}\n".encode())
        for path, content in contents.own_files(number, first, repository):
            _write_file(stream, f"{base}/{path}", content)


def _write_moves(stream: IO[bytes], commits: Iterable[Sequence[Move]], repository: str) -> None:
    tags: dict[tuple[int, str], str] = {}
    for index, moves in enumerate(commits, start=1):
        previous = [tags.get((move.app, move.environment), _FIRST) for move in moves]
        _write_commit(stream, index, _message(moves, previous, repository))
        for move in moves:
            tags[move.app, move.environment] = move.tag
            content = contents.values(move.app, move.environment, move.tag, repository)
            _write_file(stream, f"apps/{app_name(move.app)}/values-{move.environment}.yaml", content)


def _message(moves: Sequence[Move], previous: Sequence[str], repository: str) -> str:
    first = moves[0]
    operation = "promote" if first.source else "update"
    who = app_name(first.app) if len(moves) == 1 else f"{len(moves)} applications"
    known = hashlib.sha256(repr(moves).encode()).hexdigest()
    lines = [f"{operation}({who}): {first.environment}", "", f"Gitops-Operation: {operation}", f"Gitops-Plan: {known}"]
    lines += [f"Gitops-Policy: {known[:40]}", "Gitops-Requested-By: carol"]
    for move, before in zip(moves, previous, strict=True):
        app = app_name(move.app)
        lines += [f"Gitops-App: {app}", f"Gitops-Environment: {move.environment}"]
        lines += [f"Gitops-From: {move.source}"] if move.source else []
        lines.append(f"Gitops-Image: {repository}:{move.tag}@{images.digest(move.tag)}")
        lines.append(f"Gitops-Previous: {repository}:{before}@{images.digest(before)}")
        lines.append(f"Gitops-Source-Revision: {hashlib.sha1(f'{app} {move.tag}'.encode()).hexdigest()}")
        lines.append(f"Gitops-Source-Author: dev-{move.app % 50}@example.com")
        lines.append(f"Gitops-Build-Url: https://jenkins.example.com/job/{app}/{move.tag}/")
        lines.append("Gitops-Gate: order=passed digest=passed")
    return "\n".join(lines) + "\n"


def _write_commit(stream: IO[bytes], index: int, message: str) -> None:
    person = f"Jenkins <jenkins@example.com> {_EPOCH + index * _MINUTES} +0000"
    stream.write(f"commit refs/heads/main\ncommitter {person}\n".encode())
    _write_data(stream, message.encode())


def _write_file(stream: IO[bytes], path: str, content: bytes) -> None:
    stream.write(f"M 100644 inline {path}\n".encode())
    _write_data(stream, content)


def _write_data(stream: IO[bytes], content: bytes) -> None:
    stream.write(b"data %d\n%s\n" % (len(content), content))


def _git(folder: Path, *arguments: str) -> str:
    finished = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {finished.stderr}")
    return finished.stdout
