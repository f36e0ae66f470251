"""What was recorded of a place before it was managed where it is now: plans name these records, and
commands find them so.
"""

from collections.abc import Callable, Iterable, Mapping

from gitops_ci.core import ledger
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files, records
from gitops_ci.core.audit.state.environment_states import read_value
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key
from gitops_ci.model.commits import REGULAR, LoggedCommit
from gitops_ci.model.operation import Record
from gitops_ci.model.release import Release


class FormerRecords:
    """The commits of each branch as far as it was replayed; they are read again only where a place
    begins.
    """

    def __init__(self, content: Callable[[str], bytes | None]) -> None:
        self._content = content
        self._seen: dict[str, list[LoggedCommit]] = {}

    def add(self, step: ArrivedCommit) -> None:
        """Note what arrived."""
        self._seen.setdefault(step.branch, []).extend((*step.side, step.commit))

    def newest(self, spots: Iterable[AuditedTarget]) -> Mapping[Key, Record]:
        """Return the newest record of each place that its commit's own change makes, in the file
        and keys of now.
        """
        wanted: dict[str, dict[Key, AuditedTarget]] = {}
        for target in spots:
            wanted.setdefault(target.branch, {})[target.key] = target
        found: dict[Key, Record] = {}
        for branch, places in wanted.items():
            for commit in reversed(self._seen.get(branch, ())):
                for record in records(commit):
                    key = (record.app, record.environment)
                    if key in places and self._made(record, commit, places[key]):
                        found[key] = record
                        del places[key]
                if not places:
                    break
        return found

    def _made(self, record: Record, commit: LoggedCommit, target: AuditedTarget) -> bool:
        delta = next((each for each in files(commit) if each.path == target.file), None)
        if delta is None or delta.mode not in REGULAR:
            return False
        before, after = (self._release(oid, target) for oid in (delta.before, delta.after))
        return ledger.does(record, before, after)

    def _release(self, oid: str | None, target: AuditedTarget) -> Release | None:
        return read_value(self._content(oid), target).release if oid else None
