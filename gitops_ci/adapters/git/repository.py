"""A GitOps repository on a server: read files at commits, make one commit, publish it; without a
work tree.
"""

import contextlib
from collections.abc import Iterator, Mapping

from gitops_ci.adapters.git.bare_repository import bare_repository
from gitops_ci.adapters.git.connection.address import GitCredentials
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.connection.remote import MissingBranchError, RemoteServer
from gitops_ci.adapters.git.history import commits
from gitops_ci.adapters.git.objects import path_walk, paths
from gitops_ci.adapters.git.objects.fetched_objects import FetchedObjects
from gitops_ci.adapters.git.objects.file_reader import FileReader
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.adapters.git.objects.trees import TreeEntry
from gitops_ci.adapters.git.publish import new_commit, tagging
from gitops_ci.adapters.git.publish.push import Push, Update
from gitops_ci.adapters.git.publish.remote_notes import RemoteNotes
from gitops_ci.adapters.git.references import References
from gitops_ci.adapters.git.values import Commit, Head, Moved, Published
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError
from gitops_ci.model.git_modes import SUBMODULE


@contextlib.contextmanager
def open_repository(
    url: str, *, credentials: GitCredentials | None, ca_file: str | None, deadline: Deadline
) -> "Iterator[Repository]":
    """Yield the repository at a clean URL; raises as `bare_repository` does."""
    with bare_repository(url, credentials=credentials, ca_file=ca_file, deadline=deadline) as (
        git,
        remote,
        objects,
    ):
        yield Repository(git, remote, objects)


class Repository(FileReader):
    """One run's view of the server."""

    def __init__(self, git: Git, remote: RemoteServer, objects: Objects) -> None:
        super().__init__(objects, FetchedObjects(git, remote, objects))
        self.url = remote.url
        self._git = git
        self.references = References(remote)
        self.notes = RemoteNotes(git, remote, objects, self._fetched)
        self._parents: dict[str, str] = {}
        self._default: str | None = None

    def start(self, depth: int) -> None:
        """Let the server begin with what `head(None, depth=depth)` waits for, while the caller does
        something else.
        """
        self._fetched.start(depth)

    def head(self, branch: str | None, *, depth: int = 1) -> Head:
        """Ask the server where a branch is (None: the one that its HEAD names) and fetch that
        commit.

        ``depth`` levels of folders come along with their files: 2 brings the root, its files and
        its folders' listings.
        """
        if branch is None and self._default is None:
            cloned = self._fetched.default_branch(depth)
            if cloned:
                self._default = paths.branch_name(cloned[0])
                return Head(*cloned)
            self._default = self.references.default_branch()
        name = paths.branch_name(branch or self._default or "")
        try:
            return Head(name, self._fetched.branch(name, depth))
        except MissingBranchError as error:
            raise self.references.missing_branch(name) from error

    def find(self, branch: str) -> Head | None:
        """Return where a branch is, as ``head`` does, and None where there is no such branch."""
        name = paths.branch_name(branch)
        try:
            return Head(name, self._fetched.branch(name, 1))
        except MissingBranchError:
            return None

    def history(self, commit: str) -> Iterator[Commit]:
        """Yield the history of a commit newest first, without files; older commits are fetched as
        the reader goes on.
        """
        self._fetched.commits([commit])
        return commits.read(self._git, commit, lambda depth: self._fetched.deepen(commit, depth))

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
        self._fetched.commits([parent])
        changes = self._changes(
            parent,
            files,
            {path: entry and TreeEntry(*entry) for path, entry in (entries or {}).items()},
        )
        root = self._objects.root(parent) or ""
        with new_commit.read_settings(self._git) as process:
            tree = (
                new_commit.write_root(self._git, self._objects, root, changes) if changes else root
            )
            new = new_commit.write_commit(self._git, process, tree, parent, message)
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
        update = _new_tag(*tag) if tag else None
        return self._pushing().push(paths.branch_name(branch), old, new, update)

    def replace(self, branch: str, old: str | None, new: str) -> Published | Moved:
        """Put a commit made by ``commit`` on a branch of its own, in the place of ``old`` (None:
        the branch does not exist).

        Whoever calls has looked at what is thrown away. Raises as ``push`` does.
        """
        return self._pushing().replace(paths.branch_name(branch), old, new)

    def make_tag(self, name: str, commit: str, message: str) -> str:
        """Make an annotated tag on a commit that is at hand, signed where Git's configuration says
        so; return its object id.
        """
        self._fetched.commits([commit])
        return tagging.make(self._git, paths.branch_name(name), commit, message)

    def push_tag(self, name: str, tag: str) -> None:
        """Publish a tag object under a name that does not exist yet; raises as ``push`` does."""
        self._pushing().create(_new_tag(name, tag))

    def _changes(
        self, parent: str, files: Mapping[str, bytes], entries: Mapping[str, TreeEntry | None]
    ) -> dict[tuple[str, ...], TreeEntry | None]:
        """Store new contents, and fetch whole what is put: the server may not have it where it is
        pushed to.
        """
        parts = {path: paths.file_parts(path) for path in (*files, *entries)}
        before = path_walk.entries(
            self._objects, ((parent, names) for names in parts.values()), self._fetched.missing
        )
        oids = new_commit.write_files(self._git, files.values(), len(parent) // 2)
        changes: dict[tuple[str, ...], TreeEntry | None] = {}
        for path, oid in zip(files, oids, strict=True):
            changes[parts[path]] = new_commit.same_mode(before[parent, path], oid, path)
        for path, entry in entries.items():
            changes[parts[path]] = entry
        self._fetched.whole(
            entry.oid for entry in entries.values() if entry and entry.mode != SUBMODULE
        )
        return changes

    def _pushing(self) -> Push:
        return Push(self._git, self.url, self, self.references)


def _new_tag(name: str, oid: str) -> Update:
    return Update(f"refs/tags/{paths.branch_name(name)}", "", oid)
