"""Notes what the commit of an operation changes beside the operation."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit import rebuilt_operation
from gitops_ci.core.audit.chart_changes import apps_of_chart, in_chart
from gitops_ci.core.audit.findings import BESIDE, FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, claims_of, files
from gitops_ci.core.audit.manifests import is_manifest
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, ValuesIndex
from gitops_ci.model.commits import REGULAR, Delta, LoggedCommit
from gitops_ci.model.names import FILE, few, fill
from gitops_ci.model.operation import Chart, Record
from gitops_ci.model.paths import below

_APART = "make that change in a commit of its own, so that nobody takes it for the operation"
# records of its own, such as what was acknowledged
_RECORDS = ".gitops-ci/"
Claims = Mapping[Key, Sequence[Record]]


class BesideOperations(msgspec.Struct, frozen=True):
    """An operation changes its values files and the chart that it carries, and nothing else.

    Charts and manifests beside it would reach the cluster under its name. Managed values of other
    applications are judged as what they are, with or without an operation beside them.
    """

    replay_input: ReplayInput
    trees: BranchTrees
    collector: FindingCollector

    def judge(self, step: ArrivedCommit, index: ValuesIndex) -> None:
        """Judge the commits of a step that claim an operation; the trees are those after it."""
        if not self.collector.reporting:
            return
        for commit in (step.commit, *step.side):
            claims = claims_of(commit)
            if claims:
                self._judge(_OperationCommit(step.branch, commit, claims, index))

    def _judge(self, operation: "_OperationCommit") -> None:
        deployed: list[str] = []
        other: list[str] = []
        for delta in files(operation.commit):
            targets = operation.index.at(operation.branch, delta.path)
            own = [target for target in targets if target.key in operation.claims]
            if own:
                if self._has_other_lines(delta, operation, own):
                    other.append(f"other keys of {delta.path}")
            elif targets:
                other.append(delta.path)  # its managed values, if they changed, are a hand edit
            elif not (
                delta.path.startswith(_RECORDS)
                or self._is_carried(delta, operation)
                or _is_retired(delta, operation)
            ):
                (deployed if self._is_deployed(delta, operation) else other).append(delta.path)
        if deployed:
            message = f"{_words(operation, deployed)}, which no operation changes"
            self.collector.add_violation(BESIDE, operation.commit, operation.key, message, _APART)
        if other:
            message = _words(operation, other)
            self.collector.add_notice(BESIDE, operation.commit, operation.key, message)

    def _has_other_lines(
        self, delta: Delta, operation: "_OperationCommit", targets: Sequence[AuditedTarget]
    ) -> bool:
        """Tell whether a values file changed in more lines than an operation has keys there."""
        if not (delta.before and delta.after) or delta.mode not in REGULAR:
            return False
        before, after = map(self.replay_input.content, (delta.before, delta.after))
        if before is None or after is None:
            return False
        written = {key for target in targets for keys in target.app.images for key in keys.edited}
        old, new = before.splitlines(), after.splitlines()
        if len(old) != len(new):
            return True
        return sum(one != two for one, two in zip(old, new, strict=True)) > len(written)

    def _is_carried(self, delta: Delta, operation: "_OperationCommit") -> bool:
        """Tell whether a file came along with a chart; where from is looked at with the chart."""
        return any(below(path, delta.path) is not None for path in self._carried(operation))

    def _carried(self, operation: "_OperationCommit") -> Iterator[str]:
        for key, claimed in operation.claims.items():
            target = operation.index.find(key)
            charts = (self._chart(operation, target, record) for record in claimed if target)
            for chart in filter(None, charts):
                yield from (entry.path for entry in chart.carried)

    def _chart(
        self, operation: "_OperationCommit", target: AuditedTarget, record: Record
    ) -> Chart | None:
        config, known = operation.index.config, self.replay_input
        boundary = known.chart_boundary(config, target)
        return rebuilt_operation.chart_of(
            target, record, operation.commit, config, known.policy_branch, boundary
        )

    def _is_deployed(self, delta: Delta, operation: "_OperationCommit") -> bool:
        """Tell whether a file is something that Argo CD renders or obeys."""
        tree = self.trees.of(operation.branch)
        if in_chart(delta.path, tree) or any(apps_of_chart(operation.index.config, delta.path)):
            return True
        regular = delta.mode in REGULAR or delta.after is None
        oid = delta.after or delta.before
        return not regular or is_manifest(delta.path, self.replay_input.content, oid)


def _is_retired(delta: Delta, operation: "_OperationCommit") -> bool:
    """Tell whether a file goes with a place that is retired: its entry, or the folder of its
    application.
    """
    retired = [
        target
        for key, claimed in operation.claims.items()
        if any(record.kind.removes for record in claimed)
        if (target := operation.index.find(key))
    ]
    if not retired or delta.path == FILE:
        return bool(retired)
    folders = (fill(target.app.path, env=target.environment.name) for target in retired)
    return delta.after is None and any(
        each and below(each, delta.path) is not None for each in folders
    )


class _OperationCommit(msgspec.Struct, frozen=True):
    """A commit with what it claims, on a branch under the policy of its time."""

    branch: str
    commit: LoggedCommit
    claims: Claims
    index: ValuesIndex

    @property
    def key(self) -> Key:
        """Return the application and the environment of its first operation."""
        app, environment = next(iter(self.claims))
        return one_line(app), one_line(environment)


def _words(operation: _OperationCommit, paths: Sequence[str]) -> str:
    commit = operation.commit
    record = next(iter(operation.claims.values()))[0]
    return (
        f"the commit by {one_line(commit.author)} that records {one_line(record.operation)} also "
        f"changes {few([one_line(path) for path in paths])}"
    )
