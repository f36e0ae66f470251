"""Notes values that no operation wrote, whatever the commit's message says."""

from collections.abc import Sequence

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.claimed_operations import JudgedCommit
from gitops_ci.core.audit.findings import ADDED, HAND_EDIT, TAKEN_BACK, FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files
from gitops_ci.core.audit.plan_check import PlanCheck
from gitops_ci.core.audit.rebuilt_operation import release_words
from gitops_ci.core.audit.rejudge import ReplayFacts, would_hold
from gitops_ci.core.audit.removals import Removals
from gitops_ci.core.audit.state.environment_states import State, ValueChange
from gitops_ci.core.audit.state.values_index import AuditedTarget
from gitops_ci.core.audit.words import (
    claim,
    contradiction,
    not_approved,
    origin,
    sentence,
    who,
)
from gitops_ci.core.config.reader import FILE
from gitops_ci.core.release_values import other_repository
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.operation import Change, Record
from gitops_ci.model.operation_kind import KINDS


class HandEdits(msgspec.Struct, frozen=True):
    """Notes hand edits, and trailers that claim what their commit does not do."""

    replay_facts: ReplayFacts
    collector: FindingCollector
    plans: PlanCheck
    removals: Removals

    def add(self, judged: JudgedCommit, change: ValueChange, records: Sequence[Record]) -> None:
        """Note a change that the records of its commit do not lead to, and put the new value into
        the states.
        """
        target, after, step = change.target, change.after, judged.step
        state = self.replay_facts.states[target.key]
        restored = state.restores(after)
        if restored:
            self._continue(step, target, state)
        taken_back = not records and state.takes_back(after)
        if records:
            self._add_false_claim(judged.commit, change, records[-1])
        elif after.missing:
            self.removals.add_file(step, judged.commit, target, judged.config)
        elif taken_back:
            self._add_taken_back(judged, change)
        elif restored or _deploys_nothing_else(change, state):
            self.removals.signing.require(step, judged.commit, target, f"{target.file} was changed")
        elif _comes_first(judged, change, state):
            words = _words(change, who(judged.commit))
            self.collector.add_notice(ADDED, judged.commit, target.key, words)
            self.removals.signing.require(step, judged.commit, target, f"{target.file} was added")
        else:
            self._add_hand_edit(judged, change)
        if taken_back and state.accounted:
            _, record = state.accounted
            state.arrive(after, step, record, adopted=record is None)
            return
        # what an operation took away and somebody put back, no operation brought
        brought = restored and state.deployments and not state.retired
        state.arrive(after, step, state.deployments[-1].record if brought else None)

    def _continue(self, step: ArrivedCommit, target: AuditedTarget, state: State) -> None:
        """Let what is back run on where gitops.yaml had named its file before it was there."""
        gone = state.gone
        if gone and not state.retired and _is_named(gone, target):
            self.collector.settle_move(target, gone, step)
            state.resume()

    def _add_taken_back(self, judged: JudgedCommit, change: ValueChange) -> None:
        """Note that somebody put back what the last operation had left, as findings ask for."""
        target, commit = change.target, judged.commit
        message = f"{_words(change, who(commit))}, as it was before somebody wrote another value"
        self.collector.add_notice(TAKEN_BACK, commit, target.key, message)
        self.removals.signing.require(judged.step, commit, target, f"{target.file} was changed")

    def add_idle_claim(self, commit: LoggedCommit, change: ValueChange, record: Record) -> None:
        """Note a claim of which the commit does nothing."""
        earlier = [each for each in self.plans.records_of_plan(record) if each is not record]
        copied = any(each.commit != record.commit for each in earlier)
        message = sentence(
            f"{claim(commit, record)}, and it changes nothing there", origin(record, earlier)
        )
        kind = "copied" if copied else "forged"
        self.collector.add_violation(kind, commit, change.target.key, message)

    def _add_false_claim(self, commit: LoggedCommit, change: ValueChange, record: Record) -> None:
        earlier = self.plans.records_of_plan(record)
        message = sentence(
            f"{claim(commit, record)}, but {_words(change, 'it')}",
            origin(record, earlier),
            not_approved(change.target.environment),
        )
        kind = "copied" if earlier else "forged"
        self.collector.add_written(commit, change.target, change.after, message, kind)
        self.plans.add(record)

    def _add_hand_edit(self, judged: JudgedCommit, change: ValueChange) -> None:
        commit = judged.commit
        claims_something = "Gitops-" in commit.message or _has_subject_of_operation(commit)
        kind = "missing-trailers" if claims_something else HAND_EDIT
        message = sentence(_words(change, who(commit)), self._rules_words(judged, change))
        self.collector.add_hand_edit(commit, change.target, change.after, message, kind)

    def _rules_words(self, judged: JudgedCommit, change: ValueChange) -> str:
        """Return what the rules say of the value, '' where there is nothing to judge.

        What never existed would have passed nothing: of a tag and a digest that contradict each
        other that is all there is to say.
        """
        target, before, after = change.target, change.before.release, change.after.release
        if before is None or after is None or change.after.empty or change.after.problem:
            return ""
        app, environment = target.app, target.environment
        recorded = self.replay_facts.releases.get(app.name, ())
        verdict = contradiction(after, [*recorded, before])
        if not verdict:
            promoted = Change(app, environment, target.branch, target.file, before, after, (), None)
            author = one_line(judged.commit.author)
            now = judged.step.arrived
            verdict = would_hold(promoted, judged.config, self.replay_facts, now, author)
        return sentence(one_line(verdict), not_approved(environment))


def _words(change: ValueChange, writer: str) -> str:
    """Return what somebody did to a values file."""
    target, before, after = change.target, change.before, change.after
    old, new = (one_line(release_words(value.release)) for value in (before, after))
    if after.problem:
        return f"{target.file} can't be read since {writer} changed it: {one_line(after.problem)}"
    if before.missing:
        return f"{target.file} was added by {writer} with {new}"
    if release_words(before.release) != release_words(after.release):
        return f"{writer} wrote {new} over {old} by hand"
    texts = after.texts or {}
    if before.misread != after.misread:
        return _misread_words(change, writer)
    repository = other_repository(texts, target.app, target.environment.name)
    if repository:
        key, written, configured = repository
        return (
            f"{writer} wrote {one_line(written)} as {key} by hand, and gitops.yaml names "
            f"{one_line(configured)}"
        )
    keys = ", ".join(map(str, change.changed_texts))
    return f"{writer} changed {keys} of {new} by hand"


def _misread_words(change: ValueChange, writer: str) -> str:
    """Return what somebody made Helm read in the place of what the file says."""
    before, after = change.before.misread, change.after.misread
    texts = change.after.texts or {}
    key = next(key for key in texts if before.get(key) != after.get(key))
    text = one_line(texts[key] or "")
    if key in after:
        seen = one_line(after[key]) or "null"
        return f"{writer} changed how {key} is written: Helm reads {seen} there, not {text}"
    seen = one_line(before[key]) or "null"
    return f"{writer} changed how {key} is written: Helm reads {text} there, and read {seen} before"


def _comes_first(judged: JudgedCommit, change: ValueChange, state: State) -> bool:
    """Tell whether a value is the first one of a place that no entry in gitops.yaml names, and that
    asks for no approval.
    """
    target, after = change.target, change.after
    named = target.app.name in judged.config.apps and not judged.config.implicit
    free = not (named or target.environment.approval or after.problem)
    return free and state.last is None and state.value.missing


def _is_named(gone: ArrivedCommit, target: AuditedTarget) -> bool:
    """Tell whether a file is gone because a step of gitops.yaml named it, and nobody removed it."""
    changed = {delta.path for delta in files(gone.commit)}
    return FILE in changed and target.file not in changed


def _deploys_nothing_else(change: ValueChange, state: State) -> bool:
    """Tell whether a file begins without a release, or says the repository of gitops.yaml again."""
    before, after = change.before, change.after
    if before.texts is None:
        return after.empty and not after.problem and (state.retired or state.left is None)
    if after.texts is None or before.misread != after.misread:
        return False
    images = (image for image in change.target.app.images if image.repositories)
    configured = {key for image in images for key in image.repository_keys}
    changed = change.changed_texts
    return changed.keys() <= configured and not any(text is not None for text in changed.values())


def _has_subject_of_operation(commit: LoggedCommit) -> bool:
    subject = commit.message.partition("\n")[0]
    return commit.message.partition("(")[0] in KINDS and "):" in subject
