"""Which parents of its merges a branch's own line follows: their order proves nothing."""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from gitops_ci.core.audit.history.arrivals import claims_of, files, records
from gitops_ci.core.audit.history.graph import Graph
from gitops_ci.model.commits import Delta, LoggedCommit
from gitops_ci.model.operation import Record

# what a merge changed against each of its parents, by their ids
Differences = Mapping[tuple[str, str], tuple[Delta, ...]]


def pairs(commits: Mapping[str, LoggedCommit]) -> list[tuple[str, str]]:
    """Return every merge with each of its parents but the first, whose differences the walk gives
    already.
    """
    merges = (commit for commit in commits.values() if len(commit.parents) > 1)
    return [(merge.id, parent) for merge in merges for parent in dict.fromkeys(merge.parents[1:])]


class BranchLines:
    """How the branches of one history are followed: ``published`` is where each stood before, if
    that is known; ``environments`` has the branches of those that live on another one than the
    policy, None where that is not known yet.
    """

    def __init__(
        self,
        graph: Graph,
        differences: Differences,
        policy_branch: str,
        heads: Mapping[str, str],
        published: Mapping[str, str],
        branch_of: Callable[[Record], str] | None,
    ) -> None:
        self._graph = graph
        self._differences = differences
        self._heads = heads
        self._published = published
        known = {name: head for name, head in published.items() if head in graph.commits}
        self._after_published = {name: graph.descendants([head]) for name, head in known.items()}
        self.beginnings = graph.beginnings()
        self._policy_branch = policy_branch
        self._first = self._first_beginning()
        none = frozenset[str]()
        self._since_first = self.beginnings[self._first] if self._first else none
        self._rooted = graph.descendants(graph.roots(self._first) if self._first else none)
        self._read = self._read_heads(branch_of)

    def commits(self, branch: str) -> Mapping[str, LoggedCommit]:
        """Return the commits with the parent that the branch follows first, in merges where that is
        another one.
        """
        commits = self._graph.commits
        reordered: dict[str, LoggedCommit] = {}
        preferred = self._preferred(branch)
        commit = commits.get(self._heads[branch])
        while commit and commit.parents:
            parent = self._followed(branch, commit, preferred)
            if parent != commit.parents[0]:
                reordered[commit.id] = self._with_first(parent, commit)
            commit = commits.get(parent)
        return {**commits, **reordered} if reordered else commits

    def _preferred(self, branch: str) -> list[frozenset[str]]:
        """Return whose members a branch follows before others: what stands on the published line,
        on the first gitops.yaml, on the first commit.
        """
        preferred = [self._rooted]
        if branch == self._policy_branch:
            preferred.insert(0, self._since_first)
        if branch in self._after_published:
            preferred.insert(0, self._after_published[branch])
        return preferred

    def was_published(self, branch: str, one: str, other: str) -> bool:
        """Tell whether a branch is known to have stood at what only one of two commits has in its
        history: a push says so, or operations that read the rules there.
        """
        if branch in self._after_published:
            published = self._after_published[branch]
            return one in published and other not in published
        return self._was_read(branch, one, other)

    def _was_read(self, branch: str, one: str, other: str) -> bool:
        heads = self._read.get(branch, set())
        return any(commit.id in heads for commit in self._graph.exclusive(one, other))

    def _read_heads(self, branch_of: Callable[[Record], str] | None) -> dict[str, set[str]]:
        """Return by branch where operations say that it stood: they are made on top of it, and name
        the commit whose rules they read.
        """
        heads: dict[str, set[str]] = {}
        for commit in self._graph.commits.values():
            for record in records(commit):
                if branch_of:
                    heads.setdefault(branch_of(record), set()).update(commit.parents)
                if record.policy:
                    heads.setdefault(self._policy_branch, set()).add(record.policy)
        return heads

    def unrelated(self, step: LoggedCommit, side: Sequence[LoggedCommit]) -> list[LoggedCommit]:
        """Return the commits that a merge brought and that share no beginning with what it
        follows.
        """
        if all(commit.parents for commit in side):
            return []
        followed = step.parents[0]
        roots = self._graph.roots(followed) | self._graph.roots(self._first or followed)
        related = self._graph.descendants(roots)
        return [commit for commit in side if commit.id not in related]

    def _followed(
        self, branch: str, merge: LoggedCommit, preferred: Sequence[frozenset[str]]
    ) -> str:
        """Return the parent that a line follows; each preference counts only among what the ones
        before it left.
        """
        parents: Sequence[str] = list(dict.fromkeys(merge.parents))
        for members in preferred:
            parents = [parent for parent in parents if parent in members] or parents
        if len(parents) > 1:
            parents = _unbeaten(
                parents, lambda one, other: self._was_head(branch, merge, one, other)
            )
        if len(parents) > 1:
            parents = _unbeaten(parents, lambda one, other: self._is_kept(merge, one, other))
        return parents[0]

    def _was_head(self, branch: str, merge: LoggedCommit, one: str, other: str) -> bool:
        """Tell whether operations read what only one of two parents has, and the merge keeps what
        was done there.
        """
        return self._was_read(branch, one, other) and self._keeps(
            merge, one, self._operated(one, other)
        )

    def _is_kept(self, merge: LoggedCommit, one: str, other: str) -> bool:
        """Tell whether a merge has the file of one parent where operations behind both wrote it."""
        both = self._operated(one, other) & self._operated(other, one)
        return bool(both) and self._keeps(merge, one, both)

    def _keeps(self, merge: LoggedCommit, parent: str, paths: set[str]) -> bool:
        return paths.isdisjoint(delta.path for delta in self.differences_of(merge, parent))

    def _operated(self, one: str, other: str) -> set[str]:
        """Return the files that operations wrote which only one of two parents has."""
        commits = self._graph.exclusive(one, other)
        return {delta.path for commit in commits if claims_of(commit) for delta in files(commit)}

    def differences_of(self, merge: LoggedCommit, parent: str) -> Sequence[Delta]:
        """Return what a merge changed against one of its parents."""
        original = self._graph.commits[merge.id]  # its first parent may not be the one followed
        if parent == original.parents[0]:
            return original.deltas
        return self._differences[merge.id, parent]

    def _first_beginning(self) -> str | None:
        """Return the commit that added gitops.yaml: of several, the one that was published, or that
        has most of the history.
        """
        published = self._published.get(self._policy_branch)
        known = [name for name, after in self.beginnings.items() if published in after]
        names = known or list(self.beginnings)
        return max(names, key=lambda name: len(self.beginnings[name]), default=None)

    def _with_first(self, parent: str, merge: LoggedCommit) -> LoggedCommit:
        others = tuple(other for other in merge.parents if other != parent)
        return replace(merge, parents=(parent, *others), deltas=self.differences_of(merge, parent))


def _unbeaten(parents: Sequence[str], beats: Callable[[str, str], bool]) -> Sequence[str]:
    """Return the parents that no other one beats without being beaten by it; all where none is."""
    unbeaten = [
        parent
        for parent in parents
        if not any(beats(other, parent) and not beats(parent, other) for other in parents)
    ]
    return unbeaten or parents
