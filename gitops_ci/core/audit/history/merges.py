"""What merges do to managed values, held against every parent: an operation gives way only to one
that came after it.
"""

from collections.abc import Callable, Container, Iterator, Mapping

import msgspec

from gitops_ci.core import ledger
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, change_of_file, claims_of
from gitops_ci.core.audit.history.branch_lines import BranchLines, Differences
from gitops_ci.core.audit.history.graph import Graph
from gitops_ci.core.audit.state.environment_states import Value
from gitops_ci.core.audit.state.values_index import AuditedTarget
from gitops_ci.model.commits import Delta, LoggedCommit
from gitops_ci.model.operation import Record

# the value by mode and object id (None: there is no file)
Read = Callable[[str, str | None, AuditedTarget], Value]


class MergedFile(msgspec.Struct, frozen=True):
    """A file in a merge: the changes against the parents that have another content, by parent, and
    the parents with the ``same``.
    """

    path: str
    changes: Mapping[str, Delta]
    same: tuple[str, ...]

    @property
    def entry(self) -> tuple[str, str | None]:
        """Return mode and object id of the file in the merge, None where it is gone."""
        delta = next(iter(self.changes.values()))
        return delta.mode, delta.after


class Merges(msgspec.Struct, frozen=True):
    """Knows what every merge changed against each of its parents."""

    graph: Graph
    differences: Differences
    lines: BranchLines

    def of(self, step: ArrivedCommit) -> list[LoggedCommit]:
        """Return the merges that arrived with a step, oldest first."""
        return [commit for commit in (*step.side, step.commit) if len(set(commit.parents)) > 1]

    def unrelated(self, step: ArrivedCommit) -> list[LoggedCommit]:
        """Return the commits of a step that share no beginning with the branch."""
        return self.lines.unrelated(step.commit, step.side) if step.side else []

    def files(self, merge: LoggedCommit) -> Iterator[MergedFile]:
        """Yield every file that is not the same in all parents and the merge."""
        parents = dict.fromkeys(self.graph.commits[merge.id].parents)
        changes: dict[str, dict[str, Delta]] = {}
        for parent in parents:
            for delta in self.lines.differences_of(merge, parent):
                changes.setdefault(delta.path, {})[parent] = delta
        for path, by_parent in changes.items():
            same = tuple(parent for parent in parents if parent not in by_parent)
            yield MergedFile(path, by_parent, same)

    def lost_operation(
        self, merged_file: MergedFile, target: AuditedTarget, read: Read, done: Container[str]
    ) -> Record | None:
        """Return an operation that a merge takes back, because no parent with its value has it in
        its history, nor one that was carried out beside it and came later.

        ``done`` are the commits whose operations on the target were carried out without a fault.
        """
        value = read(*merged_file.entry, target)
        same, others = list(merged_file.same), list[str]()
        for parent, delta in merged_file.changes.items():
            before = read(delta.mode_before, delta.before, target)
            (same if before.reads_like(value) else others).append(parent)
        operations = _OperationsOfMerge(self.graph, self.lines, target, read, value, done)
        lost: list[Record] = []
        for parent in same:
            missing = [operations.newest_lost(other, parent) for other in others]
            newest = next((record for record in reversed(missing) if record), None)
            if newest is None:
                return None
            lost.append(newest)
        return lost[0] if lost else None

    def unexplained(
        self, merge: LoggedCommit, merged_file: MergedFile, target: AuditedTarget, read: Read
    ) -> bool:
        """Tell whether a parent with a gitops.yaml of its own has another value, and no operation
        leads from it.
        """
        beginnings = {parent: self._beginnings_before(parent) for parent in merge.parents}
        if len(set(filter(None, beginnings.values()))) < 2:
            return False
        value = read(*merged_file.entry, target)
        operations = _OperationsOfMerge(self.graph, self.lines, target, read, value)
        for parent, delta in merged_file.changes.items():
            before = read(delta.mode_before, delta.before, target)
            if not beginnings[parent] or before.reads_like(value):
                continue
            if not any(map(value.satisfies, operations.only_in(merge.id, parent))):
                return True
        return False

    def dropped(self, merged_file: MergedFile, line: str | None) -> list[str]:
        """Return the parents whose changes of a file are lost, but for ``line``: what differs from
        it is seen anyway.
        """
        if not merged_file.same:
            return []
        return [
            parent
            for parent in merged_file.changes
            if parent != line
            and all(self._changed(merged_file.path, parent, same) for same in merged_file.same)
        ]

    def _changed(self, path: str, one: str, other: str) -> bool:
        """Tell whether the history that only one commit has changes a file."""
        commits = self.graph.exclusive(one, other)
        return any(delta.path == path for commit in commits for delta in commit.deltas)

    def _beginnings_before(self, commit: str) -> frozenset[str]:
        return frozenset(name for name, after in self.lines.beginnings.items() if commit in after)


class _OperationsOfMerge(msgspec.Struct, frozen=True):
    """The operations on a target in the histories of a merge that has a ``value`` there."""

    graph: Graph
    lines: BranchLines
    target: AuditedTarget
    read: Read
    value: Value
    done: Container[str] = ()

    def newest_lost(self, one: str, other: str) -> Record | None:
        """Return the newest operation that one parent has in its history and another one, with the
        value, has neither there nor a later one beside it; under the same plan it is the same one.
        """
        own = self.only_in(other, one)
        known = [
            record
            for record in own
            # an adoption writes nothing: without its value in the merge it is a text and no more
            if not record.kind.keeps_release or self.value.satisfies(record)
        ]
        stands = own[-1] if own and self._is_left_by(own[-1]) else None
        missing = [
            record
            for record in self.only_in(one, other)
            if not any(_is_same(record, other_record) for other_record in known)
            and not (stands and self._came_too_late(record, stands, one, other))
        ]
        return missing[-1] if missing else None

    def _is_left_by(self, record: Record) -> bool:
        """Tell whether the value is what an operation left that was carried out."""
        return record.commit in self.done and self.value.satisfies(record)

    def _came_too_late(self, record: Record, stands: Record, one: str, other: str) -> bool:
        """Tell whether an operation of the one parent was not on the branch, where that of the
        other one stood.
        """
        branch, published = self.target.branch, self.lines.was_published
        own, foreign = published(branch, other, one), published(branch, one, other)
        if foreign and not own:
            return False
        since = record.time if own and not foreign else self._arrival(stands, one, other)
        return ledger.came_too_late(record, record.time, stands, since)

    def _arrival(self, record: Record, one: str, other: str) -> int:
        """Return when an operation came to the line of the other parent, in seconds since the
        epoch.
        """
        after, times = {record.commit}, [record.time]
        for commit in self.graph.exclusive(other, one):
            behind = [parent in after for parent in commit.parents]
            if any(behind):
                after.add(commit.id)
                if not all(behind):
                    times.append(commit.time)
        return max(times)

    def only_in(self, one: str, other: str) -> list[Record]:
        """Return the operations in the history of one commit that are not in that of another."""
        return [
            record
            for commit in self.graph.exclusive(one, other)
            for record in claims_of(commit).get(self.target.key, ())
            if self._does(commit, record)
        ]

    def _does(self, commit: LoggedCommit, record: Record) -> bool:
        """Tell whether a commit writes what it claims: reverts and squashes copy text."""
        if record.kind.keeps_release:
            return True
        delta = change_of_file(commit, self.target.file)
        return bool(delta and self.read(delta.mode, delta.after, self.target).satisfies(record))


def _is_same(one: Record, other: Record) -> bool:
    """Tell whether two records are of one operation, which was rebased or squashed: a plan id alone
    is soon copied.
    """
    if not one.plan or one.plan != other.plan or one.operation != other.operation:
        return False
    return one.release.same_content(other.release)
