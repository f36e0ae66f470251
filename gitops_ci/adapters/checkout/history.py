"""The source repository, read with GitPython: what its revisions are, and the commits between two
of them.

Nothing in it is run or changed: no hook, no program that its configuration names, no replaced or
grafted history, no fetch.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import msgspec

from gitops_ci.adapters.checkout import git_library
from gitops_ci.adapters.checkout.variables import without_inherited
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UsageError
from gitops_ci.base.redaction import one_line, redact
from gitops_ci.model import commit_dates
from gitops_ci.model.names import check_branch
from gitops_ci.model.source_revision import SourceCommit

_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT_ID = re.compile(r"[0-9a-f]{7,63}")
_FORMAT = "%H%x00%P%x00%ct%x00%an%x00%s"
_FIELDS = 5
_SETTINGS = (
    "core.fsmonitor=false",
    "core.commitGraph=false",  # a file that could claim other parents than the commits have
    f"core.hooksPath={os.devnull}",
    "log.showSignature=false",
    "log.mailmap=false",
    "i18n.logOutputEncoding=UTF-8",
)
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    # an older git would fetch what a partial clone lacks, with programs that its config names
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_GRAFT_FILE": os.devnull,
}
_OWNER = "run as its owner, or: git config --global --add safe.directory "


class LogEntry(msgspec.Struct, frozen=True):
    """One commit of the source; ``time`` is the committer's, in seconds since the epoch."""

    id: str
    parents: tuple[str, ...]
    time: int
    author: str
    subject: str


class RevisionDistance(msgspec.Struct, frozen=True):
    """What lies between two revisions: how many commits the newer side adds and takes away, and the
    newest of those added.
    """

    added: int
    removed: int
    commits: tuple[LogEntry, ...]


class SourceRepository:
    """A source repository on this machine, work tree or bare."""

    def __init__(self, folder: Path, deadline: Deadline) -> None:
        self.folder = folder
        self._deadline = deadline

    def resolve(self, text: str) -> str | None:
        """Return the commit that an id, branch, tag or HEAD names, tags peeled; None where there is
        no such thing.

        Raises UsageError for what can't be a name, and for a name that a branch and a tag of
        different commits have.
        """
        if text == "HEAD" or _ID.fullmatch(text):
            return self._peeled(text)
        tag, branch = self.tag(text), self._peeled(f"refs/heads/{text}")
        if tag and branch and tag != branch:
            raise UsageError(
                f"{one_line(text)} is a branch and a tag of different commits in {self.folder}",
                remedy="give the full commit id",
            )
        commit = tag or branch or self._peeled(f"refs/remotes/origin/{text}")
        if not commit and _SHORT_ID.fullmatch(text):
            return self._peeled(text)
        return commit

    def tag(self, name: str) -> str | None:
        """Return the commit that a tag names, None where there is no such tag."""
        return self._peeled(f"refs/tags/{check_branch(name)}")

    def commit(self, oid: str) -> SourceCommit | None:
        """Return a commit as it is stored, held against its id; None where it is not at hand (or is
        no commit).
        """
        code, raw, _ = self._run("cat-file", "commit", oid)
        if code or not _is(oid, raw):
            return None
        headers = [
            line.partition(" ")[::2]
            for line in raw.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
        ]
        trees = [value for name, value in headers if name == "tree"]
        parents = tuple(value for name, value in headers if name == "parent")
        return SourceCommit(oid, trees[0], parents) if trees else None

    def with_tree(self, tree: str, revisions: Iterable[str]) -> list[str]:
        """Return those of some revisions (full ids) that have just these files."""
        commits = (self.commit(oid) for oid in revisions if _ID.fullmatch(oid))
        return [commit.id for commit in commits if commit and commit.tree == tree]

    def between(self, old: str, new: str, limit: int) -> RevisionDistance | None:
        """Return what lies between two full commit ids; None where a part of that history is not at
        hand.
        """
        if self._peeled(old) != old or self._peeled(new) != new:
            return None
        code, counted, _ = self._run("rev-list", "--left-right", "--count", f"{old}...{new}", "--")
        numbers = counted.split()
        if code or len(numbers) != 2 or self._cut(old, new):
            return None
        removed, added = map(int, numbers)
        return RevisionDistance(added, removed, tuple(self._log(f"{old}..{new}", limit)))

    def _log(self, what: str, limit: int) -> Iterator[LogEntry]:
        options = (
            f"--max-count={limit}",
            "--no-show-signature",
            "--no-notes",
            "--no-mailmap",
            f"--format=tformat:{_FORMAT}",
        )
        code, out, err = self._run("log", "-z", *options, what, "--")
        if code:
            raise self._failed(err)
        fields = iter(out.decode("utf-8", "replace").split("\0"))
        while len(batch := list(islice(fields, _FIELDS))) == _FIELDS:
            oid, parents, time, author, subject = batch
            when = commit_dates.read(time)
            yield LogEntry(oid.strip(), tuple(parents.split()), when, author, subject)

    def _cut(self, old: str, new: str) -> bool:
        """Tell whether the history between two commits ends where a shallow clone was cut off."""
        code, shallow, _ = self._run("rev-parse", "--is-shallow-repository")
        if code == 0 and shallow.strip() != b"true":
            return False
        code, roots, _ = self._run("rev-list", "--max-parents=0", f"{old}...{new}", "--")
        commits = (self.commit(oid) for oid in roots.decode().split())
        return bool(code) or any(commit is None or commit.parents for commit in commits)

    def _peeled(self, name: str) -> str | None:
        code, out, _ = self._run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        oid = out.decode("utf-8", "replace").strip()
        return oid if code == 0 and _ID.fullmatch(oid) else None

    def check(self) -> None:
        """Raise GitError, in words, when this is no repository that can be read."""
        code, _, err = self._run("rev-parse", "--git-dir")
        if code:
            raise self._failed(err)

    def _run(self, *arguments: str) -> tuple[int, bytes, str]:
        """Run git; returns exit code, stdout and stderr."""
        settings = [option for setting in _SETTINGS for option in ("-c", setting)]
        options = ["-C", str(self.folder), "--no-pager", "--no-replace-objects", *settings]
        try:
            finished = git_library.run(
                self.folder,
                [*options, *arguments],
                max(0.1, self._deadline.remaining()),
                _ENVIRONMENT,
            )
        except subprocess.TimeoutExpired:
            raise GitError(
                f"git did not answer within {self._deadline.seconds:g} s in {self._shown}",
                remedy="raise --timeout, or name another checkout",
            ) from None
        if finished.code < 0:  # nothing may be concluded from an answer that was cut off
            raise GitError(
                f"git was ended by signal {-finished.code} in {self._shown}", remedy="try again"
            )
        return finished.code, finished.out, finished.err

    @property
    def _shown(self) -> str:
        return one_line(str(self.folder))

    def _failed(self, err: str) -> GitError:
        message = one_line(redact(err))
        if "dubious ownership" in message or "owned by" in message:
            return GitError(
                f"the source repository {self._shown} belongs to somebody else",
                remedy=_OWNER + self._shown,
            )
        problem = f"git says in {self._shown}: {message}"
        if "not a git repository" in message.lower():
            problem = f"{self._shown} is no Git repository"
        return GitError(problem, remedy="name the checkout of the source with --source")


@contextmanager
def open_source(folder: str, deadline: Deadline) -> Iterator[SourceRepository]:
    """Yield the source repository in a folder (or around it); raises GitError when there is none
    that can be read.
    """
    path = Path(folder).absolute()
    try:
        usable = path.is_dir() and os.access(path, os.X_OK)
    except (OSError, ValueError):
        usable = False
    if not usable:
        raise GitError(
            f"there is no folder {one_line(folder)}",
            remedy="name the checkout of the source with --source",
        )
    with without_inherited():
        source = SourceRepository(path, deadline)
        source.check()
        yield source


def _is(oid: str, raw: bytes) -> bool:
    """Tell whether these bytes are the commit of this id."""
    algorithm = hashlib.sha1 if len(oid) == 40 else hashlib.sha256
    return algorithm(b"commit %d\0" % len(raw) + raw).hexdigest() == oid
