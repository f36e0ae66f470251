"""A GitOps repository on a server: read files at commits, make one commit, publish it; without a
work tree.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_ci.adapters.git.connection.address import GitCredentials, local_path
from gitops_ci.adapters.git.connection.environment import git_environment
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.connection.remote import MissingBranchError, RemoteServer
from gitops_ci.adapters.git.history import history
from gitops_ci.adapters.git.objects import path_walk, paths
from gitops_ci.adapters.git.objects.fetched_objects import FetchedObjects
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.adapters.git.objects.path_walk import Found, MissingObjects
from gitops_ci.adapters.git.objects.trees import FOLDER, SUBMODULE, TreeEntry
from gitops_ci.adapters.git.publish import new_commit, note_tree, tagging
from gitops_ci.adapters.git.publish.push import Push, Update
from gitops_ci.adapters.git.publish.remote_notes import RemoteNotes
from gitops_ci.adapters.git.values import Commit, Content, Head, Moved, Notes, Published, Tag
from gitops_ci.base import temporary
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, GitopsError, UnavailableError
from gitops_ci.base.redaction import one_line

if TYPE_CHECKING:
    from gitops_ci.adapters.git.history.archive import Archive


@contextlib.contextmanager
def open_repository(
    url: str, *, credentials: GitCredentials | None, ca_file: str | None, deadline: Deadline
) -> "Iterator[Repository]":
    """Yield the repository at a clean URL; whatever happens, nothing stays in the temporary folder.

    Raises GitError when there is no such local folder, UsageError for unusable credentials or
    certificates.
    """
    _check_local(url)
    folder = _temporary_folder()
    try:
        bare = folder / "repository"
        bare.mkdir()
        environment = git_environment(
            url, bare, credentials=credentials, ca_file=ca_file, deadline=deadline
        )
        git = Git(bare, environment, deadline)
        objects = Objects(git)
        remote = RemoteServer(git, url)
        try:
            yield Repository(git, remote, objects)
        finally:
            remote.close()
            objects.close()
    finally:
        temporary.remove(folder)


class Repository:
    """One run's view of the server: what has been fetched stays until the end of the run."""

    def __init__(self, git: Git, remote: RemoteServer, objects: Objects) -> None:
        self.url = remote.url
        self._git = git
        self._remote = remote
        self._objects = objects
        self._store = FetchedObjects(git, remote, objects)
        self._notebook = RemoteNotes(git, remote, objects, self._store)
        self._parents: dict[str, str] = {}
        self._default: str | None = None

    def start(self, depth: int) -> None:
        """Let the server begin with what `head(None, depth=depth)` waits for, while the caller does
        something else.
        """
        self._store.start(depth)

    def head(self, branch: str | None, *, depth: int = 1) -> Head:
        """Ask the server where a branch is (None: the one that its HEAD names) and fetch that
        commit.

        ``depth`` levels of folders come along with their files: 2 brings the root, its files and
        its folders' listings.
        """
        if branch is None and self._default is None:
            found = self._store.default_branch(depth)
            if found:
                self._default = paths.branch_name(found[0])
                return Head(*found)
            self._default = self.default_branch()
        name = paths.branch_name(branch or self._default or "")
        try:
            return Head(name, self._store.branch(name, depth))
        except MissingBranchError as error:
            raise paths.missing_branch(self.url, name, self._remote.branches()) from error

    def read(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
        """Return the content of each (commit, path), None where no file is; paths are relative to
        the root, with '/'.

        Raises UsageError for a path that leads out, GitError for a link, submodule, folder or file
        of more than 5 MB.
        """
        pairs = [(commit, paths.file_parts(path)) for commit, path in wanted]
        self._store.commits(commit for commit, _ in pairs)
        entries = path_walk.resolve(self._objects, pairs, self._store.missing, contents=True)
        return {
            place: path_walk.content(self._objects, entry, place[1])
            for place, entry in entries.items()
        }

    def read_each(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Content]:
        """Return the same, where what can't be read of a path is the result of that path alone.

        Raises nothing: where no server answers, UnavailableError is the result of every path.
        """
        places = list(dict.fromkeys(wanted))
        pairs: list[tuple[str, tuple[str, ...]]] = []
        found: dict[tuple[str, str], Content] = {}
        for commit, path in places:
            try:
                pairs.append((commit, paths.file_parts(path)))
            except GitopsError as error:
                found[commit, path] = error
        for place, entry in self._resolved(pairs).items():
            try:
                found[place] = path_walk.content(self._objects, entry, place[1])
            except GitopsError as error:
                found[place] = error
        return {place: found[place] for place in places}

    def _resolved(
        self, pairs: Sequence[tuple[str, tuple[str, ...]]]
    ) -> dict[tuple[str, str], Found]:
        """Find files, in halves where the server refuses: for one object that it lacks it sends
        nothing.
        """
        try:
            self._store.commits(commit for commit, _ in pairs)
            return path_walk.resolve(self._objects, pairs, self._store.missing, contents=True)
        except GitopsError as error:
            if len(pairs) < 2 or isinstance(error, UnavailableError):
                return {(commit, "/".join(parts)): error for commit, parts in pairs}
            middle = len(pairs) // 2
            return self._resolved(pairs[:middle]) | self._resolved(pairs[middle:])

    def folders(self, commit: str, folder: str) -> list[str]:
        """Return the names of the folders directly in a folder ('' is the root); empty when there
        is no such folder.
        """
        self._store.commits([commit])
        oid = self._objects.root(commit)
        if folder:
            entry = self._entry(commit, folder)
            oid = entry.oid if entry and entry.mode == FOLDER else None
        if oid is None:
            return []
        if not self._objects.has(oid):
            self._store.missing(MissingObjects((oid,), (), ()))
        tree = self._objects.tree(oid)
        return tree.folders() if tree else []

    def tree_at(self, commit: str, path: str) -> tuple[str, str] | None:
        """Return mode and object id of what is at a path, without its content."""
        self._store.commits([commit])
        entry = self._entry(commit, path)
        return (entry.mode, entry.oid) if entry else None

    def listings(
        self, wanted: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
        """Return name -> (mode, object id) of what is directly in each (commit, folder), without
        contents.

        Folder '' is the root; a folder that does not exist is empty. Raises GitError for a link on
        the way.
        """
        pairs = list(dict.fromkeys(wanted))
        self._store.commits(commit for commit, _ in pairs)
        below = [(commit, paths.file_parts(folder)) for commit, folder in pairs if folder]
        entries = path_walk.entries(self._objects, below, self._store.missing)
        oids = {
            pair: self._objects.root(pair[0]) if not pair[1] else _folder_id(entries[pair])
            for pair in pairs
        }
        absent = tuple(
            dict.fromkeys(oid for oid in oids.values() if oid and not self._objects.has(oid))
        )
        if absent:
            self._store.missing(MissingObjects(absent, (), ()))
        return {pair: self._named(oid) for pair, oid in oids.items()}

    def commit(
        self,
        parent: str,
        files: Mapping[str, bytes],
        message: str,
        *,
        entries: Mapping[str, tuple[str, str] | None] | None = None,
    ) -> str:
        """Make a commit on top of ``parent`` and return its id.

        ``files`` get new contents; ``entries`` are existing objects (mode, id) to put, or None for
        what is taken away. Raises GitError when a path is no file, or when the commit can't be
        signed.
        """
        self._store.commits([parent])
        parts = {path: paths.file_parts(path) for path in (*files, *(entries or {}))}
        before = path_walk.entries(
            self._objects, ((parent, name) for name in parts.values()), self._store.missing
        )
        oids = new_commit.write_files(self._git, files.values(), len(parent) // 2)
        changes: dict[tuple[str, ...], TreeEntry | None] = {}
        for path, oid in zip(files, oids, strict=True):
            changes[parts[path]] = new_commit.same_mode(before[parent, path], oid, path)
        changes |= {
            parts[path]: TreeEntry(*entry) if entry else None
            for path, entry in (entries or {}).items()
        }
        self._store.whole(
            entry[1] for entry in (entries or {}).values() if entry and entry[0] != SUBMODULE
        )
        root = self._objects.root(parent) or ""
        with new_commit.asked_settings(self._git) as popen:
            tree = (
                new_commit.write_root(self._git, self._objects, root, changes) if changes else root
            )
            new = new_commit.write_commit(self._git, popen, tree, parent, message)
        self._parents[new] = parent
        return new

    def push(
        self, branch: str, old: str, new: str, tag: tuple[str, str] | None = None
    ) -> Published | Moved:
        """Publish a commit made by ``commit`` on a branch that was read at ``old``; never forces.

        A new ``tag`` (name, object made by ``make_tag``) goes with it, both or none where the
        server can do that. Raises GitError with the server's words when it is refused for good,
        UnavailableError out of time.
        """
        ancestor = new
        while ancestor != old:
            if ancestor not in self._parents:
                raise GitError(f"the commit {new} does not stand on {old}: it is not published")
            ancestor = self._parents[ancestor]
        update = Update(f"refs/tags/{paths.branch_name(tag[0])}", "", tag[1]) if tag else None
        return self._pushing().push(paths.branch_name(branch), old, new, update)

    def replace(self, branch: str, old: str | None, new: str) -> Published | Moved:
        """Put a commit made by ``commit`` on a branch of its own, in the place of ``old`` (None:
        the branch does not exist).

        Whoever calls has looked at what is thrown away. Raises as ``push`` does.
        """
        return self._pushing().replace(paths.branch_name(branch), old, new)

    def find(self, branch: str) -> Head | None:
        """Return where a branch is, as ``head`` does, and None where there is no such branch."""
        name = paths.branch_name(branch)
        try:
            return Head(name, self._store.branch(name, 1))
        except MissingBranchError:
            return None

    def tag(self, name: str) -> Tag | None:
        """Ask the server for a tag and the commit to which it leads; None where there is none."""
        reference = f"refs/tags/{paths.branch_name(name)}"
        found = self._listed(reference, f"{reference}^{{}}")
        own = found.get(reference)
        return Tag(name, own, found.get(f"{reference}^{{}}", own)) if own else None

    def tagged(self, oid: str) -> str | None:
        """Ask the server for the commit to which an annotated tag with this object id leads; None
        where there is none.
        """
        self._remote.create()
        listed = {
            line[1]: line[0] for line in self._remote.listing("--tags", "origin") if len(line) > 1
        }
        return next(
            (
                listed[f"{name}^{{}}"]
                for name, own in listed.items()
                if own == oid and f"{name}^{{}}" in listed
            ),
            None,
        )

    def make_tag(self, name: str, commit: str, message: str) -> str:
        """Make an annotated tag on a commit that is at hand, signed where Git's configuration says
        so; return its object id.
        """
        self._store.commits([commit])
        return tagging.make(self._git, paths.branch_name(name), commit, message)

    def push_tag(self, name: str, tag: str) -> None:
        """Publish a tag object under a name that does not exist yet; raises as ``push`` does."""
        self._pushing().create(Update(f"refs/tags/{paths.branch_name(name)}", "", tag))

    def reference_id(self, reference: str) -> str | None:
        """Ask the server for the object id of a reference; None where there is none."""
        return self._listed(reference).get(reference)

    def history(self, commit: str) -> Iterator[Commit]:
        """Yield the history of a commit newest first, without files; older commits are fetched as
        the reader goes on.
        """
        self._store.commits([commit])
        return history.read(self._git, commit, lambda depth: self._store.deepen(commit, depth))

    def notes(self, commits: Iterable[str]) -> Notes:
        """Return the notes of commits as the server has them now, those of commits that have
        one.
        """
        return self._notebook.read(commits)

    def notes_head(self) -> str | None:
        """Ask the server where the notes are, and fetch nothing; None when there are none."""
        return self._notebook.head()

    def annotate(self, additions: Mapping[str, bytes], message: str) -> Published:
        """Append lines to the notes of commits, beside all that others write there meanwhile; never
        forces.

        Lines that are there already are not written again: then ``already`` is set, and the commit
        is the notes' head. Raises GitError with the server's words when it is refused for good,
        UnavailableError out of time.
        """
        return self._notebook.append(additions, message)

    def _pushing(self) -> Push:
        return Push(self._git, self.url, self)

    def _listed(self, *references: str) -> dict[str, str]:
        self._remote.create()
        lines = self._remote.listing("origin", *references)
        return {line[1]: line[0] for line in lines if len(line) > 1 and line[1] in references}

    def whole_history(self, branch: str | None) -> Head:
        """Fetch a branch (None: the one that the server's HEAD names) with all commits and folders,
        without contents.

        For a repository that nothing else is read from: what `head` fetched would be left out.
        Raises GitError.
        """
        name = paths.branch_name(branch or self.default_branch())
        try:
            return Head(name, self._store.whole_history(f"refs/heads/{name}"))
        except MissingBranchError as error:
            raise paths.missing_branch(self.url, name, self._remote.branches()) from error

    def whole_notes(self) -> str | None:
        """Fetch the notes with their folders, without contents; None when there are none."""
        try:
            return self._store.whole_history(note_tree.REFERENCE)
        except MissingBranchError:
            return None

    def tags(self, wanted: Callable[[str], bool]) -> dict[str, str]:
        """Fetch the tags that are wanted, with the commits they name, and return their object ids
        by name.
        """
        self._remote.create()
        prefix = "refs/tags/"
        listed = [
            line for line in self._remote.listing("--refs", "--tags", "origin") if len(line) > 1
        ]
        found = {
            line[1].removeprefix(prefix): line[0]
            for line in listed
            if wanted(line[1].removeprefix(prefix))
        }
        self._store.tags(found)
        return found

    def archive(self) -> "Archive":
        """Return what has been fetched by `whole_history`, to be read through."""
        from gitops_ci.adapters.git.history.archive import (
            Archive,
        )  # no operation reads a whole history

        return Archive(
            self._git,
            self._objects,
            lambda oids: self._store.missing(MissingObjects((), (), tuple(oids))),
        )

    def default_branch(self) -> str:
        """Return the branch that the server's HEAD names; raises GitError when it names none."""
        self._remote.create()
        for line in self._remote.listing("--symref", "origin", "HEAD"):
            target, _, name = line[0].partition(" ")
            if target == "ref:" and name.startswith("refs/heads/"):
                return paths.branch_name(name.removeprefix("refs/heads/"))
        if not self._remote.branches():
            raise paths.missing_branch(self.url, "", ())
        raise GitError(
            f"the HEAD of {self.url} names no branch", remedy="name the branch with --branch"
        )

    def _named(self, oid: str | None) -> dict[str, tuple[str, str]]:
        tree = self._objects.tree(oid) if oid else None
        return (
            {name: (entry.mode, entry.oid) for name, entry in tree.named().items()} if tree else {}
        )

    def _entry(self, commit: str, path: str) -> TreeEntry | None:
        entries = path_walk.entries(
            self._objects, [(commit, paths.file_parts(path))], self._store.missing
        )
        return entries[commit, path]


def _folder_id(entry: TreeEntry | None) -> str | None:
    return entry.oid if entry and entry.mode == FOLDER else None


def _check_local(url: str) -> None:
    path = local_path(url)
    if path is None:
        return
    if not os.path.isdir(path):
        raise GitError(f"there is no folder {one_line(path)}", remedy="check --repo")


def _temporary_folder() -> Path:
    try:
        return temporary.make_folder("gitops-ci-")
    except OSError as error:
        raise GitError(
            f"no temporary folder can be made: {error.strerror}", remedy="check TMPDIR and the disk"
        ) from error
