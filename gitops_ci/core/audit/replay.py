"""Replays the history of all branches, oldest first, and judges everything that changed a managed
value.
"""

from collections.abc import Iterable

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.acknowledgements import Acknowledgements
from gitops_ci.core.audit.argo_cd.manifest_changes import ManifestChanges
from gitops_ci.core.audit.beside_operations import BesideOperations
from gitops_ci.core.audit.chart_changes import add_unpromoted_charts
from gitops_ci.core.audit.closing import Closing
from gitops_ci.core.audit.dates import add_disbelieved_dates
from gitops_ci.core.audit.findings import BEGINNINGS, FindingCollector
from gitops_ci.core.audit.history.arrivals import (
    ArrivedCommit,
    change_of_file,
    claims_of,
    files,
)
from gitops_ci.core.audit.history.former_records import FormerRecords
from gitops_ci.core.audit.merge_findings import Merging
from gitops_ci.core.audit.nameless_folders import NamelessFolders
from gitops_ci.core.audit.operations import Judge
from gitops_ci.core.audit.policy_changes import PolicyChanges
from gitops_ci.core.audit.removals import Removals
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.required_signing import SigningRules
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.environment_states import States, ValueChange
from gitops_ci.core.audit.state.policies import Policies
from gitops_ci.core.audit.state.values_index import Key, ValuesIndex
from gitops_ci.core.audit.target_changes import TargetChanges, same_place
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.release import Release

_BRING_BACK = "bring its own commits back, or begin it anew from the policy branch"
_FEW = 20  # applications whose names are looked for in each message before it is read


class Replay:
    """The state of everything at the step that was replayed last, and the findings so far.

    ``arrived`` are the releases that operations had put there, at the commits that are tagged, by
    branch and commit, ``times`` when these arrived at the latest.
    """

    def __init__(self, replay_input: ReplayInput) -> None:
        self._input = replay_input
        self._trees = trees = BranchTrees(replay_input.content)
        self._former_records = FormerRecords(trees.read)
        self._policies = Policies(replay_input.positions)
        self.states = states = States()
        self.arrived: dict[tuple[str, str], dict[Key, Release]] = {}
        self.times: dict[tuple[str, str], int] = {}
        self.collector = collector = FindingCollector(
            replay_input.reported, replay_input.acknowledged
        )
        signing = SigningRules(self._policies, collector)
        removals = Removals(trees, states, signing, collector)
        self._judge = Judge(replay_input, self._policies, states, collector, removals)
        self._rules = PolicyChanges(replay_input, self._policies, trees, collector)
        self._targets = TargetChanges(
            replay_input, trees, states, self._former_records, collector, removals
        )
        self._beside = BesideOperations(replay_input, trees, collector)
        self._nameless = NamelessFolders(replay_input.content, trees, collector)
        self._manifests = ManifestChanges(replay_input, trees, collector)
        self.acknowledgements = Acknowledgements(replay_input, self._policies, states, collector)
        self._merging = None
        if replay_input.merges:
            self._merging = Merging(replay_input.merges, replay_input, trees, states, collector)

    def step(self, step: ArrivedCommit) -> None:
        """Replay one commit that arrived."""
        self.collector.enter(step)
        own = step.branch == self._input.policy_branch
        if own and step.commit.id == self._input.implicit_since:
            self._begin_without_file(step)
        index = self._rules.index
        judged = None if self._begins(step) else index
        self._trees.apply(step.branch, files(step.commit))
        self._trees.heads[step.branch] = step.commit.id
        if judged and not self._is_elsewhere(step, judged):
            add_disbelieved_dates(step, self.collector)
            self._judge_values(step, judged)
        self.acknowledgements.step(step, judged.config if judged else None)
        self._former_records.add(step)
        if own:
            self._apply_policy(step, judged)
        if judged is None and self._rules.index:
            self._targets.adopt(step, self._rules.index)
            self._nameless.note_existing(step, self._rules.index)
        for commit in (step.commit, *step.side):
            keys = self._input.tagged.get(commit.id)
            if keys is not None:
                self.arrived[step.branch, commit.id] = self.running(keys)
                self.times[step.branch, commit.id] = step.latest

    def running(self, keys: Iterable[Key]) -> dict[Key, Release]:
        """Return what runs now of what operations put there, or was there before."""
        running: dict[Key, Release] = {}
        for key in keys:
            state = self.states.get(key)
            deployment = state.current if state else None
            if deployment and (deployment.record or deployment.adopted):
                running[key] = deployment.release
        return running

    def adopt(self) -> None:
        """Take what runs now as it is: the audit that was asked for begins here."""
        for _, state in self.states.items():
            if state.current and state.current.record is None:
                state.change_current(adopted=True)

    def close(self) -> None:
        """End the audit once signatures and charts are verified."""
        acknowledged = self.acknowledgements
        index = self._rules.index
        if index is None:
            return
        closing = Closing(self.collector.all, self.states, index.config)
        unknown = closing.unknown(acknowledged.in_force)
        for name in unknown:
            acknowledged.note_unknown(name)
        closing.close(acknowledged.in_force)

    def check_beginning(self, first: ArrivedCommit) -> None:
        """Note a branch that shares no commit with the policy branch, after all of its steps; with
        a gitops.yaml of its own it can't be one that only began apart.
        """
        index, policy_branch, tree = self._rules.index, self._input.policy_branch, self._trees
        files_there = tree.of(first.branch)
        if index is None or first.commit.id in self._input.positions:
            return
        if not any(index.at(first.branch, path) for path in files_there):
            return
        self.collector.look_back(first)
        message = f"branch {one_line(first.branch)} shares no commit with {one_line(policy_branch)}"
        if FILE in files_there:
            message += f", and has a {FILE}: its own commits were replaced"
            self.collector.add_violation(BEGINNINGS, first.commit, ("", ""), message, _BRING_BACK)
        else:
            message += ": what stood there before there were rules is nobody's word"
            self.collector.add_notice(BEGINNINGS, first.commit, ("", ""), message)

    def _begins(self, step: ArrivedCommit) -> bool:
        """Tell whether the audit begins with a step, so that nothing before it is to be judged.

        It does on another branch with commits that the policy branch had when there was the first
        policy: the branch was made from it.
        """
        if self._rules.index is None:
            return True
        position = self._input.positions.get(step.commit.id)
        if step.branch == self._input.policy_branch or position is None:
            return False
        return position <= self._policies.first_position

    def _is_elsewhere(self, step: ArrivedCommit, index: ValuesIndex) -> bool:
        """Tell whether a step is neither asked for nor about the applications that are: of a long
        history a range concerns little.
        """
        apps, commit = self._input.apps, step.commit
        if apps is None or len(apps) > _FEW or step.side:
            return False
        if self.collector.reporting or any(app in commit.message for app in apps):
            return False
        return not any(
            delta.path == FILE or any(map(self._input.concerns, index.touched(step.branch, delta)))
            for delta in files(commit)
        )

    def _begin_without_file(self, step: ArrivedCommit) -> None:
        """Put the rules that hold without gitops.yaml in force before a step: it is the first one
        with an operation.
        """
        if self._input.implicit:
            self._rules.enact(self._input.implicit, "", step.before)
        if self._rules.index:
            self._targets.adopt(step, self._rules.index)

    def _judge_values(self, step: ArrivedCommit, index: ValuesIndex) -> None:
        """Judge what a step changed of managed values, and what its trailers claim."""
        claims = claims_of(step.commit)
        # what was done and taken back behind a merge changes nothing on the branch's own line
        behind = [key for commit in step.side for key in claims_of(commit)]
        claimed = dict.fromkeys((*claims, *behind))
        changes = self._changes(step, index)
        # what only came back is judged as a change by nobody else
        changed = frozenset(
            key for key, change in changes.items() if not self.states[key].restores(change.after)
        )
        coming = self._rules.coming(step) if step.branch == self._input.policy_branch else None
        for key in changes.keys() - claimed.keys():
            if coming and not same_place(changes[key].target, coming.find(key)):
                del changes[key]  # held against its new place when that is in force
        for key in claimed:
            if key not in changes:
                changes |= self._unchanged(step, index, key)
        if changes:
            self._judge.step(step, changes, claims, index.config)
        self._beside.judge(step, index)
        self._manifests.judge(step, index)
        self._nameless.judge(step, index)
        if not claims:
            add_unpromoted_charts(step, index, self.states, self.collector)
        if self._merging:
            self._merging.judge_values(step, changed, index)

    def _changes(self, step: ArrivedCommit, index: ValuesIndex) -> dict[Key, ValueChange]:
        changes: dict[Key, ValueChange] = {}
        for delta in files(step.commit):
            for target in filter(self._input.concerns, index.touched(step.branch, delta)):
                before = self.states[target.key].value
                after = self._trees.value_now(target)
                if not before.reads_like(after):
                    changes[target.key] = ValueChange(target, before, after)
        return changes

    def _unchanged(
        self, step: ArrivedCommit, index: ValuesIndex, key: Key
    ) -> dict[Key, ValueChange]:
        """Return a target as it is; nothing where it lies elsewhere or is not asked for."""
        target = index.find(key)
        if target is None or target.branch != step.branch or not self._input.concerns(target):
            return {}
        value = self.states[key].value
        return {key: ValueChange(target, value, value)}

    def _apply_policy(self, step: ArrivedCommit, judged: ValuesIndex | None) -> None:
        """Put what a step changed of the rules in force; ``judged``: those before it, where it is
        judged.
        """
        if judged:
            self._rules.apply_signers(step, judged.config)
        delta = change_of_file(step.commit, FILE)
        former = self._rules.apply(step, delta) if delta else None
        index = self._rules.index
        if index and former:
            self._targets.move(step, index, former)
        if index and judged and self._merging:
            self._merging.judge_rules(step, index.config)
