"""Git notes: where the note of a commit lies in the tree, whatever git's fan-out (ab/cdef...,
abcdef..., ab/cd/ef...).
"""

from collections.abc import Callable, Iterable

import msgspec

from gitops_ci.adapters.git.objects.objects import LARGEST, Objects
from gitops_ci.adapters.git.objects.path_walk import MissingObjects
from gitops_ci.adapters.git.objects.trees import TreeEntry
from gitops_ci.base.errors import GitError
from gitops_ci.model.git_modes import FOLDER, REGULAR

REFERENCE = "refs/notes/gitops-ci"
_CHECK = "check the repository with `git fsck` on the server"


class NoteEntry(msgspec.Struct, frozen=True):
    """A note: its path in the notes' tree, from folder to folder, and the object."""

    path: tuple[str, ...]
    entry: TreeEntry


class _TreeCursor(msgspec.Struct, frozen=True):
    commit: str
    path: tuple[str, ...]
    rest: str
    folder: str


def find(
    objects: Objects, root: str, commits: Iterable[str], fetch: Callable[[MissingObjects], None]
) -> dict[str, list[NoteEntry]]:
    """Return where the notes of commits lie, their contents at hand; git reads all of several that
    one commit has.
    """
    notes: dict[str, list[NoteEntry]] = {}
    cursors = [_TreeCursor(commit, (), commit, root) for commit in dict.fromkeys(commits)]
    while cursors:
        folders = objects.absent(cursor.folder for cursor in cursors)
        if folders:
            fetch(MissingObjects(with_files=folders))
        cursors = [below for cursor in cursors for below in _descend(objects, cursor, notes)]
    files = objects.absent(note.entry.oid for entries in notes.values() for note in entries)
    if files:
        fetch(MissingObjects(files=files))
    return notes


def text(objects: Objects, commit: str, notes: Iterable[NoteEntry]) -> bytes:
    """Return the note of a commit; raises GitError when it is too large or not there."""
    return joined([_content(objects, commit, note) for note in notes])


def joined(texts: Iterable[bytes]) -> bytes:
    """Return texts one after the other, each ending with its line."""
    *before, last = [text for text in texts if text] or [b""]
    return b"".join(text.removesuffix(b"\n") + b"\n" for text in before) + last


def missing_lines(note: bytes, addition: bytes) -> bytes:
    """Return those lines of an addition that a note has not, each once."""
    there = {b"", *note.split(b"\n")}
    lines = dict.fromkeys(addition.split(b"\n"))
    return b"".join(line + b"\n" for line in lines if line not in there)


def _descend(
    objects: Objects, cursor: _TreeCursor, notes: dict[str, list[NoteEntry]]
) -> Iterable[_TreeCursor]:
    """Add the note that lies in a folder, and yield the folder in which another one may lie."""
    tree = objects.tree(cursor.folder)
    if tree is None:
        raise GitError(f"the server did not send all of {REFERENCE}", remedy=_CHECK)
    entry = tree.get(cursor.rest)
    if entry and entry.mode in REGULAR:
        notes.setdefault(cursor.commit, []).append(NoteEntry((*cursor.path, cursor.rest), entry))
    head, rest = cursor.rest[:2], cursor.rest[2:]
    folder = tree.get(head) if rest else None
    if folder and folder.mode == FOLDER:
        yield _TreeCursor(cursor.commit, (*cursor.path, head), rest, folder.oid)


def _content(objects: Objects, commit: str, note: NoteEntry) -> bytes:
    stored = objects.get(note.entry.oid)
    if stored is None:
        raise GitError(f"the server did not send the note of {commit}", remedy=_CHECK)
    if stored.kind != "blob" or stored.content is None:
        raise GitError(
            f"the note of commit {commit} in {REFERENCE} is larger than {LARGEST // 1_000_000} MB",
            remedy=f"take it away: git notes --ref {REFERENCE.removeprefix('refs/notes/')} remove "
            f"{commit}",
        )
    return stored.content
