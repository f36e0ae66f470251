"""Holds what a commit claims against what it does, and the operation against the rules of its
time.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gitops_ci import __version__
from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit import rebuilt_operation, rejudge
from gitops_ci.core.audit.claimed_operations import (
    ClaimedOperations,
    Claims,
    JudgedCommit,
    MergedChange,
    in_order,
    writer,
)
from gitops_ci.core.audit.dates import DoubtedDates
from gitops_ci.core.audit.findings import (
    STALE_DIGEST,
    FindingCollector,
    RequiredChart,
    RequiredSignatures,
)
from gitops_ci.core.audit.hand_edits import HandEdits
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.plan_check import PlanCheck
from gitops_ci.core.audit.rebuilt_operation import RebuiltChange, RebuiltOperation
from gitops_ci.core.audit.removals import Removals
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.self_approvals import self_approval
from gitops_ci.core.audit.state.environment_states import States, ValueChange
from gitops_ci.core.audit.state.policies import Policies, same_rules
from gitops_ci.core.audit.state.values_index import Key
from gitops_ci.core.release_values import other_repository
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.deployment import Withdrawal
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Record
from gitops_ci.model.operation_kind import KINDS
from gitops_ci.model.release import Release

_UNPLANNED = "its plan is not that of what it did"


class Judge:
    """Judges what each step changed, with what ran before and the plans that were carried out."""

    def __init__(
        self,
        replay_input: ReplayInput,
        policies: Policies,
        states: States,
        collector: FindingCollector,
        removals: Removals,
    ) -> None:
        self._policy_branch = replay_input.policy_branch
        self._policies = policies
        self._states = states
        self._collector = collector
        self._releases: dict[str, list[Release]] = {}
        self._replay_facts = rejudge.ReplayFacts(states, replay_input.checks, self._releases)
        self._doubts = DoubtedDates(states)
        self._claimed = ClaimedOperations(replay_input, states)
        self._plans = PlanCheck(states, collector)
        self._hand_edits = HandEdits(self._replay_facts, collector, self._plans, removals)

    def step(
        self,
        step: ArrivedCommit,
        changes: Mapping[Key, ValueChange],
        claims: Claims,
        config: Config,
    ) -> None:
        """Judge what a step changed, application by application, and put the new values into the
        states.
        """
        judged = JudgedCommit(step, step.commit, config)
        self._doubts.add(step)
        operations: dict[str, list[RebuiltChange]] = {}
        merged: list[MergedChange] = []
        for key, change in changes.items():
            if not change.stayed:
                self._collector.count_change()
            records, last = claims.get(key, ()), self._states[key].newest_record
            rebuilts = self._claimed.leading_to(judged, change, records, last)
            for rebuilt in rebuilts:
                operations.setdefault(rebuilt.record.plan or "", []).append(rebuilt)
            if not rebuilts:
                merged += self._unclaimed(judged, change, records)
        for operation in in_order(operations, claims, config):
            self._operation(judged, operation)
        self._merged(judged, merged)
        for key, change in changes.items():
            self._states[key].read_again(change.after)

    def _unclaimed(
        self, judged: JudgedCommit, change: ValueChange, records: Sequence[Record]
    ) -> list[MergedChange]:
        """Return what merged commits did for a change that the step's own records do not make; note
        what nobody claims.
        """
        if records and change.stayed:
            self._hand_edits.add_idle_claim(judged.commit, change, records[-1])
            return []
        if judged.step.side and not records:
            merged = self._claimed.behind_merge(judged, change)
            if merged:
                return merged
            judged = replace(judged, commit=writer(judged.step, change.target))
        if not change.stayed:
            self._hand_edits.add(judged, change, records)
        return []

    def _merged(self, judged: JudgedCommit, merged: Sequence[MergedChange]) -> None:
        """Judge what came with a merge in the order of its commits, and no application twice."""
        order = {commit.id: position for position, commit in enumerate(judged.step.side)}
        done: set[tuple[str, Key]] = set()
        for commit, rebuilt in sorted(merged, key=lambda pair: order[pair[0].id]):
            if (commit.id, rebuilt.target.key) in done:
                continue
            behind = replace(judged, commit=commit)
            operation = self._claimed.whole(behind, rebuilt)
            done |= {(commit.id, each.target.key) for each in operation}
            self._operation(behind, operation)

    def _operation(self, judged: JudgedCommit, operation: RebuiltOperation) -> None:
        """Judge one operation and put what it did into the states."""
        step, commit, record = judged.step, judged.commit, operation[0].record
        checkpoint = self._collector.checkpoint()
        rules = self._rules(judged, operation)
        unplanned = self._collector.checkpoint()
        if record.operation not in KINDS:
            message = f"gitops-ci {__version__} knows no operation {one_line(record.operation)}"
            self._collector.add_violation("forged", commit, operation[0].target.key, message)
        self._plans.judge(commit, operation, proposed=commit is not step.commit)
        planned = not self._collector.violated_since(unplanned)
        made = step.made_at(commit)
        verdicts = rejudge.judge(operation, rules, self._replay_facts, made, step.latest)
        for verdict in verdicts:
            doubted = self._doubts.words(verdict, step, commit, operation[0].target.environment)
            self._collector.add_verdict(commit, replace(verdict, reason=doubted), record)
        for rebuilt in operation:
            self._check_people(judged, rebuilt)
            self._require_chart(judged, rebuilt)
            self._note_left_digest(commit, rebuilt)
        for rebuilt in operation:
            fault = rejudge.fault_of(verdicts, rebuilt.target.app.name) if planned else _UNPLANNED
            self._settle(step, rebuilt, checkpoint, fault)

    def _rules(self, judged: JudgedCommit, operation: RebuiltOperation) -> Config:
        """Return the policy that an operation is judged by, and note where it chose an old one
        itself.
        """
        record, versions = operation[0].record, self._policies.versions
        if not record.policy:
            return judged.config
        index = self._policies.read_at(record.policy)
        if index is None:
            self._add_unknown_policy(judged, operation)
            return judged.config
        needed = len(versions) - 1
        if judged.step.branch != self._policy_branch:
            needed = min(needed, self._policies.at_time(judged.step.before))
        if index >= needed:
            return versions[index].config
        read, needed_version = versions[index], versions[needed]
        for rebuilt in operation:
            if not same_rules(read.config, needed_version.config, rebuilt.target.key):
                message = (
                    f"it was judged by the rules of {one_line(record.policy)[:12]}, which "
                    f"{needed_version.commit[:12]} had replaced"
                )
                self._collector.add_violation(
                    "old-policy", judged.commit, rebuilt.target.key, message
                )
        return needed_version.config

    def _add_unknown_policy(self, judged: JudgedCommit, operation: RebuiltOperation) -> None:
        versions = self._policies.versions
        if not versions[-1].commit:
            return
        message = (
            f"Gitops-Policy {one_line(operation[0].record.policy or '')[:12]} is not in the "
            f"history of {self._policy_branch}"
        )
        # a squash or a rebase leaves the commit behind; the plan, whose id holds the rules, shows
        # that they were these
        known = judged.step.branch == self._policy_branch and rebuilt_operation.fits(operation)
        add = self._collector.add_notice if known else self._collector.add_violation
        add("old-policy", judged.commit, operation[0].target.key, message)

    def _check_people(self, judged: JudgedCommit, rebuilt: RebuiltChange) -> None:
        """Require the signatures that vouch for an operation, or note that none can."""
        record, environment = rebuilt.record, rebuilt.target.environment
        key, name = rebuilt.target.key, environment.name
        words = self_approval(rebuilt, judged.config, self._releases)
        if words:
            self._collector.add_notice("self-approval", judged.commit, key, words)
        if name in self._policies.signers:
            what = one_line(f"{record.operation} to {name}")
            signers = self._policies.signers[name]
            self._collector.require_signatures(
                RequiredSignatures((judged.commit.id,), signers, key, judged.step, what)
            )
        elif record.approved_by and environment.approval:
            message = (
                f"approver: unverified ({one_line(', '.join(record.approved_by))}; {name} has no "
                "signers, so the publishing account alone vouches)"
            )
            self._collector.add_notice("approver-unverified", judged.commit, key, message)

    def _note_left_digest(self, commit: LoggedCommit, rebuilt: RebuiltChange) -> None:
        digest = rebuilt_operation.left_digest(rebuilt)
        if digest:
            release = one_line(str(rebuilt.record.release))
            message = (
                f"{rebuilt.target.file} still has the digest {one_line(digest)} beside {release}: "
                "a chart that prefers digests runs that; an operation of this version replaces it"
            )
            self._collector.add_notice(STALE_DIGEST, commit, rebuilt.target.key, message)

    def _require_chart(self, judged: JudgedCommit, rebuilt: RebuiltChange) -> None:
        record, target = rebuilt.record, rebuilt.target
        if rebuilt.change.chart and record.chart:
            folder = fill(target.app.path, env=record.source or "")
            expected = rebuilt_operation.chart_sources(rebuilt, folder)
            self._collector.require_chart(
                RequiredChart(judged.commit, record.chart, expected, target.key)
            )

    def _settle(
        self, step: ArrivedCommit, rebuilt: RebuiltChange, checkpoint: int, fault: str
    ) -> None:
        """Put what an operation did into the states; an adoption without a violation mends the hand
        edit before it.

        ``fault`` says why nothing is built on it, '' where that is not so.
        """
        target, record, value = rebuilt.target, rebuilt.record, rebuilt.value
        state = self._states[target.key]
        if fault != _UNPLANNED:  # text alone names no author, and withdraws nothing
            self._releases.setdefault(target.app.name, []).append(record.release)
        faultless = not self._collector.violated_since(checkpoint)
        if faultless:
            state.done.add(record.commit)
        if faultless and (record.kind.keeps_release or record.kind.removes):
            other = other_repository(value.texts or {}, target.app, target.environment.name)
            if not other:
                self._collector.settle(target, rebuilt.change.after, record)
        before = state.current.release if state.current else None
        withdraws = record.kind.goes_back and fault != _UNPLANNED
        if withdraws and before and not before.same_content(rebuilt.change.after):
            state.withdraw(Withdrawal(record.commit, record.requested_by, record.reason))
        state.arrive(value, step, record, fault=fault)
        state.note_record(record)
