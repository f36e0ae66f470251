"""Which parents of its merges a branch's own line follows: their order proves nothing."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gitops_ci.core.audit.history.graph import Graph
from gitops_ci.model.commits import Delta, LoggedCommit

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
    that is known.
    """

    def __init__(
        self,
        graph: Graph,
        differences: Differences,
        policy_branch: str,
        heads: Mapping[str, str],
        published: Mapping[str, str],
    ) -> None:
        self._graph = graph
        self._differences = differences
        self._heads = heads
        self._published = published
        self.beginnings = graph.beginnings()
        self._policy_branch = policy_branch
        self._first = self._first_beginning()
        none = frozenset[str]()
        self._since_first = self.beginnings[self._first] if self._first else none
        self._rooted = graph.descendants(graph.roots(self._first) if self._first else none)

    def commits(self, branch: str) -> Mapping[str, LoggedCommit]:
        """Return the commits with the parent that the branch follows first, in merges where that is
        another one.
        """
        commits = self._graph.commits
        reordered: dict[str, LoggedCommit] = {}
        preferred = self._preferred(branch)
        commit = commits.get(self._heads[branch])
        while commit and commit.parents:
            parent = _followed(commit, preferred)
            if parent != commit.parents[0]:
                reordered[commit.id] = self._with_first(parent, commit)
            commit = commits.get(parent)
        return {**commits, **reordered} if reordered else commits

    def _preferred(self, branch: str) -> list[frozenset[str]]:
        """Return whose members a branch follows before others: what stands on the published line,
        on the first gitops.yaml, on the first commit.
        """
        published = self._published.get(branch)
        preferred = [self._rooted]
        if branch == self._policy_branch:
            preferred.insert(0, self._since_first)
        if published and published in self._graph.commits:
            preferred.insert(0, self._graph.descendants([published]))
        return preferred

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
        return replace(merge, parents=(parent, *others), deltas=self._differences[merge.id, parent])


def _followed(commit: LoggedCommit, preferred: Sequence[frozenset[str]]) -> str:
    """Return the parent that a line follows; each preference counts only among what the ones before
    it left.
    """
    parents: Sequence[str] = commit.parents
    for members in preferred:
        parents = [parent for parent in parents if parent in members] or parents
    return parents[0]
