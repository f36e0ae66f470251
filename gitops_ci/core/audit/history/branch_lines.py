"""Pure: which parents of its merges a branch's own line follows. The order of parents proves
nothing, in either direction.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gitops_ci.core.audit.history.graph import Graph
from gitops_ci.model.commits import Delta, LoggedCommit

Differences = Mapping[
    tuple[str, str], tuple[Delta, ...]
]  # what a merge changed against each of its parents


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
        self._begun = (self._first and self.beginnings[self._first]) or frozenset()
        roots = graph.roots(self._first) if self._first else frozenset[str]()
        self._rooted = graph.descendants(roots)

    def commits(self, branch: str) -> Mapping[str, LoggedCommit]:
        """Return the commits with the parent that the branch follows first, in merges where that is
        another one.
        """
        turned: dict[str, LoggedCommit] = {}
        wanted = [self._graph.descendants([old]) for old in self._old(branch)]
        wanted += [self._begun] if branch == self._policy_branch else []
        wanted += [self._rooted]
        here = self._graph.commits.get(self._heads[branch])
        while here:
            parent = self._followed(here, wanted)
            if parent != next(iter(here.parents), None) and parent is not None:
                turned[here.id] = self._turned(here, parent)
            here = self._graph.commits.get(parent) if parent else None
        return {**self._graph.commits, **turned} if turned else self._graph.commits

    def strange(self, step: LoggedCommit, side: Sequence[LoggedCommit]) -> list[LoggedCommit]:
        """Return those commits that a merge brought which share no beginning with what it
        follows.
        """
        if all(commit.parents for commit in side):
            return []
        own = self._graph.descendants(
            self._graph.roots(step.parents[0]) | self._graph.roots(self._first or step.parents[0])
        )
        return [each for each in side if each.id not in own]

    def _old(self, branch: str) -> list[str]:
        old = self._published.get(branch)
        return [old] if old and old in self._graph.commits else []

    def _first_beginning(self) -> str | None:
        """Return the commit that added gitops.yaml: of several, the one that was published, or that
        has most of the history.
        """
        old = self._published.get(self._policy_branch)
        known = [name for name, after in self.beginnings.items() if old in after]
        found = known or list(self.beginnings)
        return max(found, key=lambda name: len(self.beginnings[name]), default=None)

    def _followed(self, commit: LoggedCommit, wanted: Sequence[frozenset[str]]) -> str | None:
        parents = list(dict.fromkeys(commit.parents))
        for held in wanted if len(parents) > 1 else ():
            parents = [parent for parent in parents if parent in held] or parents
        return parents[0] if parents else None

    def _turned(self, merge: LoggedCommit, parent: str) -> LoggedCommit:
        others = tuple(each for each in merge.parents if each != parent)
        return replace(merge, parents=(parent, *others), deltas=self._differences[merge.id, parent])
