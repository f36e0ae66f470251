"""Pure: what merges do to managed values, held against every parent: an operation gives way only to
one that came after it.
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files, records
from gitops_ci.core.audit.history.branch_lines import BranchLines, Differences
from gitops_ci.core.audit.history.graph import Graph
from gitops_ci.core.audit.state.environment_states import Value
from gitops_ci.core.audit.state.values_index import AuditedTarget
from gitops_ci.model.commits import Delta, LoggedCommit
from gitops_ci.model.operation import Record

Read = Callable[
    [str, str | None, AuditedTarget], Value
]  # by mode and object id (None: there is no file)


class MergedFile(msgspec.Struct, frozen=True):
    """A file in a merge: the changes against those parents that have another content, and the other
    parents.
    """

    path: str
    others: Mapping[str, Delta]
    same: tuple[str, ...]

    @property
    def after(self) -> tuple[str, str] | None:
        """Return mode and object id of the file in the merge, None where it is gone."""
        delta = next(iter(self.others.values()))
        return (delta.mode, delta.after) if delta.after else None


class Merges:
    """Knows what every merge changed against each of its parents."""

    def __init__(self, graph: Graph, differences: Differences, lines: BranchLines) -> None:
        self._graph = graph
        self._differences = differences
        self._lines = lines

    def of(self, step: ArrivedCommit) -> list[LoggedCommit]:
        """Return the merges that arrived with a step, oldest first."""
        return [commit for commit in (*step.side, step.commit) if len(set(commit.parents)) > 1]

    def strange(self, step: ArrivedCommit) -> list[LoggedCommit]:
        """Return the commits of a step that share no beginning with the branch."""
        return self._lines.strange(step.commit, step.side) if step.side else []

    def places(self, merge: LoggedCommit) -> Iterator[MergedFile]:
        """Yield every file that is not the same in all parents and the merge."""
        original = self._graph.commits[merge.id]
        parents = tuple(dict.fromkeys(original.parents))
        found: dict[str, dict[str, Delta]] = {}
        for parent in parents:
            deltas = (
                original.deltas
                if parent == original.parents[0]
                else self._differences[merge.id, parent]
            )
            for delta in deltas:
                found.setdefault(delta.path, {})[parent] = delta
        for path, others in found.items():
            yield MergedFile(
                path, others, tuple(parent for parent in parents if parent not in others)
            )

    def lost(self, merged_file: MergedFile, target: AuditedTarget, read: Read) -> Record | None:
        """Return an operation that a merge takes back, because no parent with its value has it in
        its history.
        """
        after = next(iter(merged_file.others.values()))
        value = read(after.mode, after.after, target)
        before = {
            each: read(delta.mode_before, delta.before, target)
            for each, delta in merged_file.others.items()
        }
        same = [*merged_file.same, *(each for each, one in before.items() if _equal(one, value))]
        others = [each for each in before if each not in same]
        missing = [
            [gone for other in others if (gone := self._own(other, kept, target, read, value))]
            for kept in same
        ]
        return missing[0][-1] if missing and all(missing) else None

    def unexplained(
        self, merge: LoggedCommit, merged_file: MergedFile, target: AuditedTarget, read: Read
    ) -> bool:
        """Tell whether a parent with a gitops.yaml of its own has another value, and no operation
        leads from it.
        """
        held = {each: self._begun(each) for each in dict.fromkeys(merge.parents)}
        if len({begun for begun in held.values() if begun}) < 2:
            return False
        after = next(iter(merged_file.others.values()))
        value = read(after.mode, after.after, target)
        return any(
            not _equal(read(delta.mode_before, delta.before, target), value)
            and not any(
                value.release is not None and value.release.satisfies(record.release)
                for record in self._made(merge.id, parent, target, read)
            )
            for parent, delta in merged_file.others.items()
            if held[parent]
        )

    def dropped(self, merged_file: MergedFile, line: str | None) -> list[str]:
        """Return the parents whose changes of a file are lost, but for ``line``: what differs from
        it is seen anyway.
        """
        return [
            parent
            for parent in merged_file.others
            if parent != line
            and merged_file.same
            and all(self._touched(parent, kept, merged_file.path) for kept in merged_file.same)
        ]

    def _touched(self, one: str, other: str, path: str) -> bool:
        return any(
            delta.path == path
            for commit in self._graph.exclusive(one, other)
            for delta in commit.deltas
        )

    def _begun(self, commit: str) -> frozenset[str]:
        return frozenset(name for name, after in self._lines.beginnings.items() if commit in after)

    def _own(
        self, one: str, other: str, target: AuditedTarget, read: Read, value: Value
    ) -> Record | None:
        """Return the newest operation that only the one has; what the other has under the same plan
        is the same one.
        """
        known = [
            record
            for record in self._made(other, one, target, read)
            # an adoption writes nothing: without its value in the merge it is a text and no more
            if not record.kind.keeps_release or _runs(value, record)
        ]
        made = [
            record
            for record in self._made(one, other, target, read)
            if not any(_is_same(record, each) for each in known)
        ]
        return made[-1] if made else None

    def _made(self, one: str, other: str, target: AuditedTarget, read: Read) -> list[Record]:
        return [
            record
            for commit in self._graph.exclusive(one, other)
            for record in records(commit)
            if (record.app, record.environment) == target.key
            and _does(commit, record, target, read)
        ]


def _does(commit: LoggedCommit, record: Record, target: AuditedTarget, read: Read) -> bool:
    """Tell whether a commit writes what it claims: reverts and squashes copy text."""
    if record.kind.keeps_release:
        return True
    delta = next((each for each in files(commit) if each.path == target.file), None)
    release = read(delta.mode, delta.after, target).release if delta else None
    return release is not None and release.satisfies(record.release)


def _runs(value: Value, record: Record) -> bool:
    return value.release is not None and value.release.satisfies(record.release)


def _is_same(one: Record, other: Record) -> bool:
    """Tell whether two records are of one operation, which was rebased or squashed: a plan id alone
    is soon copied.
    """
    if not one.plan or one.plan != other.plan or one.operation != other.operation:
        return False
    return one.release.same_content(other.release)


def _equal(one: Value, two: Value) -> bool:
    return one.texts == two.texts and one.problem == two.problem
