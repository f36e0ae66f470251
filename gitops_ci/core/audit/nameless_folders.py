"""Notes folders that a set of Argo CD deploys and that are no application by their name."""

from collections.abc import Callable

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.argo_cd.overrides import sets_any
from gitops_ci.core.audit.findings import NAMELESS, FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.values_index import ValuesIndex

_RENAME = "rename the folder: letters, digits, '.', '_' and '-', the first a letter or a digit"


class NamelessFolders(msgspec.Struct, frozen=True):
    """Below a ``"*"`` pattern; what runs of them is proven by nothing."""

    content: Callable[[str], bytes | None]
    trees: BranchTrees
    collector: FindingCollector

    def judge(self, step: ArrivedCommit, index: ValuesIndex) -> None:
        """Note what a step puts there; a violation where a values file of one names an image."""
        if not self.collector.reporting:
            return
        for delta in files(step.commit):
            if delta.after:
                self._judge(step, delta.path, index)

    def note_existing(self, step: ArrivedCommit, index: ValuesIndex) -> None:
        """Note those that are there when the audit begins with a step."""
        for path in self.trees.of(step.branch):
            for name, environment in index.nameless(step.branch, path):
                message = f"{_words(path, name, environment)}; it was there when the audit began"
                self.collector.add_notice(NAMELESS, step.commit, ("", environment), message)

    def _judge(self, step: ArrivedCommit, path: str, index: ValuesIndex) -> None:
        pattern = index.config.pattern
        for name, environment in index.nameless(step.branch, path):
            message = f"{_words(path, name, environment)} ({one_line(step.commit.author)})"
            key = ("", environment)
            keys = [keys.required for keys in pattern.images] if pattern else []
            oid = self.trees.regular_file(step.branch, path)
            if oid is None or sets_any(self.content(oid), keys):
                self.collector.add_violation(NAMELESS, step.commit, key, message, _RENAME)
            else:
                self.collector.add_notice(NAMELESS, step.commit, key, message)


def _words(path: str, name: str, environment: str) -> str:
    return (
        f"{one_line(path)}: {one_line(name)!r} is no name of an application, so nobody judges what "
        f"it deploys to {environment}"
    )
