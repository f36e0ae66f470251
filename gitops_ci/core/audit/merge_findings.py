"""Notes what merges took back: operations, rules and signers that a parent had and nobody changed
since.
"""

from collections.abc import Mapping

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.findings import BEGINNINGS, LOST, FindingCollector, RequiredSignatures
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files
from gitops_ci.core.audit.history.merges import MergedFile, Merges
from gitops_ci.core.audit.policy_changes import add_weakenings
from gitops_ci.core.audit.rebuilt_operation import release_words
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state import policies
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, Tree, ValuesIndex
from gitops_ci.core.audit.words import who
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import Config


class _DroppedRules(msgspec.Struct, frozen=True):
    """Rules of a parent that a merge, which arrived with a step, takes back."""

    step: ArrivedCommit
    merge: LoggedCommit
    parent: str
    merged_files: Mapping[str, MergedFile]
    tree: Tree

    def oid(self, path: str) -> str | None:
        """Return the object id of a file in the parent: what the merge did not change is as it is
        after it; None where there is none.
        """
        merged_file = self.merged_files.get(path)
        delta = merged_file.changes.get(self.parent) if merged_file else None
        return delta.before if delta else self.tree.get(path, ("", None))[1]

    @property
    def by(self) -> str:
        return f"taken back by a merge by {who(self.merge)}"


class Merging(msgspec.Struct, frozen=True):
    """Holds merges against every parent; what differs from the line that a branch follows is judged
    elsewhere.
    """

    merges: Merges
    replay_input: ReplayInput
    trees: BranchTrees
    states: States
    collector: FindingCollector

    def judge_values(
        self, step: ArrivedCommit, changed: frozenset[Key], index: ValuesIndex
    ) -> None:
        """Judge managed values; ``changed`` are those that a step changed on the branch's own
        line.
        """
        self._check_unrelated(step, index)
        for merge in self.merges.of(step):
            for merged_file in self.merges.files(merge):
                targets = index.at(step.branch, merged_file.path)
                for target in filter(self.replay_input.concerns, targets):
                    if merge is not step.commit or target.key not in changed:
                        self._judge_value(merge, merged_file, target)

    def _judge_value(
        self, merge: LoggedCommit, merged_file: MergedFile, target: AuditedTarget
    ) -> None:
        state, read = self.states[target.key], self.trees.read
        lost = self.merges.lost_operation(merged_file, target, read, state.done)
        if lost:
            release = one_line(release_words(lost.release))
            message = (
                f"the merge by {who(merge)} takes back {one_line(lost.operation)} of {release} "
                f"(commit {lost.commit[:12]}) without an operation"
            )
            self.collector.add_hand_edit(merge, target, state.value, message, LOST)
            state.operation = None
            # what comes next was planned by who saw that it is no longer what stands there
            state.note_record(lost)
        elif self.merges.unexplained(merge, merged_file, target, read):
            message = (
                f"the merge by {who(merge)} takes the value of a history with a {FILE} of its own"
            )
            self.collector.add_hand_edit(merge, target, state.value, message)
            state.operation = None

    def _check_unrelated(self, step: ArrivedCommit, index: ValuesIndex) -> None:
        """Note a history of its own that a merge brings, if it has rules or managed values."""
        for commit in self.merges.unrelated(step):
            for delta in files(commit):
                if delta.path != FILE and not index.at(step.branch, delta.path):
                    continue
                message = (
                    f"the history has two beginnings: the merge brings commit {commit.id[:12]}, "
                    f"which has {one_line(delta.path)} too"
                )
                remedy = "take the merge back, and bring what is needed of it as changes"
                self.collector.add_violation(BEGINNINGS, step.commit, ("", ""), message, remedy)
                return

    def judge_rules(self, step: ArrivedCommit, config: Config) -> None:
        """Note, and have signed, what merges drop of the rules that one of their parents had."""
        tree = self.trees.of(step.branch)
        signers = (environment.signers for environment in config.environments.values())
        watched = {FILE, *filter(None, signers)}
        for merge in self.merges.of(step):
            merged_files = {each.path: each for each in self.merges.files(merge)}
            for path in sorted(merged_files.keys() & watched):
                mode, oid = merged_files[path].entry
                if tree.get(path) != ((mode, oid) if oid else None):
                    continue  # it was changed again since
                for parent in self.merges.dropped(merged_files[path], merge.parents[0]):
                    dropped = _DroppedRules(step, merge, parent, merged_files, tree)
                    if path == FILE:
                        self._add_dropped_policy(dropped, config)
                    else:
                        self._add_dropped_signers(dropped, path, config)

    def _add_dropped_signers(self, dropped: _DroppedRules, path: str, config: Config) -> None:
        message = f"{one_line(path)} was {dropped.by}"
        for name, environment in config.environments.items():
            if environment.signers == path:
                self.collector.add_policy_change(dropped.step, name, message)
                self._require_signature(dropped, name, path, message)

    def _add_dropped_policy(self, dropped: _DroppedRules, config: Config) -> None:
        oid = dropped.oid(FILE)
        old = self.replay_input.policy(oid) if oid else None
        if not isinstance(old, Config):
            return
        for name, words in policies.differences(old, config):
            message = f"{one_line(words)} ({dropped.by})"
            self.collector.add_policy_change(dropped.step, name, message)
        add_weakenings(self.collector, dropped.step, old, config, dropped.by)
        for name, environment in old.environments.items():
            if environment.signers:
                self._require_signature(
                    dropped, name, environment.signers, f"{FILE} was {dropped.by}"
                )

    def _require_signature(
        self, dropped: _DroppedRules, environment: str, signers: str, message: str
    ) -> None:
        """Require that the merge is signed by those whom the parent's file of signers has."""
        oid = dropped.oid(signers)
        self.collector.require_signatures(
            RequiredSignatures((dropped.merge.id,), oid, ("", environment), dropped.step, message)
        )
