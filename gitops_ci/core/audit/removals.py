"""Notes places that are gone without having been retired."""

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit import words
from gitops_ci.core.audit.findings import REMOVED, FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.rebuilt_operation import release_words
from gitops_ci.core.audit.required_signing import SigningRules
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.audit.state.values_index import AuditedTarget, hiding
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.names import fill


class Removals(msgspec.Struct, frozen=True):
    """Tells what is gone in the open, a notice, from what only an operation may take away."""

    trees: BranchTrees
    states: States
    signing: SigningRules
    collector: FindingCollector

    def add_file(
        self, step: ArrivedCommit, commit: LoggedCommit, target: AuditedTarget, config: Config
    ) -> None:
        """Note a values file that is gone, while the policy still has its place."""
        message = f"{target.file} was removed by {words.who(commit)}"
        self._add(step, commit, target, message, whole=self._is_alone(target, config))

    def add_place(self, step: ArrivedCommit, target: AuditedTarget) -> None:
        """Note a place that the policy of a step has no more; ``target`` is where it was."""
        name, who = target.environment.name, words.who(step.commit)
        message = f"{target.app.name} in {name} was taken out of {FILE} by {who}"
        gone = self.is_gone(target)
        if not gone:
            message += f", and {target.file} stays"
        self._add(step, step.commit, target, message, whole=gone)

    def _add(
        self,
        step: ArrivedCommit,
        commit: LoggedCommit,
        target: AuditedTarget,
        message: str,
        *,
        whole: bool,
    ) -> None:
        """Note what is gone; ``whole``: with all that said that it was there."""
        state = self.states[target.key]
        left = None if state.retired else state.left
        if left and (target.environment.approval or not whole):
            message = words.sentence(
                message,
                f"{one_line(release_words(left))} ran there, and nobody retired it",
                words.not_approved(target.environment),
            )
            self.collector.add_removal(commit, target, left, message)
            return
        self.collector.add_notice(REMOVED, commit, target.key, message)
        self.signing.require(step, commit, target, f"{target.file} was removed")

    def _is_alone(self, target: AuditedTarget, config: Config) -> bool:
        """Tell whether a file that is gone was all that the repository had of its place: no entry
        in gitops.yaml names it, and of a folder that a "*" matches nothing is left.
        """
        if config.implicit:
            return True
        if config.pattern is None or target.app.name in config.apps:
            return False
        if "{app}" not in config.pattern.path:
            return True
        folder = fill(target.app.path, env=target.environment.name)
        return not self.trees.has_folder(target.branch, folder)

    def is_gone(self, target: AuditedTarget) -> bool:
        """Tell whether nothing is where a values file was, or on the way there."""
        tree = self.trees.of(target.branch)
        return target.file not in tree and hiding(target.file, tree) is None
