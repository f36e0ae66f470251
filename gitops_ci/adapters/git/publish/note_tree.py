"""Git notes: where the note of a commit lies in the tree, whatever git's fan-out (ab/cdef...,
abcdef..., ab/cd/ef...).
"""

from collections.abc import Callable, Iterable

import msgspec

from gitops_ci.adapters.git.objects.objects import LARGEST, Objects
from gitops_ci.adapters.git.objects.path_walk import MissingObjects
from gitops_ci.adapters.git.objects.trees import FOLDER, REGULAR, TreeEntry
from gitops_ci.base.errors import GitError

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
    spots: dict[str, list[NoteEntry]] = {}
    steps = [_TreeCursor(commit, (), commit, root) for commit in dict.fromkeys(commits)]
    while steps:
        absent = tuple(dict.fromkeys(step.folder for step in steps if not objects.has(step.folder)))
        if absent:
            fetch(MissingObjects((), absent, ()))
        steps = [deeper for step in steps for deeper in _look(objects, step, spots)]
    blobs = dict.fromkeys(
        note_entry.entry.oid for note_entries in spots.values() for note_entry in note_entries
    )
    objects.load(blobs)
    missing = tuple(oid for oid in blobs if not objects.has(oid))
    if missing:
        fetch(MissingObjects((), (), missing))
    return spots


def text(objects: Objects, commit: str, spots: Iterable[NoteEntry]) -> bytes:
    """Return the note of a commit; raises GitError when it is too large or not there."""
    return joined([_content(objects, commit, note_entry) for note_entry in spots])


def joined(texts: Iterable[bytes]) -> bytes:
    """Return texts one after the other, each ending with its line."""
    kept = [each for each in texts if each]
    return b"".join(
        each if each.endswith(b"\n") else each + b"\n" for each in kept[:-1]
    ) + b"".join(kept[-1:])


def missing_lines(note: bytes, addition: bytes) -> bytes:
    """Return those lines of an addition that a note has not, each once."""
    known = set(note.split(b"\n"))
    return b"".join(
        line + b"\n" for line in dict.fromkeys(addition.split(b"\n")) if line and line not in known
    )


def _look(
    objects: Objects, step: _TreeCursor, spots: dict[str, list[NoteEntry]]
) -> Iterable[_TreeCursor]:
    tree = objects.tree(step.folder)
    if tree is None:
        raise GitError(f"the server did not send all of {REFERENCE}", remedy=_CHECK)
    entry = tree.get(step.rest)
    if entry and entry.mode in REGULAR:
        spots.setdefault(step.commit, []).append(NoteEntry((*step.path, step.rest), entry))
    head, rest = step.rest[:2], step.rest[2:]
    folder = tree.get(head) if rest else None
    if folder and folder.mode == FOLDER:
        yield _TreeCursor(step.commit, (*step.path, head), rest, folder.oid)


def _content(objects: Objects, commit: str, note_entry: NoteEntry) -> bytes:
    stored = objects.get(note_entry.entry.oid)
    if stored is None:
        raise GitError(
            f"the server did not send the note of {commit}",
            remedy="check the repository with `git fsck` on the server",
        )
    if stored.kind != "blob" or stored.content is None:
        raise GitError(
            f"the note of commit {commit} in {REFERENCE} is larger than {LARGEST // 1_000_000} MB",
            remedy=f"take it away: git notes --ref {REFERENCE.removeprefix('refs/notes/')} remove "
            f"{commit}",
        )
    return stored.content
