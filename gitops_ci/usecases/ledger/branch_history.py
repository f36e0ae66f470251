"""The histories of a snapshot's branches: commits, the branch's own line, and what merges
brought.
"""

from collections.abc import Container, Iterator
from itertools import zip_longest

from gitops_ci.adapters.git import Commit, Repository
from gitops_ci.model.operation import Record, Snapshot
from gitops_ci.usecases.ledger.arrivals import Arrivals, LedgerArrival


class _Branch:
    """One branch as far as it was read: commits and arrivals, newest first, and both by id."""

    def __init__(self, commits: Iterator[Commit]) -> None:
        self.commits: list[Commit] = []
        self.by_id: dict[str, Commit] = {}
        self.arrived: list[LedgerArrival] = []
        self.merged: dict[str, LedgerArrival] = {}
        self._unread = commits
        self._arrivals = Arrivals()

    def advance(self) -> bool:
        """Read one more commit; False at the end of the history."""
        commit = next(self._unread, None)
        arrived = self._arrivals.add(commit) if commit else self._arrivals.rest()
        if commit:
            self.commits.append(commit)
            self.by_id[commit.id] = commit
        self.arrived += arrived
        self.merged |= {record.commit.id: record for record in arrived if record.through}
        return bool(commit or arrived)


class BranchHistories:
    """Reads the history of each branch of a snapshot no further than somebody asks."""

    def __init__(self, repository: Repository, snapshot: Snapshot) -> None:
        self._repository = repository
        self._heads = snapshot.heads
        self._branches: dict[str, _Branch] = {}

    def commits(self, branch: str) -> Iterator[Commit]:
        """Yield all commits of a branch, newest first."""
        history = self._branch(branch)
        position = 0
        while position < len(history.commits) or history.advance():
            # the last step may only settle what came before it
            yield from history.commits[position : position + 1]
            position += 1

    def arrived(self, branch: str) -> Iterator[LedgerArrival]:
        """Yield the commits of a branch with the merge that brought each, newest first."""
        history = self._branch(branch)
        position = 0
        while True:
            if position < len(history.arrived):
                yield history.arrived[position]
                position += 1
            elif not history.advance():
                return

    def merged(self, branch: str, commit: str | None) -> LedgerArrival | None:
        """Return with which merge a commit came that was read; None for the branch's own."""
        return self._branch(branch).merged.get(commit) if commit else None

    def line(self, branch: str) -> Iterator[Commit]:
        """Yield the commits that a branch went through (first parents), the newest first."""
        history = self._branch(branch)
        commit_id: str | None = self._heads[branch]
        while commit_id:
            while commit_id not in history.by_id:
                if not history.advance():
                    return
            commit = history.by_id[commit_id]
            yield commit
            commit_id = commit.parents[0] if commit.parents else None

    def known(self, branch: str) -> dict[str, Commit]:
        """Return the commits that have been read, by id."""
        return self._branch(branch).by_id

    def whole(self, branch: str) -> dict[str, Commit]:
        """Return the whole history of a branch by id, children before parents."""
        while self._branch(branch).advance():
            pass
        return self.known(branch)

    def read_so_far(self, branch: str) -> int:
        """Return how many commits of a branch have been read."""
        return len(self._branch(branch).commits)

    def has(self, branch: str, commit: str) -> bool:
        """Tell whether a commit is in the history of a branch."""
        return any(other.id == commit for other in self.commits(branch))

    def arrival(self, branch: str, commit: str) -> str:
        """Return the commit of a branch's own line with which one that was read reached it."""
        arrived = self.merged(branch, commit)
        return arrived.arrival.id if arrived else commit

    def since(self, branch: str, record: Record, limit: int) -> list[Commit]:
        """Return a branch's own line after a record came to it, newest first, without a root."""
        stop = self.arrival(branch, record.commit)
        commits: list[Commit] = []
        for commit in self.line(branch):
            if commit.id == stop or not commit.parents or len(commits) == limit:
                break
            commits.append(commit)
        return commits

    def newest_of(self, branch: str, commits: Container[str]) -> str | None:
        """Return the newest commit of a branch that is among some; None where none is."""
        return next((commit.id for commit in self.commits(branch) if commit.id in commits), None)

    def common(self, one: str, two: str) -> str | None:
        """Return the newest commit of both branches; reads no further than to that one."""
        seen: dict[str, set[str]] = {one: set(), two: set()}
        for pair in zip_longest(self.commits(one), self.commits(two)):
            for commit, branch, other in zip(pair, (one, two), (two, one), strict=True):
                if commit and commit.id in seen[other]:
                    return commit.id
                seen[branch] |= {commit.id} if commit else set()
        return None

    def _branch(self, branch: str) -> _Branch:
        if branch not in self._branches:
            self._branches[branch] = _Branch(self._repository.history(self._heads[branch]))
        return self._branches[branch]
