"""Holds changes of Argo CD's manifests against gitops.yaml: what they set decides what runs."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.argo_cd import sources
from gitops_ci.core.audit.argo_cd.deployed_targets import by_folder, by_name, by_values
from gitops_ci.core.audit.argo_cd.overrides import (
    contradicted,
    managed_keys,
    overridden,
    sets_any,
)
from gitops_ci.core.audit.argo_cd.sources import DeployedSource, Manifest
from gitops_ci.core.audit.findings import ARGO_CD, ARGO_CD_OVERRIDE, FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, change_of_file, files
from gitops_ci.core.audit.manifests import may_be_manifest
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, ValuesIndex
from gitops_ci.model.commits import REGULAR, Delta, LoggedCommit
from gitops_ci.model.config import ANY_APP
from gitops_ci.model.git_modes import SUBMODULE

_REMEDY = (
    "take it back; what is meant is said in gitops.yaml first, and an operation writes the image"
)
_FILES = "helm.valueFiles"
Found = Mapping[str, str]  # words by aspect


class _Difference(msgspec.Struct, frozen=True):
    """One source before and after a commit, and the managed applications that it deploys."""

    before: DeployedSource | None
    after: DeployedSource | None
    targets: Sequence[AuditedTarget]

    @property
    def changed(self) -> list[str]:
        """Return the aspects that are not as before."""
        old = self.before.aspects if self.before else {}
        new = self.after.aspects if self.after else {}
        return [name for name in {**old, **new} if old.get(name) != new.get(name)]

    @property
    def what(self) -> str:
        """Return what the manifest is called."""
        source = self.after or self.before
        return one_line(source.what) if source else ""

    @property
    def done(self) -> str:
        """Return what was done to it."""
        if self.before is None:
            return "added"
        return "changed" if self.after else "removed"

    def is_of_its_own(self, index: ValuesIndex) -> bool:
        """Tell whether it is a new application that only borrows the values of an environment that
        nothing protects, as previews of pull requests do.
        """
        if self.before or not self.after or by_name(self.after, index):
            return False
        environments = [target.environment for target in self.targets]
        return not any(each.source or each.approval or each.signers for each in environments)

    @property
    def key(self) -> Key:
        """Return the application and the environment, '' for several."""
        apps = {target.app.name.replace(ANY_APP, "") for target in self.targets}
        environments = {target.environment.name for target in self.targets}
        return (
            apps.pop() if len(apps) == 1 else "",
            environments.pop() if len(environments) == 1 else "",
        )


class ManifestChanges(msgspec.Struct, frozen=True):
    """Notes what commits change of the manifests that deploy managed applications.

    What sets an image, or lets something else run than gitops.yaml says, is a violation, all else a
    notice; what stood there before the audit began counts as adopted.
    """

    replay_input: ReplayInput
    trees: BranchTrees
    collector: FindingCollector

    def judge(self, step: ArrivedCommit, index: ValuesIndex) -> None:
        """Judge what a step changed; the trees are those after it."""
        if not self.collector.reporting:
            return
        for delta in files(step.commit):
            if may_be_manifest(delta.path) and not index.at(step.branch, delta.path):
                self._judge(step, delta, index)

    def _judge(self, step: ArrivedCommit, delta: Delta, index: ValuesIndex) -> None:
        before = self._read(delta, delta.mode_before, delta.before)
        after = self._read(delta, delta.mode, delta.after)
        if delta.after is None and self.trees.is_behind_link(step.branch, delta.path):
            after = sources.LINK
        by = _author(step, delta.path)
        if after.unreadable:
            self._note_unreadable(by, delta.path, before, after, index)
            return
        for difference in _differences(before, after, index):
            self._note(step, by, difference, index)
        for patch in after.patches:
            if patch not in before.patches:
                message = f"{_who(by)} changed a templatePatch in {one_line(delta.path)}"
                self._refuse(by, f"{message}: it may set anything")

    def _note_unreadable(
        self, by: LoggedCommit, path: str, before: Manifest, after: Manifest, index: ValuesIndex
    ) -> None:
        name, why = one_line(path), after.unreadable
        if before.patches or any(_targets(source, index) for source in before.sources):
            message = f"{name} can't be read any more since {_who(by)} changed it: {why}"
            self._refuse(by, message)
        elif after in (sources.LINK, sources.TOO_LARGE):  # all else may be a template of Helm
            message = f"{name} can't be read, and {_who(by)} changed it: {why}"
            self.collector.add_notice(ARGO_CD, by, ("", ""), message)

    def _refuse(self, by: LoggedCommit, message: str) -> None:
        self.collector.add_violation(ARGO_CD_OVERRIDE, by, ("", ""), message, _REMEDY)

    def _read(self, delta: Delta, mode: str, oid: str | None) -> Manifest:
        if oid is None or mode == SUBMODULE:
            return Manifest()
        if mode not in REGULAR:
            return sources.LINK
        return sources.read(delta.path, self.replay_input.content(oid))

    def _note(
        self, step: ArrivedCommit, by: LoggedCommit, difference: _Difference, index: ValuesIndex
    ) -> None:
        changed = difference.changed
        if not changed:
            return
        did = f"{_who(by)} {difference.done} {difference.what}"
        wrong = self._wrong(step, difference, index)
        lenient = difference.is_of_its_own(index)
        for aspect, words in wrong.items():
            message = f"{did}: {one_line(aspect)} {one_line(words)}"
            if lenient:
                self.collector.add_notice(ARGO_CD, by, difference.key, message)
            else:
                self.collector.add_violation(ARGO_CD_OVERRIDE, by, difference.key, message, _REMEDY)
        rest = [aspect for aspect in changed if aspect not in wrong]
        if not difference.after or (rest and difference.before):
            message = f"{did}: {one_line(', '.join(sorted(rest)))}" if difference.after else did
            self.collector.add_notice(ARGO_CD, by, difference.key, message)

    def _wrong(self, step: ArrivedCommit, difference: _Difference, index: ValuesIndex) -> Found:
        """Return in words by aspect what a source says now and must not say."""
        before, after, targets = difference.before, difference.after, difference.targets
        if after is None:
            return {}
        found = overridden(after, targets)
        found |= contradicted(after, targets, self.replay_input.policy_branch)
        if before is None:
            found.pop("repoURL", None)  # it takes its files from nowhere else than before
        changed = difference.changed
        found = {aspect: words for aspect, words in found.items() if aspect in changed}
        return {**found, **self._other_files(step, before, after, index)}

    def _other_files(
        self,
        step: ArrivedCommit,
        before: DeployedSource | None,
        after: DeployedSource,
        index: ValuesIndex,
    ) -> Found:
        """Return what is wrong with the values files that a source names now."""
        now = by_values(after, index)
        files_now = {target.file for target in now}
        former = by_values(before, index) if before else []
        gone = [target.file for target in former if target.file not in files_now]
        if gone:
            return {_FILES: f"does not name {gone[0]} any more, which operations write"}
        keys = [key for target in now for key in managed_keys(target.app)]
        later_before = _later(before, files_now) if before else []
        for path in _later(after, files_now):
            if path in later_before:
                continue
            if sources.is_elsewhere(path):
                return {_FILES: f"names {path} after {now[0].file}, which is in no folder here"}
            oid = self.trees.regular_file(step.branch, path)
            key = sets_any(self.replay_input.content(oid), keys) if oid else ""
            if key:
                return {_FILES: f"names {path} after {now[0].file}, and that sets {key}"}
        return {}


def _differences(before: Manifest, after: Manifest, index: ValuesIndex) -> Iterator[_Difference]:
    """Yield the sources of managed applications before and after, paired by name and order."""
    old, new = _by_place(before), _by_place(after)
    for place in dict.fromkeys([*new, *old]):
        pair = _Difference(old.get(place), new.get(place), ())
        targets = _targets(pair.before, index) or _targets(pair.after, index)
        if targets:
            yield _Difference(pair.before, pair.after, targets)


def _by_place(manifest: Manifest) -> dict[tuple[str, str, int], DeployedSource]:
    found: dict[tuple[str, str, int], DeployedSource] = {}
    for source in manifest.sources:
        number = sum((source.what, source.name) == place[:2] for place in found)
        found[source.what, source.name, number] = source
    return found


def _targets(source: DeployedSource | None, index: ValuesIndex) -> Sequence[AuditedTarget]:
    if source is None:
        return ()
    if source.what.startswith("."):
        return by_name(source, index) or by_folder(source, index)
    return by_values(source, index) or by_name(source, index)


def _later(source: DeployedSource, managed: Collection[str]) -> list[str]:
    """Return the values files that come after managed ones, and so win over them."""
    listed = source.values_files
    first = next((at for at, path in enumerate(listed) if path in managed), len(listed))
    return [path for path in listed[first:] if path not in managed]


def _author(step: ArrivedCommit, path: str) -> LoggedCommit:
    """Return the commit that changed a file: of what a merge brought the newest that did."""
    touching = [commit for commit in step.side if change_of_file(commit, path)]
    return touching[-1] if touching else step.commit


def _who(commit: LoggedCommit) -> str:
    return one_line(commit.author)
