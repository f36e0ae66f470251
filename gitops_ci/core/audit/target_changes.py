"""Takes over what stands in targets that come under a policy, and compares what a policy moves."""

from collections.abc import Iterator, Sequence

import msgspec

from gitops_ci.core.audit.findings import FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.history.former_records import FormerRecords
from gitops_ci.core.audit.rebuilt_operation import release_words
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.audit.state.values_index import AuditedTarget, ValuesIndex
from gitops_ci.core.config.reader import FILE


class TargetChanges(msgspec.Struct, frozen=True):
    """Puts values into the states that came there by a policy, not by a change of their file."""

    replay_input: ReplayInput
    trees: BranchTrees
    states: States
    former_records: FormerRecords
    collector: FindingCollector

    def adopt(self, step: ArrivedCommit, index: ValuesIndex) -> None:
        """Take what stands on the step's branch, or on all where it is the policy branch, as it is:
        the audit begins there.
        """
        everywhere = step.branch == self.replay_input.policy_branch
        targets = [
            target for target in self._all(index) if everywhere or target.branch == step.branch
        ]
        for target in targets:
            value = self.trees.value_now(target)
            self.states[target.key].arrive(value, step, adopted=True)
        self._begin(targets)

    def move(self, step: ArrivedCommit, index: ValuesIndex, former: ValuesIndex) -> None:
        """Compare values before and after gitops.yaml names other files or keys: that changes them
        too.
        """
        moved = [
            target
            for target in self._all(index)
            if not _same_place(target, former.find(target.key))
        ]
        for target in moved:
            self._move(step, target)
        self._begin(moved)

    def _move(self, step: ArrivedCommit, target: AuditedTarget) -> None:
        state = self.states.get(target.key)
        value = self.trees.value_now(target)
        if state is None:
            self.states[target.key].arrive(value, step, adopted=True)
            return
        before, after = state.value.release, value.release
        if (before and before.images) != (after and after.images) and not state.value.empty:
            message = (
                f"{FILE} names another file or other keys: {release_words(before)} -> "
                f"{release_words(after)} without an operation"
            )
            self.collector.add_hand_edit(step.commit, target, value, message)
        state.arrive(value, step)

    def _begin(self, targets: Sequence[AuditedTarget]) -> None:
        """Take over what was recorded of targets before they were managed where they are now."""
        newest = self.former_records.newest(targets)
        for target in targets:
            state = self.states[target.key]
            state.newest_record = None
            if target.key in newest:
                state.note_record(newest[target.key])

    def _all(self, index: ValuesIndex) -> Iterator[AuditedTarget]:
        return filter(self.replay_input.concerns, index.all_in(self.trees.by_branch))


def _same_place(one: AuditedTarget, two: AuditedTarget | None) -> bool:
    """Tell whether two targets are the same keys of the same file."""
    return two is not None and (one.app, one.branch, one.file) == (two.app, two.branch, two.file)
