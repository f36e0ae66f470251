"""What was recorded of a target before it was managed where it is now: plans name these records,
and commands find them so.
"""

from collections.abc import Iterable, Mapping

from gitops_ci.core import ledger
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, change_of_file, claims_of
from gitops_ci.core.audit.history.merges import Read
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.operation import Record


class FormerRecords:
    """The commits of each branch as far as it was replayed; they are read again only where a target
    begins.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._commits: dict[str, list[LoggedCommit]] = {}

    def add(self, step: ArrivedCommit) -> None:
        self._commits.setdefault(step.branch, []).extend((*step.side, step.commit))

    def newest(self, targets: Iterable[AuditedTarget]) -> Mapping[Key, Record]:
        """Return the newest record of each target that its commit's own change makes, in the file
        and keys of now.
        """
        by_branch: dict[str, dict[Key, AuditedTarget]] = {}
        for target in targets:
            by_branch.setdefault(target.branch, {})[target.key] = target
        newest: dict[Key, Record] = {}
        for branch, missing in by_branch.items():
            for commit in reversed(self._commits.get(branch, ())):
                for key, record in self._records(commit, missing).items():
                    newest[key] = record
                    del missing[key]
                if not missing:
                    break
        return newest

    def _records(
        self, commit: LoggedCommit, targets: Mapping[Key, AuditedTarget]
    ) -> dict[Key, Record]:
        """Return the first record of each target that a commit's own change makes."""
        records: dict[Key, Record] = {}
        for key, claimed in claims_of(commit).items():
            target = targets.get(key)
            does = (record for record in claimed if target and self._does(record, commit, target))
            record = next(does, None)
            if record:
                records[key] = record
        return records

    def _does(self, record: Record, commit: LoggedCommit, target: AuditedTarget) -> bool:
        delta = change_of_file(commit, target.file)
        if delta is None:
            return False
        before = self._read(delta.mode_before, delta.before, target).release
        after = self._read(delta.mode, delta.after, target).release
        return ledger.does(record, target.app, before, after)
