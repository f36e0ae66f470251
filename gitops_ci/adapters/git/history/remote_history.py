"""The whole history of a repository on a server: all commits and folders, without contents."""

from collections.abc import Callable

from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.connection.remote import MissingBranchError, RemoteServer
from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.adapters.git.objects import paths
from gitops_ci.adapters.git.objects.fetched_objects import FetchedObjects
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.adapters.git.objects.path_walk import MissingObjects
from gitops_ci.adapters.git.publish import note_tree
from gitops_ci.adapters.git.references import References
from gitops_ci.adapters.git.values import Head


class RemoteHistory:
    """Its branches, notes and tags as they are fetched; `archive` reads through them."""

    def __init__(self, git: Git, remote: RemoteServer, objects: Objects) -> None:
        self._git = git
        self._objects = objects
        self._fetched = FetchedObjects(git, remote, objects)
        self._references = References(remote)

    def archive(self) -> Archive:
        """Return what has been fetched, to be read through."""
        return Archive(
            self._git,
            self._objects,
            lambda oids: self._fetched.missing(MissingObjects(files=tuple(oids))),
        )

    def whole_history(self, branch: str | None) -> Head:
        """Fetch a branch, None: the one that the server's HEAD names. Raises GitError."""
        name = paths.branch_name(branch or self.default_branch())
        try:
            return Head(name, self._fetched.whole_history(f"refs/heads/{name}"))
        except MissingBranchError as error:
            raise self._references.missing_branch(name) from error

    def default_branch(self) -> str:
        """Return the branch that the server's HEAD names; raises GitError when it names none."""
        return self._references.default_branch()

    def whole_notes(self) -> str | None:
        """Fetch the notes with their folders; None when there are none."""
        try:
            return self._fetched.whole_history(note_tree.REFERENCE)
        except MissingBranchError:
            return None

    def tags(self, wanted: Callable[[str], bool]) -> dict[str, str]:
        """Fetch the tags that are wanted, with the commits they name, and return their object ids
        by name.
        """
        tags = self._references.tags(wanted)
        self._fetched.tags(tags)
        return tags
