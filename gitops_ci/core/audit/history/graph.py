"""A history as a graph: what one commit has in its history and another one has not, and where it
begins.
"""

import heapq
from collections.abc import Iterable, Mapping

from gitops_ci.core.config.reader import FILE
from gitops_ci.model.commits import LoggedCommit

_ONE, _OTHER = 1, 2


class Graph:
    """Commits by id, parents before children as a walk gives them."""

    def __init__(self, commits: Mapping[str, LoggedCommit]) -> None:
        self.commits = commits
        self._order = {name: position for position, name in enumerate(commits)}
        self._exclusive: dict[tuple[str, str], tuple[LoggedCommit, ...]] = {}

    def exclusive(self, one: str, other: str) -> tuple[LoggedCommit, ...]:
        """Return what is in the history of one commit and not in that of another, oldest first;
        itself counts as in it.

        Costs what lies between the two and their common ancestors, not the whole history.
        """
        if (one, other) not in self._exclusive:
            self._exclusive[one, other] = tuple(self._walked(one, other))
        return self._exclusive[one, other]

    def _walked(self, one: str, other: str) -> list[LoggedCommit]:
        sides: dict[str, int] = {}  # of what waits: whose history it is in
        waiting: list[tuple[int, str]] = []
        commits: list[LoggedCommit] = []

        def meet(name: str, side: int) -> int:
            before = sides.get(name, 0)
            sides[name] = before | side
            if not before:
                heapq.heappush(waiting, (-self._order[name], name))
            return (sides[name] == _ONE) - (before == _ONE)

        # how many that wait are in the one history only, as far as is known
        alone = meet(one, _ONE) + meet(other, _OTHER)
        while alone:
            _, name = heapq.heappop(waiting)
            side = sides.pop(name)
            if side == _ONE:
                alone -= 1
                commits.append(self.commits[name])
            alone += sum(
                meet(parent, side) for parent in self.commits[name].parents if parent in self._order
            )
        return commits[::-1]

    def descendants(self, names: Iterable[str]) -> frozenset[str]:
        """Return all commits that have one of some in their history, and those themselves."""
        descendants = set(names)
        for name, commit in self.commits.items():
            if not descendants.isdisjoint(commit.parents):
                descendants.add(name)
        return frozenset(descendants)

    def roots(self, head: str) -> frozenset[str]:
        """Return the commits without parents in the history of a commit."""
        seen: set[str] = set()
        waiting = [head]
        while waiting:
            name = waiting.pop()
            if name in self.commits and name not in seen:
                seen.add(name)
                waiting += self.commits[name].parents
        return frozenset(name for name in seen if not self.commits[name].parents)

    def beginnings(self) -> dict[str, frozenset[str]]:
        """Return the commits that added gitops.yaml where no commit before them had it, each with
        its descendants.
        """
        with_file: set[str] = set()
        begun: set[str] = set()
        beginnings: list[str] = []
        for name, commit in self.commits.items():
            delta = next((delta for delta in commit.deltas if delta.path == FILE), None)
            if delta.after if delta else not with_file.isdisjoint(commit.parents[:1]):
                with_file.add(name)
            if not begun.isdisjoint(commit.parents):
                begun.add(name)
            elif name in with_file:
                beginnings.append(name)
                begun.add(name)
        return {name: self.descendants([name]) for name in beginnings}
