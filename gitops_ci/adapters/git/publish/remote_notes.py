"""The notes on the server: read as they are now, and appended to by compare-and-swap; a lost race
merges by union.
"""

import logging
from collections.abc import Iterable, Mapping

import msgspec

from gitops_ci.adapters.git.connection import failures
from gitops_ci.adapters.git.connection.process import Git, TimedOutError
from gitops_ci.adapters.git.connection.remote import MissingBranchError, RemoteServer
from gitops_ci.adapters.git.objects.fetched_objects import FetchedObjects
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.adapters.git.objects.trees import TreeEntry
from gitops_ci.adapters.git.publish import new_commit, note_tree
from gitops_ci.adapters.git.publish.note_tree import REFERENCE, NoteEntry
from gitops_ci.adapters.git.publish.push import is_permanent_auth_failure, push_once
from gitops_ci.adapters.git.values import Notes, Published
from gitops_ci.base.errors import GitError, GitopsError, UnavailableError
from gitops_ci.base.retry import Retry
from gitops_ci.model.git_modes import FILE

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5  # seconds, or what a try takes where that is less
_DOUBLINGS = 3
_FOREIGN = (
    f"something else than Git notes stands there: look at it with git log {REFERENCE}, and "
    "delete it if nobody needs it"
)


class _NotesHead(msgspec.Struct, frozen=True):
    """What the notes are now: their commit and root tree (None: no notes yet), and the entries of
    some commits.
    """

    commit: str | None
    root: str | None
    entries: Mapping[str, list[NoteEntry]]


class RemoteNotes:
    """The notes of one repository."""

    def __init__(
        self, git: Git, remote: RemoteServer, objects: Objects, fetched: FetchedObjects
    ) -> None:
        self._git = git
        self._remote = remote
        self._objects = objects
        self._fetched = fetched

    def head(self) -> str | None:
        """Ask the server for the newest commit of the notes, and fetch nothing; None when there is
        none.
        """
        return self._remote.references("origin", REFERENCE).get(REFERENCE)

    def read(self, commits: Iterable[str]) -> Notes:
        """Return the notes of commits as the server has them now, those of commits that have
        one.
        """
        asked = tuple(dict.fromkeys(commits))
        head = self._fetch_head(asked)
        texts = {
            commit: note_tree.text(self._objects, commit, entries)
            for commit, entries in head.entries.items()
        }
        return Notes(head.commit, texts, asked)

    def append(self, additions: Mapping[str, bytes], message: str) -> Published:
        """Append lines to the notes of commits, beside all that others write there meanwhile; never
        forces.

        Lines that are there already are not written again: then ``already`` is set, and the commit
        is the notes' head. Raises GitError with the server's words when it is refused for good,
        UnavailableError out of time.
        """
        retry = Retry(self._git.deadline, lambda taken: min(taken, _FIRST_PAUSE), steps=_DOUBLINGS)
        before: str | None = None
        failed: GitopsError | None = None
        while True:
            head = self._fetch_after(failed, additions) if failed else self._fetch_head(additions)
            changes = self._changes(head, additions)
            if not changes:
                return Published(head.commit or "", already=True)
            if failed and not isinstance(failed, UnavailableError) and head.commit == before:
                raise failed
            new = self._commit(head, changes, message)
            failed = self._push(head.commit, new)
            if failed is None:
                return Published(new, already=False)
            if is_permanent_auth_failure(failed):
                raise failed
            retry.wait(failed)
            log.info("%s: reading them again (try %d)", failed.message, retry.attempt)
            before = head.commit

    def _fetch_head(self, commits: Iterable[str]) -> _NotesHead:
        try:
            commit = self._fetched.reference(REFERENCE, 1)
        except MissingBranchError:
            return _NotesHead(None, None, {})
        try:
            root = self._objects.root(commit) or ""
        except GitError as error:
            raise GitError(
                f"{REFERENCE} can't be read: {error.message}", remedy=_FOREIGN
            ) from error
        return _NotesHead(
            commit, root, note_tree.find(self._objects, root, commits, self._fetched.missing)
        )

    def _fetch_after(self, failed: GitopsError, additions: Mapping[str, bytes]) -> _NotesHead:
        try:
            return self._fetch_head(additions)
        except UnavailableError as error:
            raise _unclear(error) from failed

    def _changes(
        self, head: _NotesHead, additions: Mapping[str, bytes]
    ) -> dict[tuple[str, ...], TreeEntry | None]:
        """Return the new entries of the notes that lack lines; each note keeps its place."""
        texts: dict[tuple[str, ...], bytes] = {}
        modes: dict[tuple[str, ...], str] = {}
        for commit, addition in additions.items():
            entries = head.entries.get(commit, [])
            missing = note_tree.missing_lines(
                note_tree.text(self._objects, commit, entries), addition
            )
            if missing:
                path = entries[0].path if entries else (commit[:2], commit[2:])
                texts[path] = note_tree.joined(
                    [note_tree.text(self._objects, commit, entries[:1]), missing]
                )
                modes[path] = entries[0].entry.mode if entries else FILE
        length = len(next(iter(additions), "")) // 2
        oids = new_commit.write_files(self._git, texts.values(), length)
        return {path: TreeEntry(modes[path], oid) for path, oid in zip(texts, oids, strict=True)}

    def _commit(
        self, head: _NotesHead, changes: Mapping[tuple[str, ...], TreeEntry | None], message: str
    ) -> str:
        with new_commit.read_settings(self._git) as process:
            tree = new_commit.write_root(self._git, self._objects, head.root, changes)
            return new_commit.write_commit(self._git, process, tree, head.commit, message)

    def _push(self, old: str | None, new: str) -> GitopsError | None:
        """Push once; return None when the server took it, else why not."""
        try:
            report = push_once(self._git, REFERENCE, old or "", new)
        except TimedOutError as error:
            raise _unclear(error) from error
        if report is None:
            return None
        refusal = failures.failure(f"can't write {REFERENCE} of {self._remote.url}", report.text)
        if not isinstance(refusal, UnavailableError) and not is_permanent_auth_failure(refusal):
            refusal.remedy = (
                f"let this login create and push {REFERENCE} on the server (docs/checks.md); "
                f"{refusal.remedy}"
            )
        return refusal


def _unclear(error: UnavailableError) -> UnavailableError:
    return UnavailableError(
        f"{error.message}; it could not be found out whether the lines are in {REFERENCE} now",
        remedy="run the same again: a result that is recorded twice does no harm",
    )
