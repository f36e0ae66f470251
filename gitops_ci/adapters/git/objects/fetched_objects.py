"""The throw-away repository as a store: what is not at hand is fetched, by object id where the
server allows that.
"""

from collections.abc import Iterable, Sequence

from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.connection.remote import RefusedObjectIdError, RemoteServer
from gitops_ci.adapters.git.history.commits import EVERYTHING
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.adapters.git.objects.path_walk import MissingObjects
from gitops_ci.model.git_modes import SUBMODULE

_ONE_LEVEL = "tree:1"
_WITH_FILES = "combine:tree:2+blob:limit=256k"  # of a folder: itself and the files directly in it


class FetchedObjects:
    """Knows the references that were fetched, and whether the server sends single objects."""

    def __init__(self, git: Git, remote: RemoteServer, objects: Objects) -> None:
        self._git = git
        self._remote = remote
        self._objects = objects
        self._references: dict[str, str] = {}
        self._depth = 1
        self._by_name_only = False
        self._clone_tried = False
        # after a tree:0 fetch: a server that is offered such a commit as a `have` leaves out trees
        # that were never sent
        self._has_treeless_commits = False

    def start(self, depth: int) -> None:
        """Let the server begin with what `default_branch` waits for."""
        self._depth = max(self._depth, depth)
        self._remote.start_clone(f"tree:{self._depth}")

    def default_branch(self, depth: int) -> tuple[str, str] | None:
        """Fetch what the server's HEAD names, if that can be had at once and nothing has been
        fetched yet.
        """
        if self._references or self._clone_tried:
            return None
        self._clone_tried = True
        self._depth = max(self._depth, depth)
        return self._remote.clone(f"tree:{self._depth}")

    def branch(self, name: str, depth: int) -> str:
        """Fetch the newest commit of a branch with so many levels of folders, and return its id."""
        self._depth = max(self._depth, depth)
        return self.reference(f"refs/heads/{name}", self._depth)

    def reference(self, name: str, depth: int) -> str:
        """Fetch the newest commit of a reference with so many levels of folders, and return its
        id.
        """
        # a server sends only what the commits that git offers do not reach, also what the filter
        # left out here: they are offered to fetch the same reference again alone
        negotiate = list(self._references) == [name] and not self._has_treeless_commits
        return self._fetch_reference(name, depth=1, spec=f"tree:{depth}", negotiate=negotiate)

    def whole_history(self, name: str) -> str:
        """Fetch a reference with its whole history and all folders, but no file contents, and
        return its id.
        """
        return self._fetch_reference(name, depth=None, spec="blob:none", negotiate=True)

    def tags(self, names: Iterable[str]) -> None:
        """Fetch tags with the commits that they name, without files."""
        refspecs = [f"+refs/tags/{name}:refs/gitops-ci-tags/{name}" for name in names]
        if refspecs:
            self._has_treeless_commits = True
            self._remote.fetch(refspecs, filter_spec=self._filter("tree:0"))

    def commits(self, commits: Iterable[str]) -> None:
        """Fetch the commits that are not at hand, with the listing of their root."""
        self._remote.create()
        missing = self._objects.absent(commits)
        if missing:
            self._by_id(missing, depth=1, filter_spec=_ONE_LEVEL)

    def missing(self, missing: MissingObjects) -> None:
        """Fetch what a level of the walk lacks, in one go."""
        if missing.whole:  # a limit on depth would cost the server ten times as much
            self._by_id(missing.whole, depth=None, filter_spec="blob:none")
        # one filter holds for the whole fetch; what it leaves out comes with the next level
        oids = missing.folders + missing.with_files + missing.files
        spec = _WITH_FILES if missing.with_files and not missing.folders else _ONE_LEVEL
        if oids:
            self._by_id(oids, depth=None, filter_spec=spec)

    def whole(self, oids: Iterable[str]) -> None:
        """Fetch objects with everything below them, because they are pushed to where they may not
        be yet.
        """
        level = list(dict.fromkeys(oids))
        while level:
            missing = self._objects.absent(level)
            if missing:
                self._by_id(missing, depth=None, filter_spec=None)
            level = [child for oid in level for child in self._children(oid)]

    def deepen(self, commit: str, depth: int) -> None:
        """Fetch so many commits of a commit's history, without their files."""
        self._has_treeless_commits = True
        if not self._by_name_only:
            try:
                return self._remote.fetch([commit], depth=depth, filter_spec="tree:0")
            except RefusedObjectIdError:
                pass
        return self._remote.fetch(self._refspecs(), depth=depth, filter_spec=self._filter("tree:0"))

    def _fetch_reference(self, name: str, *, depth: int | None, spec: str, negotiate: bool) -> str:
        self._remote.create()
        ours = self._references.get(name, f"refs/gitops-ci/{len(self._references)}")
        self._remote.fetch(
            [f"+{name}:{ours}"], depth=depth, filter_spec=self._filter(spec), negotiate=negotiate
        )
        self._references[name] = ours
        return (self._git.folder / ours).read_text(encoding="ascii").strip()

    def _by_id(self, oids: Sequence[str], *, depth: int | None, filter_spec: str | None) -> None:
        if not self._by_name_only:
            try:
                return self._remote.fetch(
                    oids, depth=depth, filter_spec=filter_spec, negotiate=False
                )
            except RefusedObjectIdError:
                self._start_over()
        if not all(self._objects.has(oid) for oid in oids):
            self._remote.fetch(self._refspecs(), depth=EVERYTHING, filter_spec=None)
        return None

    def _start_over(self) -> None:
        """Fetch the references again, whole: the server believes that we have what its filter left
        out.
        """
        self._by_name_only = True
        self._objects.forget()
        self._remote.discard()
        self._remote.fetch(self._refspecs(), depth=1, filter_spec=None)

    def _refspecs(self) -> list[str]:
        return [f"+{name}:{ours}" for name, ours in self._references.items()]

    def _filter(self, spec: str) -> str | None:
        return None if self._by_name_only else spec

    def _children(self, oid: str) -> list[str]:
        stored = self._objects.get(oid)
        tree = self._objects.tree(oid) if stored and stored.kind == "tree" else None
        entries = tree.named().values() if tree else ()
        return [entry.oid for entry in entries if entry.mode != SUBMODULE]
