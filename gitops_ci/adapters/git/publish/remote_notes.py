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
from gitops_ci.adapters.git.objects.trees import FILE, TreeEntry
from gitops_ci.adapters.git.publish import new_commit, note_tree
from gitops_ci.adapters.git.publish.note_tree import REFERENCE, NoteEntry
from gitops_ci.adapters.git.publish.push import is_permanent_auth_failure, push_once
from gitops_ci.adapters.git.values import Notes, Published
from gitops_ci.base.errors import GitError, GitopsError, UnavailableError
from gitops_ci.base.retry import Retry

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5  # seconds, or what a try takes where that is less
_DOUBLINGS = 3
_FOREIGN = (
    f"something else than Git notes stands there: look at it with git log {REFERENCE}, and "
    "delete it if nobody needs it"
)


class _NotesHead(msgspec.Struct, frozen=True):
    """What the notes are now: their commit and root tree (None: no notes yet), and where those of
    some commits lie.
    """

    commit: str | None
    root: str | None
    spots: Mapping[str, list[NoteEntry]]


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
        """Ask the server for the newest commit of the notes, None when there is none."""
        return self._remote.references("origin", REFERENCE).get(REFERENCE)

    def read(self, commits: Iterable[str]) -> Notes:
        """Return the notes of commits as the server has them now."""
        asked = tuple(dict.fromkeys(commits))
        page = self._page(asked)
        texts = {
            commit: note_tree.text(self._objects, commit, spots)
            for commit, spots in page.spots.items()
        }
        return Notes(page.commit, texts, asked)

    def append(self, additions: Mapping[str, bytes], message: str) -> Published:
        """Append the lines that are not there yet, again on a lost race; see
        `Repository.annotate`.
        """
        retry = Retry(self._git.deadline, lambda taken: min(taken, _FIRST_PAUSE), steps=_DOUBLINGS)
        before: str | None = None
        failed: GitopsError | None = None
        while True:
            page = self._again(additions, failed) if failed else self._page(additions)
            changes = self._changes(page, additions)
            if not changes:
                return Published(page.commit or "", already=True)
            if failed and not isinstance(failed, UnavailableError) and page.commit == before:
                raise failed
            new = self._commit(page, changes, message)
            failed = self._push(page.commit, new)
            if failed is None:
                return Published(new, already=False)
            if is_permanent_auth_failure(failed):
                raise failed
            retry.wait(failed)
            log.info("%s: reading them again (try %d)", failed.message, retry.attempt)
            before = page.commit

    def _page(self, commits: Iterable[str]) -> _NotesHead:
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

    def _again(self, additions: Mapping[str, bytes], failed: GitopsError) -> _NotesHead:
        try:
            return self._page(additions)
        except UnavailableError as error:
            raise _unclear(error) from failed

    def _changes(
        self, page: _NotesHead, additions: Mapping[str, bytes]
    ) -> dict[tuple[str, ...], TreeEntry | None]:
        """Return the new entries of the notes that lack lines; each note keeps its place."""
        texts: dict[tuple[str, ...], bytes] = {}
        modes: dict[tuple[str, ...], str] = {}
        for commit, addition in additions.items():
            spots = page.spots.get(commit, [])
            missing = note_tree.missing_lines(
                note_tree.text(self._objects, commit, spots), addition
            )
            if missing:
                path = spots[0].path if spots else (commit[:2], commit[2:])
                texts[path] = note_tree.joined(
                    [note_tree.text(self._objects, commit, spots[:1]), missing]
                )
                modes[path] = spots[0].entry.mode if spots else FILE
        length = len(next(iter(additions), "")) // 2
        oids = new_commit.write_files(self._git, texts.values(), length)
        return {path: TreeEntry(modes[path], oid) for path, oid in zip(texts, oids, strict=True)}

    def _commit(
        self, page: _NotesHead, changes: Mapping[tuple[str, ...], TreeEntry | None], message: str
    ) -> str:
        with new_commit.read_settings(self._git) as process:
            tree = new_commit.write_root(self._git, self._objects, page.root, changes)
            return new_commit.write_commit(self._git, process, tree, page.commit, message)

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
