"""Reads files at commits: walks the trees level by level and fetches what a level lacks in one go.

Where many files are wanted of many commits, their folders are fetched whole at once, and git finds
the way to each file.
"""

from collections.abc import Callable, Iterable

import msgspec

from gitops_ci.adapters.git.objects import paths
from gitops_ci.adapters.git.objects.objects import LARGEST, Objects
from gitops_ci.adapters.git.objects.trees import TreeEntry
from gitops_ci.base.errors import GitError, GitopsError
from gitops_ci.model.git_modes import FOLDER, REGULAR

Wanted = tuple[str, str]  # commit, path
Found = TreeEntry | GitopsError | None
# roots that lack, and files: from here on all folders at once come sooner than level by level
_MANY = 16


class TreeCursor(msgspec.Struct, frozen=True):
    """Where the walk for one path stands: the object to look at next and the names still to go."""

    commit: str
    parts: tuple[str, ...]
    depth: int
    entry: TreeEntry

    @property
    def folder(self) -> str:
        """The path of the folder in which the wanted file lies."""
        return "/".join(self.parts[:-1])

    @property
    def holds_file(self) -> bool:
        """Whether the object is that folder."""
        return len(self.parts) - self.depth == 1

    @property
    def wants_files(self) -> bool:
        """Whether to fetch the object with its files: a folder at the top may hold everything there
        is, so that only deeper ones are.
        """
        return self.holds_file and self.depth > 1


class MissingObjects(msgspec.Struct, frozen=True):
    """Object ids to fetch before the walk can go on: folders, folders that are wanted with their
    files, and files.

    ``whole``: folders that are wanted with all folders below them, and without files.
    """

    folders: tuple[str, ...] = ()
    with_files: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


def resolve(
    objects: Objects,
    wanted: Iterable[tuple[str, tuple[str, ...]]],
    fetch: Callable[[MissingObjects], None],
    *,
    contents: bool,
) -> dict[Wanted, Found]:
    """Return the entry at every path (None where nothing is), its content at hand if ``contents``
    says so.

    A link or a submodule on the way is the error of that path alone. Commits have to be at hand.
    """
    found: dict[Wanted, Found] = {}
    roots = [
        TreeCursor(commit, parts, 0, _root(objects, commit))
        for commit, parts in dict.fromkeys(wanted)
    ]
    cursors = _beginnings(objects, roots, fetch)
    while cursors:
        _complete(objects, cursors, found if contents else {}, fetch)
        advanced = [_advance(objects, cursor, found) for cursor in cursors]
        cursors = [cursor for cursor in advanced if cursor]
    if contents:
        _complete(objects, [], found, fetch)
    return found


def entries(
    objects: Objects,
    wanted: Iterable[tuple[str, tuple[str, ...]]],
    fetch: Callable[[MissingObjects], None],
) -> dict[Wanted, TreeEntry | None]:
    """Return what `resolve` finds, without contents; raises the first error."""
    found = resolve(objects, wanted, fetch, contents=False)
    return {file: _entry(entry) for file, entry in found.items()}


def content(objects: Objects, entry: Found, path: str) -> bytes | None:
    """Return a file's content, None for none.

    Raises GitError for one on the way to it, and when it is no file or too large.
    """
    entry = _entry(entry)
    if entry is None:
        return None
    paths.check_file(entry, path)
    stored = objects.get(entry.oid)
    if stored is None:
        raise GitError(
            f"the server did not send {path}",
            remedy="check the repository with `git fsck` on the server",
        )
    paths.check_size(stored.size, LARGEST, path)
    return stored.content or b""


def _entry(entry: Found) -> TreeEntry | None:
    if isinstance(entry, GitopsError):
        raise entry
    return entry


def _root(objects: Objects, commit: str) -> TreeEntry:
    oid = objects.root(commit)
    if oid is None:
        raise GitError(f"the server did not send the commit {commit}")
    return TreeEntry(FOLDER, oid)


def _beginnings(
    objects: Objects, cursors: list[TreeCursor], fetch: Callable[[MissingObjects], None]
) -> list[TreeCursor]:
    """Return where the walks begin: where there are many, in the folder that holds the file, if git
    finds it.
    """
    roots = {cursor.entry.oid for cursor in cursors}
    if len(roots) < _MANY or len({cursor.parts for cursor in cursors}) < _MANY:
        return cursors
    absent = objects.absent(cursor.entry.oid for cursor in cursors)
    if len(absent) >= _MANY:
        fetch(MissingObjects(whole=absent))
    folders = objects.below(
        (cursor.entry.oid, cursor.folder) for cursor in cursors if not cursor.holds_file
    )
    return [_moved_to(cursor, folders.get((cursor.entry.oid, cursor.folder))) for cursor in cursors]


def _moved_to(cursor: TreeCursor, oid: str | None) -> TreeCursor:
    """Return the cursor in the file's folder, or as it is where git found no such folder."""
    if oid is None:
        return cursor
    return TreeCursor(cursor.commit, cursor.parts, len(cursor.parts) - 1, TreeEntry(FOLDER, oid))


def _complete(
    objects: Objects,
    cursors: list[TreeCursor],
    found: dict[Wanted, Found],
    fetch: Callable[[MissingObjects], None],
) -> None:
    """Fetch the folders in which cursors stand, together with files found before; without a folder
    that lacks, those files come along with the next level, or at the end.
    """
    folders = objects.absent(cursor.entry.oid for cursor in cursors if not cursor.wants_files)
    with_files = objects.absent(cursor.entry.oid for cursor in cursors if cursor.wants_files)
    absent = folders + with_files
    if not cursors or absent:
        files = _absent_files(objects, found)
        absent += files
        if absent:
            fetch(MissingObjects(folders, with_files, files))
            objects.load(absent)


def _absent_files(objects: Objects, found: dict[Wanted, Found]) -> tuple[str, ...]:
    entries = (entry for entry in found.values() if isinstance(entry, TreeEntry))
    return objects.absent(entry.oid for entry in entries if entry.mode in REGULAR)


def _advance(objects: Objects, cursor: TreeCursor, found: dict[Wanted, Found]) -> TreeCursor | None:
    commit, parts, depth = cursor.commit, cursor.parts, cursor.depth
    tree = objects.tree(cursor.entry.oid)
    if tree is None:
        folder = "/".join(parts[:depth]) or "/"
        raise GitError(f"the server did not send the folder {folder} of {commit}")
    entry = tree.get(parts[depth])
    if entry and entry.mode == FOLDER and not cursor.holds_file:
        return TreeCursor(commit, parts, depth + 1, entry)
    if entry and not cursor.holds_file:
        found[commit, "/".join(parts)] = paths.obstacle(entry, "/".join(parts[: depth + 1]))
    else:
        found[commit, "/".join(parts)] = entry
    return None
