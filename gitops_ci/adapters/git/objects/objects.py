"""Reads objects that are in the throw-away repository, through one `git cat-file --batch`
process.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

import msgspec

from gitops_ci.adapters.git.connection.process import Git, lines
from gitops_ci.adapters.git.objects import trees
from gitops_ci.adapters.git.objects.trees import Tree
from gitops_ci.base import processes
from gitops_ci.base.errors import GitError
from gitops_ci.base.processes import Process

LARGEST = 5_000_000  # bytes; a values file is text that people edit
_CHUNK = 1 << 20
_TREE = re.compile(rb"([0-9a-f]{40,64}) tree \d+")
# object ids written at once: they have to fit into a pipe while git's answers wait in the other
_ROUND = 256
_CACHED = 65536  # bytes of an object that stays in memory


class Stored(msgspec.Struct, frozen=True):
    """An object: its kind, size in bytes and content, None for what is larger than ``LARGEST``."""

    kind: str
    size: int
    content: bytes | None


class Objects:
    """The objects at hand; keeps the reading process and the trees that were parsed."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: Process | None = None
        self._trees: dict[str, Tree] = {}
        self._known: set[str] = set()
        self._cache: dict[str, Stored] = {}

    def load(self, oids: Iterable[str]) -> None:
        """Read many objects in few rounds; they are kept for `get`, `has` and `tree`."""
        for oid, stored in self.read(oid for oid in oids if oid not in self._known):
            if stored and stored.content is not None and stored.kind == "tree":
                self._trees[oid] = trees.parse(stored.content, len(oid) // 2)
            elif stored and stored.size <= _CACHED:
                self._cache[oid] = stored

    def read(self, oids: Iterable[str]) -> Iterator[tuple[str, Stored | None]]:
        """Yield objects, each once; None for what has not been fetched."""
        remaining = iter(dict.fromkeys(oids))
        while batch := list(islice(remaining, _ROUND)):
            self._ask(batch)
            yield from [(oid, self._answer(oid)) for oid in batch]

    def get(self, oid: str) -> Stored | None:
        """Return an object, None when it has not been fetched."""
        if oid in self._cache:
            return self._cache[oid]
        self._ask([oid])
        return self._answer(oid)

    def _ask(self, oids: list[str]) -> None:
        process = self._process = self._process or self._git.start("cat-file", "--batch")
        if process.stdin is None:
            raise GitError("git cat-file has no pipes")
        try:
            process.stdin.write(lines(oids))
            process.stdin.flush()
        except BrokenPipeError as error:
            raise GitError(
                "git cat-file ended early", remedy="check the git installation and the disk"
            ) from error

    def _answer(self, oid: str) -> Stored | None:
        if self._process is None or self._process.stdout is None:
            raise GitError("git cat-file has no pipes")
        stdout = self._process.stdout
        header = stdout.readline().split()
        if len(header) < 3:
            return None
        kind, size = header[1].decode(), int(header[2])
        content = _read(stdout, size, kind == "tree" or size <= LARGEST)
        self._known.add(oid)
        return Stored(kind, size, content)

    def has(self, oid: str) -> bool:
        """Tell whether an object is at hand."""
        return oid in self._known or self.get(oid) is not None

    def absent(self, oids: Iterable[str]) -> tuple[str, ...]:
        """Return those objects that are not at hand, each once."""
        unique = dict.fromkeys(oids)
        self.load(unique)
        return tuple(oid for oid in unique if not self.has(oid))

    def tree(self, oid: str) -> Tree | None:
        """Return a tree, None when it has not been fetched."""
        if oid not in self._trees:
            stored = self.get(oid)
            if stored is None or stored.content is None:
                return None
            self._trees[oid] = trees.parse(stored.content, len(oid) // 2)
        return self._trees[oid]

    def below(self, folders: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Return the ids of folders at paths below other folders, of those that are at hand with
        all on the way.
        """
        pairs = list(dict.fromkeys(folders))
        if not pairs:
            return {}
        finished = self._git.run("cat-file", "--batch-check", stdin=lines(map(":".join, pairs)))
        matches = (_TREE.fullmatch(line) for line in finished.out.split(b"\n"))
        return {
            pair: match[1].decode() for pair, match in zip(pairs, matches, strict=False) if match
        }

    def root(self, commit: str) -> str | None:
        """Return the id of a commit's tree, None when the commit has not been fetched."""
        stored = self.get(commit)
        if stored is None or stored.content is None:
            return None
        if stored.kind != "commit":
            raise GitError(f"{commit} is a {stored.kind}, not a commit")
        return stored.content.split(b"\n", 1)[0].removeprefix(b"tree ").decode()

    def forget(self) -> None:
        """Start over: the objects at hand were thrown away."""
        self.close()
        self._trees.clear()
        self._known.clear()
        self._cache.clear()

    def close(self) -> None:
        """End the reading process."""
        if self._process:
            processes.stop(self._process)
            self._process = None


def _read(stream: IO[bytes], size: int, keep: bool) -> bytes | None:
    if keep:
        return stream.read(size + 1)[:-1]
    left = size + 1
    while left:
        left -= len(stream.read(min(left, _CHUNK)))
    return None
