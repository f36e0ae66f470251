"""Reads files and folders at commits, and fetches what is not at hand."""

from collections.abc import Iterable, Sequence

from gitops_ci.adapters.git.objects import path_walk, paths
from gitops_ci.adapters.git.objects.fetched_objects import FetchedObjects
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.adapters.git.objects.path_walk import Found, MissingObjects
from gitops_ci.adapters.git.objects.trees import TreeEntry
from gitops_ci.adapters.git.values import Content
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.model.git_modes import FOLDER


class FileReader:
    """What has been fetched stays until the end of the run."""

    def __init__(self, objects: Objects, fetched: FetchedObjects) -> None:
        self._objects = objects
        self._fetched = fetched

    def read(self, files: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
        """Return the content of each (commit, path), None where no file is; paths are relative to
        the root, with '/'.

        Raises UsageError for a path that leads out, GitError for a link, submodule, folder or file
        of more than 5 MB.
        """
        entries = self._resolve([(commit, paths.file_parts(path)) for commit, path in files])
        return {
            file: path_walk.content(self._objects, entry, file[1])
            for file, entry in entries.items()
        }

    def read_each(self, files: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Content]:
        """Return the same, where what can't be read of a path is the result of that path alone.

        Raises nothing: where no server answers, UnavailableError is the result of every path.
        """
        contents: dict[tuple[str, str], Content] = dict.fromkeys(files)
        pairs: list[tuple[str, tuple[str, ...]]] = []
        for commit, path in contents:
            try:
                pairs.append((commit, paths.file_parts(path)))
            except GitopsError as error:
                contents[commit, path] = error
        for file, entry in self._resolve_in_halves(pairs).items():
            try:
                contents[file] = path_walk.content(self._objects, entry, file[1])
            except GitopsError as error:
                contents[file] = error
        return contents

    def folders(self, commit: str, folder: str) -> list[str]:
        """Return the names of the folders directly in a folder ('' is the root); empty when there
        is no such folder.
        """
        listing = self.listings([(commit, folder)])[commit, folder]
        return [name for name, (mode, _) in listing.items() if mode == FOLDER]

    def tree_at(self, commit: str, path: str) -> tuple[str, str] | None:
        """Return mode and object id of what is at a path, without its content."""
        entry = self._entries([(commit, path)])[commit, path]
        return (entry.mode, entry.oid) if entry else None

    def listings(
        self, folders: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
        """Return name -> (mode, object id) of what is directly in each (commit, folder), without
        contents.

        Folder '' is the root; a folder that does not exist is empty. Raises GitError for a link on
        the way.
        """
        pairs = list(dict.fromkeys(folders))
        self._fetched.commits(commit for commit, _ in pairs)
        entries = self._entries(pair for pair in pairs if pair[1])
        oids = {
            (commit, folder): _folder_id(entries[commit, folder])
            if folder
            else self._objects.root(commit)
            for commit, folder in pairs
        }
        absent = self._objects.absent(oid for oid in oids.values() if oid)
        if absent:
            self._fetched.missing(MissingObjects(absent))
        return {pair: self._listing(oid) for pair, oid in oids.items()}

    def _resolve(
        self, pairs: Sequence[tuple[str, tuple[str, ...]]]
    ) -> dict[tuple[str, str], Found]:
        self._fetched.commits(commit for commit, _ in pairs)
        return path_walk.resolve(self._objects, pairs, self._fetched.missing, contents=True)

    def _resolve_in_halves(
        self, pairs: Sequence[tuple[str, tuple[str, ...]]]
    ) -> dict[tuple[str, str], Found]:
        """A server that lacks one object refuses the whole fetch: halves find out which one."""
        try:
            return self._resolve(pairs)
        except GitopsError as error:
            if len(pairs) < 2 or isinstance(error, UnavailableError):
                return {(commit, "/".join(parts)): error for commit, parts in pairs}
            middle = len(pairs) // 2
            return self._resolve_in_halves(pairs[:middle]) | self._resolve_in_halves(pairs[middle:])

    def _entries(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], TreeEntry | None]:
        parts = [(commit, paths.file_parts(path)) for commit, path in pairs]
        self._fetched.commits(commit for commit, _ in parts)
        return path_walk.entries(self._objects, parts, self._fetched.missing)

    def _listing(self, oid: str | None) -> dict[str, tuple[str, str]]:
        tree = self._objects.tree(oid) if oid else None
        entries = tree.named() if tree else {}
        return {name: (entry.mode, entry.oid) for name, entry in entries.items()}


def _folder_id(entry: TreeEntry | None) -> str | None:
    return entry.oid if entry and entry.mode == FOLDER else None
