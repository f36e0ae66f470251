"""Finds the operations that commits claim and that lead to what stands there."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from gitops_ci.core.audit import rebuilt_operation
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, change_of_file, claims_of, records
from gitops_ci.core.audit.rebuilt_operation import RebuiltChange, RebuiltOperation
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.environment_states import States, Value, ValueChange
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.operation import Chart, Record

Claims = Mapping[Key, Sequence[Record]]
MergedChange = tuple[LoggedCommit, RebuiltChange]


class JudgedCommit(msgspec.Struct, frozen=True):
    """A commit under the policy of its time: the one that arrived with a step, or one of those that
    it merged.
    """

    step: ArrivedCommit
    commit: LoggedCommit
    config: Config


class ClaimedOperations(msgspec.Struct, frozen=True):
    """Makes operations again from records, on the states before them."""

    replay_input: ReplayInput
    states: States

    def leading_to(
        self,
        judged: JudgedCommit,
        change: ValueChange,
        records: Sequence[Record],
        last: Record | None,
    ) -> list[RebuiltChange]:
        """Return what records do, one after the other, empty where that is not the change; ``last``
        is the record before them.
        """
        target = change.target

        def chart(record: Record) -> Chart | None:
            return self._chart(judged, target, record)

        return rebuilt_operation.carried_out(
            target, records, change.before, change.after, chart, last
        )

    def behind_merge(self, judged: JudgedCommit, change: ValueChange) -> list[MergedChange]:
        """Return what the merged commits do, empty where that does not lead to the merge's value.

        Whatever their files have, the merge's value decides: it is that of the newest operation
        with it, after those which that one has in its history.
        """
        side, key = judged.step.side, change.target.key
        rows = [
            _history(newest, side)
            for newest in reversed(side)
            if any(_has_tags_of(change.after, record) for record in claims_of(newest).get(key, ()))
        ]
        for target in (change.target, *rebuilt_operation.without_found_digests(change.target)):
            for row in rows:
                merged = self._in_a_row(judged, replace(change, target=target), row)
                if merged:
                    return merged
        return []

    def _in_a_row(
        self, judged: JudgedCommit, change: ValueChange, commits: Iterable[LoggedCommit]
    ) -> list[MergedChange]:
        """Return what commits do one after the other, empty where that is not the change."""
        target, value = change.target, change.before
        last = self.states[target.key].newest_record
        merged: list[MergedChange] = []
        for commit in commits:
            claimed = claims_of(commit).get(target.key, [])
            behind = JudgedCommit(judged.step, commit, judged.config)
            claimed_change = ValueChange(target, value, _left_by(claimed, value, target))
            rebuilts = self.leading_to(behind, claimed_change, claimed, last)
            merged += [(commit, rebuilt) for rebuilt in rebuilts]
            if rebuilts:
                value, last = rebuilts[-1].value, rebuilts[-1].record
        return merged if merged and change.after.is_left_by(value, change.before) else []

    def whole(self, judged: JudgedCommit, first: RebuiltChange) -> list[RebuiltChange]:
        """Return all applications of an operation, as its plan covers them together, with the one
        that is judged now first.
        """
        rebuilts = [first]
        for record in records(judged.commit):
            if record.plan == first.record.plan:
                rebuilt = self._rebuilt_beside(judged, first.target, record)
                rebuilts += [rebuilt] if rebuilt else []
        return rebuilts

    def _rebuilt_beside(
        self, judged: JudgedCommit, first: AuditedTarget, record: Record
    ) -> RebuiltChange | None:
        """Make a record of another application again; None where it can't be."""
        key, config = (record.app, record.environment), judged.config
        # before the application is looked up: a forged name may be any text, and has no state
        state = self.states.get(key)
        if state is None or key == first.key:
            return None
        environment, app = config.environments.get(record.environment), config.app(record.app)
        if environment is None or app is None:
            return None
        file = config.values_file(app, environment)
        target = AuditedTarget(app, environment, first.branch, file)
        chart = self._chart(judged, target, record)
        return rebuilt_operation.change_of(target, record, state.value, chart, state.newest_record)

    def _chart(self, judged: JudgedCommit, target: AuditedTarget, record: Record) -> Chart | None:
        return rebuilt_operation.chart_of(
            target,
            record,
            judged.commit,
            judged.config,
            self.replay_input.policy_branch,
            self.replay_input.chart_boundary(judged.config, target),
        )


def in_order(
    operations: Mapping[str, list[RebuiltChange]], claims: Claims, config: Config
) -> Sequence[RebuiltOperation]:
    """Return the operations of a commit, given by plan, as they were carried out: squashes have
    them in either order.
    """
    plans = dict.fromkeys(record.plan or "" for claimed in claims.values() for record in claimed)
    ordered = [operations[plan] for plan in plans if plan in operations]
    depths = [len(config.sources_of(rebuilts[0].target.environment.name)) for rebuilts in ordered]
    return ordered[::-1] if depths and depths[0] > depths[-1] else ordered


def writer(step: ArrivedCommit, target: AuditedTarget) -> LoggedCommit:
    """Return the commit that a value which no operation explains comes from: of a merge the newest
    one that changes the file, if none of its commits claims an operation there.
    """
    if any(target.key in claims_of(commit) for commit in step.side):
        return step.commit
    touching = [commit for commit in step.side if change_of_file(commit, target.file)]
    return touching[-1] if touching else step.commit


def _has_tags_of(value: Value, record: Record) -> bool:
    if record.kind.removes:
        return value.missing
    images = value.release.images if value.release else ()
    return [image.tag for image in images] == [image.tag for image in record.release.images]


def _history(newest: LoggedCommit, commits: Sequence[LoggedCommit]) -> list[LoggedCommit]:
    """Return those of some commits, parents before children, that are in the history of one."""
    names = {newest.id}
    history: list[LoggedCommit] = []
    for commit in reversed(commits):
        if commit.id in names:
            names |= set(commit.parents)
            history.append(commit)
    return history[::-1]


def _left_by(records: Sequence[Record], value: Value, target: AuditedTarget) -> Value:
    """Return the value that records lead to; those that can't be made again are left out."""
    for record in records:
        rebuilt = rebuilt_operation.change_of(target, record, value)
        value = rebuilt.value if rebuilt else value
    return value
