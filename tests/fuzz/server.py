"""The bare repository of a history: the program run on it, its hook, and commits of any kind."""

import functools
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from msgspec import Struct, field

from gitops_ci.usecases import clock
from tests import in_process, repositories, run_folder
from tests.fuzz.identities import HAND, Identities

BEGIN = 1_700_000_000  # a Tuesday
NONE = "0" * 40
HEADS = "refs/heads/"


class Entry(Struct, frozen=True):
    """A file of a tree."""

    mode: str
    oid: str


File = bytes | Entry | None  # None: it is not there


class Answer(Struct, frozen=True):
    """What the program said."""

    code: int
    result: Mapping[str, Any]
    err: str

    @property
    def refused_gates(self) -> frozenset[str]:
        """Return application and gate of what did not hold."""
        return frozenset(
            f"{each['app']} {each['gate']}"
            for each in self.result["gates"]
            if each["state"] in {"refused", "pending"}
        )

    @property
    def violations(self) -> list[Mapping[str, Any]]:
        return [each for each in self.result["findings"] if each["severity"] == "violation"]


class NewCommit(Struct, frozen=True, kw_only=True):
    """A commit to write: ``files`` are changes of those of ``base``, the first parent where none is
    given. ``when`` is the time of the server where None.
    """

    files: Mapping[str, File] = {}
    message: str = "by hand"
    parents: tuple[str, ...] = ()
    base: str | None = None
    when: int | None = None
    who: str = HAND
    signed: bool = False


class Server(Struct):
    """One bare repository. ``now`` is the time of its machine, of the program and of commits.

    ``signing``: whether the program signs what it commits.
    """

    folder: Path
    identities: Identities
    signing: bool = False
    now: int = BEGIN
    bare: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        self.bare = repositories.init(self.folder / "gitops.git")

    def run(self, *words: str, stdin: bytes = b"") -> Answer:
        """Run the program at the server's time."""
        file = self.folder / "result.json"
        file.unlink(missing_ok=True)
        command = [*words, "--repo", str(self.bare), "--result-file", str(file)]
        with mock.patch.object(clock, "now", lambda: self.now):
            ended = in_process.run(command, self.folder, self._environ(), stdin=stdin)
        err = ended.err.decode("utf-8", "replace")
        if not file.exists():
            raise AssertionError(f"{' '.join(words)} ended with {ended.code}: {err}")
        return Answer(ended.code, json.loads(file.read_bytes()), err)

    def hook(self, pushed: Mapping[str, str | None]) -> Answer:
        """Ask the hook about references that are pushed."""
        before = self.references()
        lines = "".join(
            f"{before.get(name, NONE)} {new or NONE} {name}\n" for name, new in pushed.items()
        )
        return self.run("audit", "--hook", "--branch", "main", stdin=lines.encode())

    def audit(self) -> Answer:
        """Audit the whole history."""
        return self.run("audit", "--branch", "main")

    def references(self) -> dict[str, str]:
        """Return where each reference stands."""
        return repositories.references(self.bare)

    def head(self, branch: str) -> str:
        return self.references()[f"{HEADS}{branch}"]

    def move(self, references: Mapping[str, str | None]) -> None:
        """Let references stand elsewhere, whatever the hook says; None: nowhere."""
        lines = [
            f"update {name} {new}\n" if new else f"delete {name}\n"
            for name, new in references.items()
        ]
        self.git("update-ref", "--stdin", stdin="".join(lines).encode())

    @contextmanager
    def moved(self, references: Mapping[str, str | None]) -> Iterator[None]:
        """Let references stand elsewhere for a while."""
        before = self.references()
        self.move(references)
        try:
            yield
        finally:
            self.move({name: before.get(name) for name in references})

    def files(self, commit: str) -> dict[str, Entry]:
        """Return every file of a commit."""
        lines = self.git("ls-tree", "-r", "-z", commit).split("\0")
        pairs = (line.split("\t", 1) for line in lines if line)
        return {path: Entry(*meta.split()[::2]) for meta, path in pairs}

    def content(self, commit: str, path: str) -> str:
        """Return the text of a file."""
        return self.git("cat-file", "blob", f"{commit}:{path}")

    def entry(self, mode: str, content: bytes) -> Entry:
        """Write a content; return the entry of a tree that has it."""
        return Entry(mode, self.git("hash-object", "-w", "--stdin", stdin=content).strip())

    def message(self, commit: str) -> str:
        return self.git("log", "-1", "--format=%B", commit)

    def commit(self, new: NewCommit) -> str:
        """Write a commit that no reference names; return its id."""
        base = new.base or (new.parents[0] if new.parents else None)
        files: dict[str, File] = {**(self.files(base) if base else {}), **new.files}
        lines = [b"feature done\ncommit refs/fuzz/new\nmark :1\n", self._head(new)]
        for path, file in files.items():
            lines += _lines(path, file)
        lines.append(b"get-mark :1\nreset refs/fuzz/new\nfrom %s\n\ndone\n" % NONE.encode())
        unsigned = self.git(
            "fast-import", "--quiet", "--force", "--date-format=raw-permissive",
            stdin=b"".join(lines),
        ).strip()  # fmt: skip
        return self._signed(new, unsigned) if new.signed else unsigned

    def _head(self, new: NewCommit) -> bytes:
        when = self.now if new.when is None else new.when
        message = new.message.encode()
        lines = [f"committer {new.who} {when} +0000\ndata {len(message)}\n".encode(), message]
        for word, parent in zip(_words(), new.parents, strict=False):
            lines.append(f"\n{word} {parent}".encode())
        return b"".join([*lines, b"\ndeleteall\n"])

    def _signed(self, new: NewCommit, unsigned: str) -> str:
        parents = [word for each in new.parents for word in ("-p", each)]
        words = ["commit-tree", "-S", *parents, "-F", "-", f"{unsigned}^{{tree}}"]
        return self.git(*words, stdin=new.message.encode()).strip()

    def git(self, *words: str, stdin: bytes = b"") -> str:
        """Run git in the repository, with the server's time; return what it printed."""
        command = ["git", "-C", str(self.bare), *words]
        done = subprocess.run(
            command, check=False, capture_output=True, input=stdin, env=self._environ()
        )
        if done.returncode:
            raise AssertionError(f"{' '.join(words)}: {done.stderr.decode()}")
        return done.stdout.decode("utf-8", "surrogateescape")

    def _environ(self) -> dict[str, str]:
        home = self.identities.signing_home if self.signing else self.identities.home
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{self.now} +0000")
        return {**_surroundings(), "HOME": str(home), **dates}


def _words() -> Iterator[str]:
    yield "from"
    while True:
        yield "merge"


def _lines(path: str, file: File) -> Sequence[bytes]:
    if isinstance(file, Entry):
        return [f"M {file.mode} {file.oid} {path}\n".encode()]
    if file is None:
        return []
    return [f"M 100644 inline {path}\ndata {len(file)}\n".encode(), file, b"\n"]


@functools.cache
def _surroundings() -> Mapping[str, str]:
    """Return what programs need of the environment: each process costs the more the larger it is."""
    needed = ("PATH", "TMPDIR", "LANG", "GIT_CONFIG_NOSYSTEM", run_folder.VARIABLE)
    return {name: os.environ[name] for name in needed if name in os.environ}
