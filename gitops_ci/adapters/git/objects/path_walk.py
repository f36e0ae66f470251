"""Reads files at commits: walks the trees level by level and fetches what a level lacks in one go.

Where many files are wanted of many commits, their folders are fetched whole at once, and git finds
the way to each file.
"""

from collections.abc import Callable, Iterable

import msgspec

from gitops_ci.adapters.git.objects import paths
from gitops_ci.adapters.git.objects.objects import LARGEST, Objects
from gitops_ci.adapters.git.objects.trees import FOLDER, REGULAR, TreeEntry
from gitops_ci.base.errors import GitError, GitopsError

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
    def so_far(self) -> str:
        """Return the path of the object."""
        return "/".join(self.parts[: self.depth])

    def holds_file(self) -> bool:
        """Tell whether the object is the folder in which the wanted file lies."""
        return len(self.parts) - self.depth == 1


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
    steps = _beginnings(
        objects,
        [
            TreeCursor(commit, parts, 0, _root(objects, commit))
            for commit, parts in dict.fromkeys(wanted)
        ],
        fetch,
    )
    while steps:
        _complete(objects, steps, found if contents else {}, fetch)
        steps = [step for step in (_advance(objects, step, found) for step in steps) if step]
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
    return {place: _sound(entry) for place, entry in found.items()}


def content(objects: Objects, entry: Found, path: str) -> bytes | None:
    """Return a file's content, None for none.

    Raises GitError for one on the way to it, and when it is no file or too large.
    """
    entry = _sound(entry)
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


def _sound(entry: Found) -> TreeEntry | None:
    if isinstance(entry, GitopsError):
        raise entry
    return entry


def _root(objects: Objects, commit: str) -> TreeEntry:
    oid = objects.root(commit)
    if oid is None:
        raise GitError(f"the server did not send the commit {commit}")
    return TreeEntry(FOLDER, oid)


def _beginnings(
    objects: Objects, steps: list[TreeCursor], fetch: Callable[[MissingObjects], None]
) -> list[TreeCursor]:
    """Return where the walks begin: where there are many, in the folder that holds the file, if git
    finds it.
    """
    roots = dict.fromkeys(step.entry.oid for step in steps)
    if len(roots) < _MANY or len({step.parts for step in steps}) < _MANY:
        return steps
    objects.load(roots)
    absent = tuple(oid for oid in roots if not objects.has(oid))
    if len(absent) >= _MANY:
        fetch(MissingObjects(whole=absent))
    folders = objects.below(
        (step.entry.oid, "/".join(step.parts[:-1])) for step in steps if not step.holds_file()
    )
    return [
        _skipped(step, folders.get((step.entry.oid, "/".join(step.parts[:-1])))) for step in steps
    ]


def _skipped(step: TreeCursor, folder: str | None) -> TreeCursor:
    """Return a walk that begins in the file's folder, or the same one where git found no such
    folder.
    """
    return (
        TreeCursor(step.commit, step.parts, len(step.parts) - 1, TreeEntry(FOLDER, folder))
        if folder
        else step
    )


def _complete(
    objects: Objects,
    steps: list[TreeCursor],
    found: dict[Wanted, Found],
    fetch: Callable[[MissingObjects], None],
) -> None:
    objects.load(step.entry.oid for step in steps)
    folders: dict[str, None] = {}
    with_files: dict[str, None] = {}
    for step in steps:
        if not objects.has(step.entry.oid):
            # a folder at the top may hold everything there is: only deeper ones are fetched with
            # their files
            (with_files if step.holds_file() and step.depth > 1 else folders)[step.entry.oid] = None
    if steps and not (folders or with_files):
        return  # files come along with the next level, or at the end
    files = _absent_files(objects, found)
    if folders or with_files or files:
        fetch(MissingObjects(tuple(folders), tuple(with_files), tuple(files)))
        objects.load((*folders, *with_files, *files))


def _absent_files(objects: Objects, found: dict[Wanted, Found]) -> list[str]:
    entries = (entry for entry in found.values() if isinstance(entry, TreeEntry))
    regular = list(dict.fromkeys(entry.oid for entry in entries if entry.mode in REGULAR))
    objects.load(regular)
    return [oid for oid in regular if not objects.has(oid)]


def _advance(objects: Objects, step: TreeCursor, found: dict[Wanted, Found]) -> TreeCursor | None:
    tree = objects.tree(step.entry.oid)
    if tree is None:
        raise GitError(f"the server did not send the folder {step.so_far or '/'} of {step.commit}")
    entry = tree.get(step.parts[step.depth])
    path = "/".join(step.parts[: step.depth + 1])
    if step.holds_file() or entry is None:
        found[step.commit, "/".join(step.parts)] = entry
        return None
    if entry.mode != FOLDER:
        found[step.commit, "/".join(step.parts)] = paths.obstacle(entry, path)
        return None
    return TreeCursor(step.commit, step.parts, step.depth + 1, entry)
