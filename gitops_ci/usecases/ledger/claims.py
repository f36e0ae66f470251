"""What the messages of commits claim: the ledger before anything of it is verified."""

from collections.abc import Iterator, Sequence

from gitops_ci.core import ledger
from gitops_ci.model.operation import Record, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.ledger.arrivals import LedgerArrival
from gitops_ci.usecases.ledger.branch_history import BranchHistories

Claim = tuple[Target, Record]


class Claims:
    """Indexes the records of branches as far as their histories were asked for."""

    def __init__(self, branches: BranchHistories) -> None:
        self._branches = branches
        self._arrived: dict[str, Iterator[LedgerArrival]] = {}
        self._on: dict[str, list[Record]] = {}
        self._of: dict[tuple[str, str, str], list[Record]] = {}
        self._by: dict[tuple[str, str], list[Record]] = {}

    def on(self, branch: str) -> Iterator[Record]:
        """Yield what the commits of a branch claim of any application, newest first."""
        return self._follow(branch, self._on.setdefault(branch, []))

    def of(self, target: Target) -> Iterator[Record]:
        """Yield what commits claim of one target, newest first."""
        key = (target.branch, target.app.name, target.environment.name)
        return self._follow(target.branch, self._of.setdefault(key, []))

    def bringing(self, target: Target, release: Release) -> Iterator[Record]:
        """Yield those that claim to have brought a release to a target, newest first."""
        return (
            record
            for record in self.of(target)
            if not record.kind.removes and record.release.same_content(release)
        )

    def by(self, branch: str, commit: str) -> Sequence[Record]:
        """Return what a commit claims of which a record was given out."""
        return self._by.get((branch, commit), ())

    def _follow(self, branch: str, records: Sequence[Record]) -> Iterator[Record]:
        position = 0
        while True:
            if position < len(records):
                yield records[position]
                position += 1
            elif not self._read_on(branch):
                return

    def _read_on(self, branch: str) -> bool:
        """Index one more commit; what came with a merge counts from the time of the merge on."""
        if branch not in self._arrived:
            self._arrived[branch] = self._branches.arrived(branch)
        arrived = next(self._arrived[branch], None)
        if arrived is None:
            return False
        commit, time = arrived.commit, arrived.arrival.committer_time
        for record in ledger.records(commit.id, commit.parents, time, commit.message):
            self._on.setdefault(branch, []).append(record)
            self._of.setdefault((branch, record.app, record.environment), []).append(record)
            self._by.setdefault((branch, record.commit), []).append(record)
        return True
