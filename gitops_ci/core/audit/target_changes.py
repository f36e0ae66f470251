"""Takes over what stands in targets that come under a policy, and compares what a policy moves."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit import words
from gitops_ci.core.audit.findings import ADDED, FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, change_of_file
from gitops_ci.core.audit.history.former_records import FormerRecords
from gitops_ci.core.audit.rebuilt_operation import release_words
from gitops_ci.core.audit.removals import Removals
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.environment_states import State, States, Value
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, ValuesIndex
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.release import Image


class TargetChanges(msgspec.Struct, frozen=True):
    """Puts values into the states that came there by a policy, not by a change of their file."""

    replay_input: ReplayInput
    trees: BranchTrees
    states: States
    former_records: FormerRecords
    collector: FindingCollector
    removals: Removals

    def adopt(self, step: ArrivedCommit, index: ValuesIndex) -> None:
        """Take what stands on the step's branch, or on all where it is the policy branch, as it was
        before the step: the audit begins there.
        """
        everywhere = step.branch == self.replay_input.policy_branch
        targets = [
            target for target in self._all(index) if everywhere or target.branch == step.branch
        ]
        for target in targets:
            self._start(step, target)
        self._begin(targets)

    def move(self, step: ArrivedCommit, index: ValuesIndex, former: ValuesIndex) -> None:
        """Compare values before and after gitops.yaml names other places, files or keys: that
        changes them too.
        """
        targets = list(self._all(index))
        started = [target for target in targets if self.states.left(target.key) is None]
        started = [each for each in started if not same_place(each, former.find(each.key))]
        left, gone = list[tuple[AuditedTarget, AuditedTarget | None]](), list[AuditedTarget]()
        for key, state in self.states.items():
            before, target = former.find(key), index.find(key)
            if state.left is None:
                continue
            if target and not same_place(target, before):
                left.append((target, before))
            elif before and target is None and _is_kept(state, former):
                gone.append(before)
        for target, before in left:
            self._compare(step, target, before)
        self._rename(step, gone, started)
        self._begin([*started, *(target for target, _ in left)])

    def _rename(
        self, step: ArrivedCommit, gone: Sequence[AuditedTarget], started: Sequence[AuditedTarget]
    ) -> None:
        """Begin with targets and end others, but for those that only have another name now."""
        renamed = self._renamed(gone, started)
        for target in started:
            if target.key not in renamed:
                self._start(step, target)
        for target in gone:
            if target.key not in renamed.values():
                self.removals.add_place(step, target)
                self.states[target.key].end(step)
        for heir, key in renamed.items():
            self.states.rename(key, heir)

    def _renamed(
        self, gone: Sequence[AuditedTarget], started: Sequence[AuditedTarget]
    ) -> dict[Key, Key]:
        """Return what targets that no policy names any more are called now, by their new name."""
        renamed: dict[Key, Key] = {}
        for target in gone:
            heirs = (heir.key for heir in started if self._inherits(heir, target))
            heir = next((key for key in heirs if key not in renamed), None)
            if heir:
                renamed[heir] = target.key
        return renamed

    def _start(self, step: ArrivedCommit, target: AuditedTarget) -> None:
        """Take a target's value before the step that brought it under a policy; what came with the
        step is noted.
        """
        state, value = self.states[target.key], self.trees.value_now(target)
        before = self._value_before(step, target, value)
        if before != value:
            state.arrive(before, step, adopted=True)
        brought = _images(before) != _images(value) or before.problem != value.problem
        brought = brought or before.misread != value.misread
        state.arrive(value, step, adopted=not brought)
        if not brought:
            state.find(self.trees.heads.get(target.branch, step.commit.id))
            self._add_misread(step, target, value)
            return
        who, new = words.who(step.commit), one_line(release_words(value.release))
        message = (
            f"{new} came to {target.file} in the commit by {who} that brought it under {FILE}, "
            f"over {one_line(release_words(before.release))}"
        )
        if target.environment.approval or value.problem:
            self.collector.add_hand_edit(step.commit, target, value, message)
        else:
            self.collector.add_notice(ADDED, step.commit, target.key, message)

    def _value_before(self, step: ArrivedCommit, target: AuditedTarget, value: Value) -> Value:
        """Return what a target had at the parent of a step; ``value`` is what it has now, and had
        from the beginning where a history begins with it.
        """
        if target.branch != step.branch or not step.commit.parents:
            return value
        delta = change_of_file(step.commit, target.file)
        return self.trees.read(delta.mode_before, delta.before, target) if delta else value

    def _compare(
        self, step: ArrivedCommit, target: AuditedTarget, former: AuditedTarget | None
    ) -> None:
        """Hold a target that has another place or other keys, or is back, against what was left."""
        state, value = self.states[target.key], self.trees.value_now(target)
        same_file = former is not None and _file(former) == _file(target)
        misread = state.last is not None and state.last.misread != value.misread
        if not misread and _brings_back(state, value, same_file=same_file):
            self._continue(step, target)
        else:
            old, new = release_words(state.left), value.problem or release_words(value.release)
            message = (
                f"{FILE} names another file or other keys: {one_line(old)} -> {one_line(new)} "
                "without an operation"
            )
            self.collector.add_hand_edit(step.commit, target, value, message)
        state.arrive(value, step)

    def _add_misread(self, step: ArrivedCommit, target: AuditedTarget, value: Value) -> None:
        """Note what Helm reads otherwise since before the audit begins."""
        if value.misread:
            message = f"{target.file}: {words.misread(value)}"
            self.collector.add_notice("misread", step.commit, target.key, message)

    def _continue(self, step: ArrivedCommit, target: AuditedTarget) -> None:
        """Let what is back run on where the step that took its file away renamed it: on another
        branch than gitops.yaml that comes before or after.
        """
        state = self.states[target.key]
        gone = state.gone
        if gone is None or state.retired or gone.branch != target.branch:
            return
        delta = change_of_file(gone.commit, target.file)
        if delta and (delta.mode, delta.after) == self.trees.of(target.branch).get(target.file):
            self.collector.settle_move(target, gone, step)
            self.removals.signing.require(gone, gone.commit, target, f"{target.file} was added")
            state.resume()

    def _inherits(self, heir: AuditedTarget, target: AuditedTarget) -> bool:
        """Tell whether a target is another one under another name of its application or its
        environment: with its value, and in its place or with nothing left there.
        """
        if heir.app.name != target.app.name and heir.environment.name != target.environment.name:
            return False
        last, value = self.states[target.key].last, self.trees.value_now(heir)
        if last is None or last.empty or _images(value) != _images(last):
            return False
        if value.misread != last.misread:
            return False
        same = _file(heir) == _file(target)
        return same or self.removals.is_gone(target)

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


def same_place(one: AuditedTarget, two: AuditedTarget | None) -> bool:
    """Tell whether two targets are the same keys of the same file."""
    return two is not None and (one.app, one.branch, one.file) == (two.app, two.branch, two.file)


def _file(target: AuditedTarget) -> tuple[str, str]:
    return target.branch, target.file


def _is_kept(state: State, former: ValuesIndex) -> bool:
    """Tell whether a target may go only in the open: without gitops.yaml nobody said that there is
    one, until an operation put something there.
    """
    used = any(deployment.record for deployment in state.deployments)
    return not state.retired and (used or not former.config.implicit)


def _brings_back(state: State, value: Value, *, same_file: bool) -> bool:
    """Tell whether a value in another place, or by other keys, is what was left.

    Keys that are watched no more say nothing, images that are watched from now on are taken as they
    are, and in the same file no other repository can be meant than before.
    """
    if value.problem:
        return False
    if value.empty or value.release is None:
        return state.retired
    known = state.current.release if state.current else state.left
    old, new = known.images if known else (), value.release.images
    if same_file:
        old, new = _without_repositories(old), _without_repositories(new)
    if len(old) == len(new):
        return all(map(_is_left, new, old))
    return all(any(_is_left(image, left) for image in new) for left in old)


def _without_repositories(images: Iterable[Image]) -> tuple[Image, ...]:
    return tuple(replace(image, repository="") for image in images)


def _is_left(image: Image, left: Image) -> bool:
    if image.repository and left.repository and image.repository != left.repository:
        return False
    return image.tag == left.tag and image.digest in {None, left.digest}


def _images(value: Value) -> object:
    """Return what a value deploys, None for nothing."""
    return None if value.empty or value.release is None else value.release.images
