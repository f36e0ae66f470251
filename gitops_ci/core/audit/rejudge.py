"""Judges an operation again by the same gates, with the facts as the replayed history has them at
that time.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core import gates
from gitops_ci.core.audit.rebuilt_operation import (
    RebuiltChange,
    RebuiltOperation,
    plan_of,
    release_words,
)
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.audit.words import NAMES
from gitops_ci.core.believed_dates import GRACE
from gitops_ci.core.gates.gate import ReplayedHistory
from gitops_ci.core.gates.overriding import may_override
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.config import Config
from gitops_ci.model.operation import (
    OVERRIDDEN,
    PASSED,
    PROMOTE,
    REFUSED,
    UPDATE,
    Actor,
    Change,
    Origin,
    Plan,
    Record,
    Verdict,
)
from gitops_ci.model.operation import State as VerdictState
from gitops_ci.model.release import Release

# a freeze may have begun meanwhile, a check been revoked or, by a clock that is ahead, not have
# passed yet
_AROUND = (("freeze", -GRACE), ("checks", -GRACE), ("checks", GRACE))


class ReplayFacts(msgspec.Struct, frozen=True):
    """What the replay knows: the states, all recorded results of checks, and by application the
    ``releases`` that operations brought, with the authors that each record names.
    """

    states: States
    checks: Sequence[CheckResult] = ()
    releases: Mapping[str, Sequence[Release]] = {}


class _Case(msgspec.Struct, frozen=True):
    """A plan as somebody asked for it, to be judged at any time."""

    plan: Plan
    actor: Actor
    config: Config
    replay_facts: ReplayFacts

    def verdicts(self, now: int) -> tuple[Verdict, ...]:
        """Return the verdicts at a time in seconds since the epoch."""
        replays = {
            change.app.name: self._replayed_history(change, now) for change in self.plan.changes
        }
        values = {
            kind: {app: kind.replayed(replay) for app, replay in replays.items()}
            for kind in gates.facts_asked(self.plan, self.actor)
            if kind.replayed
        }
        facts = gates.Facts(values, now)
        return gates.judge(self.plan, self.config, facts, self.actor, again=True)

    def _replayed_history(self, change: Change, now: int) -> ReplayedHistory:
        app, environment, known = change.app.name, self.plan.environment, self.replay_facts
        source = known.states.get((app, environment.source or ""))
        target = known.states.get((app, environment.name))
        return ReplayedHistory(
            change,
            now,
            source=source.deployments if source else (),
            target=target.deployments if target else (),
            checks=known.checks,
            releases=known.releases.get(app, ()),
        )


def judge(
    operation: RebuiltOperation,
    config: Config,
    replay_facts: ReplayFacts,
    made: int,
    arrived: int,
) -> list[Verdict]:
    """Return the verdicts on an operation by when its commit was made and when it came to the
    branch at the latest, in seconds since the epoch.
    """
    first, plan = operation[0], plan_of(operation)
    changes = tuple(_with_origin(change, replay_facts) for change in plan.changes)
    case = _Case(replace(plan, changes=changes), _actor(first.record), config, replay_facts)
    try:
        verdicts = _verdicts(case, made, arrived)
    except GitopsError as error:
        return [_verdict("override", first, REFUSED, error.message)]
    order = [
        _verdict("order", rebuilt, REFUSED, reason)
        for rebuilt in operation
        if (reason := _refused_without_plan(rebuilt, replay_facts))
    ]
    overrides = (_claimed_overrides(rebuilt, verdicts, config) for rebuilt in operation)
    return [*verdicts, *order, *itertools.chain.from_iterable(overrides)]


def _verdict(gate: str, rebuilt: RebuiltChange, state: VerdictState, reason: str) -> Verdict:
    return Verdict(gate, *rebuilt.target.key, state, reason)


def _verdicts(case: _Case, made: int, arrived: int) -> list[Verdict]:
    """Return the gates' verdicts; what held shortly before or after the commit was made held when
    it was judged.
    """
    verdicts = list(case.verdicts(made))
    for gate, distance in _AROUND:
        if _of(gate, verdicts, REFUSED):
            around = case.verdicts(made + distance)
            others = {verdict.app: verdict for verdict in around if verdict.gate == gate}
            verdicts = [
                _milder(verdict, others) if verdict.gate == gate else verdict
                for verdict in verdicts
            ]
    if arrived - made > GRACE:
        verdicts += _frozen_at_merge(case, verdicts, arrived)
    return verdicts


def _of(gate: str, verdicts: Iterable[Verdict], state: VerdictState) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.gate == gate and verdict.state == state]


def _milder(verdict: Verdict, others: Mapping[str, Verdict]) -> Verdict:
    """Return, in place of a refusal, the verdict of another time for its application."""
    other = others.get(verdict.app)
    return other if other and verdict.state == REFUSED != other.state else verdict


def _frozen_at_merge(case: _Case, verdicts: Sequence[Verdict], arrived: int) -> list[Verdict]:
    """Return the refusals of what was proposed outside of a freeze and merged into one."""
    open_before = {verdict.app for verdict in _of("freeze", verdicts, PASSED)}
    return [
        replace(verdict, reason=f"when it was merged: {verdict.reason}")
        for verdict in _of("freeze", case.verdicts(arrived), REFUSED)
        if verdict.app in open_before
    ]


def would_hold(
    change: Change, config: Config, replay_facts: ReplayFacts, now: int, author: str
) -> str:
    """Return in words which gates would have refused a hand-written value as a promotion, or which
    it would have passed: those of a release alone that the ledger knows.
    """
    environment = change.environment
    operation = PROMOTE if environment.source else UPDATE
    changes = (_with_origin(change, replay_facts),)
    plan = Plan(operation, environment, environment.source, changes, (), "")
    try:
        verdicts = _Case(plan, Actor((author,)), config, replay_facts).verdicts(now)
    except GitopsError:
        return ""
    judged = [verdict for verdict in verdicts if verdict.gate != "approval"]
    broken = [f"{verdict.gate} ({verdict.reason})" for verdict in judged if verdict.state != PASSED]
    if broken:
        return f"as {NAMES[operation]} it would have been refused: {'; '.join(broken)}"
    if not judged or not _existed(change, replay_facts):
        return ""
    passed = ", ".join(verdict.gate for verdict in judged)
    return f"as {NAMES[operation]} it would have passed {passed}"


def _existed(change: Change, replay_facts: ReplayFacts) -> bool:
    """Tell whether an operation brought exactly this release anywhere."""
    recorded = replay_facts.releases.get(change.app.name, ())
    return any(change.after.satisfies(release) for release in recorded)


def _actor(record: Record) -> Actor:
    return Actor(
        requesters=record.requesters,
        approved_by=record.approved_by,
        reason=record.reason,
        build_url=record.job_url or record.release.build_url,
        overrides=record.overrides,
    )


def _with_origin(change: Change, replay_facts: ReplayFacts) -> Change:
    """Return a change with where its release comes from."""
    source = change.environment.source
    state = replay_facts.states.get((change.app.name, source)) if source else None
    deployment = state.deployment_of(change.after) if state else None
    if deployment is None:
        return change
    present = deployment.until is None
    origin = Origin(
        source,
        deployment.record,
        present=present,
        adopted=deployment.adopted,
        release=deployment.release,
    )
    return replace(change, origin=origin)


def _refused_without_plan(rebuilt: RebuiltChange, replay_facts: ReplayFacts) -> str:
    """Return why an operation is refused before there is a plan: where an update or a rollback may
    go; '' where it is not.
    """
    record, environment = rebuilt.record, rebuilt.target.environment
    if record.kind.writes_build and environment.source:
        return (
            f"{environment.name} receives its releases from {environment.source}, not from builds"
        )
    if record.kind.goes_back:
        state = replay_facts.states.get(rebuilt.target.key)
        if state is None or state.deployment_of(rebuilt.change.after) is None:
            return f"{release_words(rebuilt.change.after)} never ran in {environment.name}"
    elif record.kind.needs_reason and not record.reason:
        return f"{record.operation} needs a reason"
    return ""


def _claimed_overrides(
    rebuilt: RebuiltChange, verdicts: Sequence[Verdict], config: Config
) -> list[Verdict]:
    """Return the overrides of what can't be judged again, such as a tag that the registry had
    overwritten then.
    """
    record, target = rebuilt.record, rebuilt.target
    reason = f"passed by {record.requested_by or 'nobody'}: {record.reason or 'no reason'}"
    judged = {
        verdict.gate
        for verdict in verdicts
        if verdict.app == target.app.name and verdict.state != PASSED
    }
    overrides = []
    for gate in record.overrides:
        if record.gates.get(gate) != OVERRIDDEN or gate in judged:
            continue
        if may_override(gate, record.requesters, target.environment, config):
            overrides.append(_verdict(gate, rebuilt, OVERRIDDEN, reason))
        else:
            words = f"{reason}; nobody named for it asked"
            overrides.append(_verdict(gate, rebuilt, REFUSED, words))
    return overrides
