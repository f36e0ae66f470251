"""Where the history of a branch begins for the ledger: with gitops.yaml; and which other beginnings
merges brought.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from gitops_ci.adapters.git import Commit, Repository
from gitops_ci.core import ledger
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.operation import Snapshot
from gitops_ci.usecases.ledger.branch_history import BranchHistories

_PROBES = 12  # commits that are looked at in one fetch where a bisection needs many


class AdoptionFinder:
    """Finds, once for each branch, the commit that added gitops.yaml, and what came from
    elsewhere.
    """

    def __init__(
        self, repository: Repository, snapshot: Snapshot, branches: BranchHistories
    ) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._branches = branches
        self._adoptions: dict[str, str] = {}
        self._rivals: dict[str, list[str]] = {}

    def of(self, branch: str) -> str:
        """Return the commit that added gitops.yaml, or what a branch was then; reads its whole
        history.
        """
        if branch not in self._adoptions:
            self._adoptions[branch] = self._find(branch)
        return self._adoptions[branch]

    def before(self, branch: str) -> str:
        """Return the commit whose values count as adopted: the one before `of`, because what came
        with gitops.yaml nobody had looked at; where a history begins with it, that one itself.
        """
        adoption = self.of(branch)
        if branch != self._snapshot.policy_branch or self._snapshot.config.implicit:
            return adoption
        parents = self._branches.whole(branch)[adoption].parents
        return parents[0] if parents else adoption

    def rivals(self, branch: str) -> list[str]:
        """Return what merges brought of histories that have a beginning of their own.

        No order of parents says which of them is true.
        """
        if branch not in self._rivals:
            adoption, commits = self.of(branch), self._branches.whole(branch)
            after = descendants(commits, adoption)
            sides = dict.fromkeys(
                parent
                for commit in commits.values()
                if len(commit.parents) > 1 and commit.id in after
                for parent in commit.parents
                if parent not in after
            )
            self._rivals[branch] = self._begun_apart(branch, adoption, list(sides))
        return self._rivals[branch]

    def _find(self, branch: str) -> str:
        self._branches.whole(branch)
        line = list(self._branches.line(branch))
        policy = self._snapshot.policy_branch
        if branch == policy:
            return line[self._first_with_config(line)].id
        adoption = self._branches.whole(policy)[self.of(policy)]
        older = [commit for commit in line if commit.committer_time <= adoption.committer_time]
        return (older or line[-1:])[0].id

    def _begun_apart(self, branch: str, adoption: str, sides: Sequence[str]) -> list[str]:
        if not sides:
            return []
        if branch == self._snapshot.policy_branch and not self._snapshot.config.implicit:
            configs = self._repository.read((side, FILE) for side in sides)
            return [side for side in sides if configs[side, FILE] is not None]
        commits = self._branches.whole(branch)
        own = ancestors(commits, adoption)
        return [side for side in sides if own.isdisjoint(ancestors(commits, side))]

    def _before_operations(self, line: Sequence[Commit]) -> int:
        """Return where a branch stood before its first recorded operation; its oldest commit where
        none is recorded.
        """
        branch, oldest = self._snapshot.policy_branch, len(line) - 1
        commits = self._branches.whole(branch).values()
        recorded = [
            commit.id
            for commit in commits
            if ledger.records(commit.id, commit.parents, 0, commit.message)
        ]
        arrivals = {self._branches.arrival(branch, commit) for commit in recorded}
        places = (place for place in range(oldest, -1, -1) if line[place].id in arrivals)
        return min(next(places, oldest) + 1, oldest)

    def _first_with_config(self, line: Sequence[Commit]) -> int:
        """Return where gitops.yaml was added, by bisection: a few trees are fetched, never the
        whole history's.
        """
        oldest = len(line) - 1
        if self._snapshot.config.implicit:
            return self._before_operations(line)
        newest = 0  # it is there at the one, and not before the other
        while newest < oldest:
            step = max(1, (oldest - newest) // _PROBES)
            probes = [*range(newest + step, oldest, step), oldest]
            configs = self._repository.read((line[probe].id, FILE) for probe in probes)
            for probe in probes:
                if configs[line[probe].id, FILE] is None:
                    oldest = probe - 1
                    break
                newest = probe
        return newest


def ancestors(commits: Mapping[str, Commit], commit: str) -> set[str]:
    """Return a commit with everything in its history, of those that are given."""
    return _reachable(lambda child: commits[child].parents if child in commits else (), commit)


def descendants(commits: Mapping[str, Commit], commit: str) -> set[str]:
    """Return a commit with everything that has it in its history, of those that are given."""
    children: dict[str, list[str]] = {}
    for child in commits.values():
        for parent in child.parents:
            children.setdefault(parent, []).append(child.id)
    return _reachable(lambda parent: children.get(parent, ()), commit)


def _reachable(edges: Callable[[str], Iterable[str]], start: str) -> set[str]:
    reached = {start}
    waiting = [start]
    while waiting:
        fresh = [commit for commit in edges(waiting.pop()) if commit not in reached]
        reached.update(fresh)
        waiting += fresh
    return reached
