"""The branches and tags that the server lists, asked for anew each time."""

from collections.abc import Callable

from gitops_ci.adapters.git.connection.remote import RemoteServer
from gitops_ci.adapters.git.objects import paths
from gitops_ci.adapters.git.values import Tag
from gitops_ci.base.errors import GitError

_TAGS = "refs/tags/"


class References:
    """What the server of a repository names; nothing of it is fetched."""

    def __init__(self, remote: RemoteServer) -> None:
        self._url = remote.url
        self._remote = remote

    def default_branch(self) -> str:
        """Return the branch that the server's HEAD names; raises GitError when it names none."""
        for line in self._remote.listing("--symref", "origin", "HEAD"):
            target, _, name = line[0].partition(" ")
            if target == "ref:" and name.startswith("refs/heads/"):
                return paths.branch_name(name.removeprefix("refs/heads/"))
        if not self._remote.branches():
            raise paths.missing_branch(self._url, "", ())
        raise GitError(
            f"the HEAD of {self._url} names no branch", remedy="name the branch with --branch"
        )

    def missing_branch(self, name: str) -> GitError:
        """Return the error for a branch that the server does not have."""
        return paths.missing_branch(self._url, name, self._remote.branches())

    def object_id(self, reference: str) -> str | None:
        """Return the object id of a reference; None where there is none."""
        return self._remote.references("origin", reference).get(reference)

    def tag(self, name: str) -> Tag | None:
        """Return a tag and the commit to which it leads; None where there is none."""
        reference = f"{_TAGS}{paths.branch_name(name)}"
        peeled = f"{reference}^{{}}"
        listed = self._remote.references("origin", reference, peeled)
        oid = listed.get(reference)
        return Tag(name, oid, listed.get(peeled, oid)) if oid else None

    def tagged_commit(self, oid: str) -> str | None:
        """Return the commit to which the annotated tag with this object id leads; None where there
        is none.
        """
        listed = self._remote.references("--tags", "origin")
        commits = (listed.get(f"{name}^{{}}") for name, own in listed.items() if own == oid)
        return next((commit for commit in commits if commit), None)

    def tags(self, wanted: Callable[[str], bool]) -> dict[str, str]:
        """Return the object ids of the tags that are wanted, by name."""
        listed = self._remote.references("--refs", "--tags", "origin")
        names = {reference.removeprefix(_TAGS): oid for reference, oid in listed.items()}
        return {name: oid for name, oid in names.items() if wanted(name)}
