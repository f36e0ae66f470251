"""Bare repositories, written by `git fast-import`: a history of any size in one process."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from msgspec import Struct

MAIN = "refs/heads/main"
EPOCH = 1_700_000_000
HAND = "Hand <hand@example.com>"
_FILE = "100644"


class Commit(Struct, frozen=True, kw_only=True):
    """A commit of files (path to content) on top of ``onto``; ``gone`` files are left out."""

    files: Mapping[str, str | bytes]
    message: str = "begin"
    reference: str = MAIN
    onto: str | None = None
    who: str = HAND
    when: int = EPOCH
    mode: str = _FILE
    gone: tuple[str, ...] = ()


class Stream:
    """What `git fast-import` reads; commits on one reference follow each other by themselves."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def blob(self, mark: int, content: bytes) -> None:
        """Write a content that files can have by its mark."""
        self._out.write(b"blob\nmark :%d\n" % mark)
        self._data(content)

    def commit(self, commit: Commit) -> None:
        """Write a commit; what follows belongs to it until the next one."""
        committer = f"committer {commit.who} {commit.when} +0000"
        self._out.write(f"commit {commit.reference}\n{committer}\n".encode())
        self._data(commit.message.encode())
        if commit.onto:
            self._out.write(f"from {commit.onto}\n".encode())
        for path, content in commit.files.items():
            self.file(path, content, commit.mode)
        for path in commit.gone:
            self._out.write(f"D {path}\n".encode())

    def file(self, path: str, content: str | bytes | int, mode: str = _FILE) -> None:
        """Write a file of the last commit; a number is the mark of its content."""
        if isinstance(content, int):
            self._out.write(f"M {mode} :{content} {path}\n".encode())
            return
        self._out.write(f"M {mode} inline {path}\n".encode())
        self._data(content.encode() if isinstance(content, str) else content)

    def reset(self, reference: str, at: str) -> None:
        """Have a reference point at a commit."""
        self._out.write(f"reset {reference}\nfrom {at}\n\n".encode())

    def _data(self, content: bytes) -> None:
        self._out.write(b"data %d\n%s\n" % (len(content), content))


def init(bare: Path, *options: str) -> Path:
    """Make an empty bare repository whose branch is main, without the examples that Git adds."""
    command = [
        "git",
        "init",
        "--quiet",
        "--bare",
        "--template=",
        "--initial-branch=main",
        *options,
        str(bare),
    ]
    subprocess.run(command, check=True)
    (bare / "hooks").mkdir()
    return bare


@contextlib.contextmanager
def importing(bare: Path) -> Iterator[Stream]:
    """Yield a stream into a repository, which has all of it behind the block.

    Raises RuntimeError where Git refuses.
    """
    command = ["git", "-C", str(bare), "fast-import", "--quiet", "--done"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert process.stdin is not None
    with process, process.stdin as stdin:
        yield Stream(stdin)
        stdin.write(b"done\n")
    if process.returncode:
        raise RuntimeError(f"git fast-import failed in {bare}")


def write(bare: Path, *commits: Commit) -> None:
    """Write commits."""
    with importing(bare) as stream:
        for commit in commits:
            stream.commit(commit)


def make(bare: Path, *commits: Commit) -> Path:
    """Make a repository with these commits."""
    write(init(bare), *commits)
    return bare


def references(bare: Path) -> dict[str, str]:
    """Return every reference with what it points at, in their order: from Git's own files, without a process.

    What is symbolic stands as Git writes it: ``ref: NAME``.
    """
    found = _packed(bare)
    for folder, _folders, names in os.walk(bare / "refs"):
        for name in (each for each in names if not each.endswith(".lock")):
            file = Path(folder, name)
            found[str(file.relative_to(bare))] = file.read_text(encoding="utf-8").strip()
    return dict(sorted(found.items()))


def _packed(bare: Path) -> dict[str, str]:
    file = bare / "packed-refs"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    pairs = (line.split(" ", 1) for line in lines if line[0] not in "#^")
    return {name: commit for commit, name in pairs}
