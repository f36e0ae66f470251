"""Judges an operation again by the same gates, with the facts as the replayed history has them at
that time.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.core import gates
from gitops_ci.core.audit.history.check_timeline import CheckTimeline
from gitops_ci.core.audit.rebuilt_operation import (
    RebuiltChange,
    RebuiltOperation,
    plan_of,
    release_words,
)
from gitops_ci.core.audit.state.environment_states import State, States
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

_CHECKS = "checks"
# what is built on a record whose own operation one of these refuses does not hold either: those
# whose facts are the records themselves; times and results of checks are judged once
_BINDING = frozenset({"order", "digest", "approval", "withdrawn", "override"})


class ReplayFacts(msgspec.Struct, frozen=True):
    """What the replay knows: the states, which results of checks were recorded when, and by
    application the ``releases`` that operations brought, with the authors that each record names.
    """

    states: States
    checks: CheckTimeline
    releases: Mapping[str, Sequence[Release]] = {}


class _Case(msgspec.Struct, frozen=True):
    """A plan as somebody asked for it, to be judged at any time with the results of checks at a
    commit of the ``notes``.
    """

    plan: Plan
    actor: Actor
    config: Config
    replay_facts: ReplayFacts
    notes: str | None

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
            checks=self._checks(change, source) if source else (),
            releases=known.releases.get(app, ()),
        )

    def _checks(self, change: Change, source: State) -> Sequence[CheckResult]:
        """Return the results on the commits that deployed the release where it comes from."""
        return self.replay_facts.checks.at(self.notes, source.commits_of(change.after))


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
    record = first.record
    case = _Case(
        replace(plan, changes=changes), _actor(record), config, replay_facts, record.checks
    )
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


def fault_of(verdicts: Iterable[Verdict], app: str) -> str:
    """Return which gate keeps everybody from building on what an operation did to an application,
    in words; '' for none.
    """
    refusals = (
        f"{verdict.gate}: {verdict.reason}"
        for verdict in verdicts
        if verdict.app == app
        and verdict.gate in _BINDING
        and verdict.state not in {PASSED, OVERRIDDEN}
    )
    return next(refusals, "")


def _verdict(gate: str, rebuilt: RebuiltChange, state: VerdictState, reason: str) -> Verdict:
    return Verdict(gate, *rebuilt.target.key, state, reason)


def _verdicts(case: _Case, made: int, arrived: int) -> list[Verdict]:
    """Return the gates' verdicts; a freeze may have begun between judging and the commit."""
    verdicts = list(case.verdicts(made))
    if _of("freeze", verdicts, REFUSED):
        before = {verdict.app: verdict for verdict in _of("freeze", case.verdicts(made - GRACE))}
        verdicts = [
            _milder(verdict, before) if verdict.gate == "freeze" else verdict
            for verdict in verdicts
        ]
    verdicts = [_with_notes(verdict, case) for verdict in verdicts]
    verdicts += _checked_since(case, verdicts, made)
    if arrived - made > GRACE:
        verdicts += _frozen_at_merge(case, verdicts, arrived)
    return verdicts


def _of(gate: str, verdicts: Iterable[Verdict], state: VerdictState | None = None) -> list[Verdict]:
    return [
        verdict for verdict in verdicts if verdict.gate == gate and state in {None, verdict.state}
    ]


def _milder(verdict: Verdict, others: Mapping[str, Verdict]) -> Verdict:
    """Return, in place of a refusal, the verdict of another time for its application."""
    other = others.get(verdict.app)
    return other if other and verdict.state == REFUSED != other.state else verdict


def _with_notes(verdict: Verdict, case: _Case) -> Verdict:
    """Return a refusal with why no result counts: its commit names notes that are not there."""
    known = case.notes is None or case.replay_facts.checks.knows(case.notes)
    if verdict.gate != _CHECKS or verdict.state != REFUSED or known:
        return verdict
    notes = one_line(case.notes or "")[:12]
    words = f"Gitops-Checks names {notes}, which is not in the history of the recorded checks"
    return replace(verdict, reason=f"{verdict.reason}; {words}")


def _checked_since(case: _Case, verdicts: Sequence[Verdict], made: int) -> list[Verdict]:
    """Return the refusals of what names old results, where newer ones were recorded before it was
    made.
    """
    passed = {verdict.app for verdict in _of(_CHECKS, verdicts, PASSED)}
    newer = case.replay_facts.checks.outdated(case.notes, made - GRACE) if passed else None
    if newer is None:
        return []
    return [
        replace(verdict, reason=f"by then, and its commit names older results: {verdict.reason}")
        for verdict in _of(_CHECKS, replace(case, notes=newer).verdicts(made), REFUSED)
        if verdict.app in passed
    ]


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
        newest = replay_facts.checks.newest()
        case = _Case(plan, Actor((author,)), config, replay_facts, newest)
        verdicts = case.verdicts(now)
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
        fault=deployment.fault,
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
