"""Judges an operation again by the same gates, with the facts as the replayed history has them at
that time.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core import gates
from gitops_ci.core.audit.rebuilt_operation import RebuiltOperation, release_words
from gitops_ci.core.audit.state.environment_states import State
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
from gitops_ci.model.release import Release

GRACE = 120  # seconds that may lie between judging and the time of the commit
# a freeze may have begun meanwhile, a check been revoked or, by a clock that is ahead, not have
# passed yet
_AROUND = (("freeze", -GRACE), ("checks", -GRACE), ("checks", GRACE))


class ReplayFacts(msgspec.Struct, frozen=True):
    """What the replay knows: the states of the applications concerned, and all recorded results of
    checks.

    ``releases`` are those that operations brought, by application, with the authors that each
    record names.
    """

    states: Mapping[str, Mapping[str, State]]
    checks: Sequence[CheckResult] = ()
    releases: Mapping[str, Sequence[Release]] = {}


def judge(
    plan: Plan,
    made: Sequence[RebuiltOperation],
    config: Config,
    replay_facts: ReplayFacts,
    moment: tuple[int, int],
) -> list[Verdict]:
    """Return the verdicts on an operation that was made and arrived at these times, in seconds
    since the epoch.
    """
    record = made[0].record
    changes = tuple(_with_origin(change, config, replay_facts) for change in plan.changes)
    plan = replace(plan, changes=changes)
    try:
        verdicts = _verdicts(plan, record, config, replay_facts, moment)
    except GitopsError as error:
        first = made[0].spot
        return [Verdict("override", first.app.name, first.environment.name, REFUSED, error.message)]
    own = [refusal for rebuilt in made if (refusal := _ran_before(rebuilt, replay_facts))]
    return [*verdicts, *own, *_claimed_overrides(made, verdicts, config)]


def _verdicts(
    plan: Plan, record: Record, config: Config, replay_facts: ReplayFacts, moment: tuple[int, int]
) -> list[Verdict]:
    """Return the gates' verdicts; what held shortly before or after the commit was made held when
    it was judged.
    """

    def at(now: int) -> tuple[Verdict, ...]:
        actor = actor_of(record)
        return gates.judge(plan, config, _facts(plan, actor, replay_facts, now), actor, again=True)

    verdicts = list(at(moment[0]))
    for gate, distance in _AROUND:
        if any(verdict.gate == gate and verdict.state == REFUSED for verdict in verdicts):
            other = {
                verdict.app: verdict for verdict in at(moment[0] + distance) if verdict.gate == gate
            }
            verdicts = [
                _held(each, other.get(each.app)) if each.gate == gate else each for each in verdicts
            ]
    if moment[1] - moment[0] > GRACE:  # it was proposed first, and merged later: into a freeze?
        merged = [
            verdict
            for verdict in at(moment[1])
            if verdict.gate == "freeze" and verdict.state == REFUSED
        ]
        closed = {
            verdict.app
            for verdict in verdicts
            if verdict.gate == "freeze" and verdict.state == PASSED
        }
        verdicts += [
            replace(each, reason=f"when it was merged: {each.reason}")
            for each in merged
            if each.app in closed
        ]
    return verdicts


def _held(now: Verdict, other: Verdict | None) -> Verdict:
    return other if other and now.state == REFUSED and other.state != REFUSED else now


def would_hold(
    change: Change, config: Config, replay_facts: ReplayFacts, now: int, author: str
) -> str:
    """Return in words which gates a hand-written value would have passed as a promotion."""
    environment = change.environment
    change = _with_origin(change, config, replay_facts)
    plan = Plan(
        PROMOTE if environment.source else UPDATE,
        environment,
        environment.source,
        (change,),
        (),
        "",
    )
    actor = Actor((author,))
    try:
        verdicts = gates.judge(
            plan, config, _facts(plan, actor, replay_facts, now), actor, again=True
        )
    except GitopsError:
        return ""
    judged = [verdict for verdict in verdicts if verdict.gate != "approval"]
    passed = [verdict.gate for verdict in judged if verdict.state == PASSED]
    broken = [f"{verdict.gate} ({verdict.reason})" for verdict in judged if verdict.state != PASSED]
    words = [f"the gates {', '.join(passed)} would have held"] if passed else []
    words += [f"these would not: {'; '.join(broken)}"] if broken else []
    words += ["an approval is missing"] if environment.approval else []
    return "; ".join(words)


def actor_of(record: Record) -> Actor:
    """Return who acted, as the record asserts."""
    return Actor(
        requesters=record.requesters,
        approved_by=record.approved_by,
        reason=record.reason,
        build_url=record.job_url or record.release.build_url,
        overrides=record.overrides,
    )


def _with_origin(change: Change, config: Config, replay_facts: ReplayFacts) -> Change:
    """Return a change with where its release comes from."""
    states = replay_facts.states.get(change.app.name, {})
    needed = change.environment.source
    deployment = states[needed].ran(change.after) if needed and needed in states else None
    if deployment is None or needed is None:
        return change
    origin = Origin(
        needed, deployment.record, present=deployment.until is None, adopted=deployment.adopted
    )
    return replace(change, origin=origin)


def _facts(plan: Plan, actor: Actor, replay_facts: ReplayFacts, now: int) -> gates.Facts:
    """Return what the history says of the facts that the gates ask for, at a time in seconds since
    the epoch.
    """
    replays = {change.app.name: _replay(plan, change, replay_facts, now) for change in plan.changes}
    values = {
        kind: {app: kind.replayed(replay) for app, replay in replays.items()}
        for kind in gates.facts_asked(plan, actor)
        if kind.replayed
    }
    return gates.Facts(values, now)


def _replay(plan: Plan, change: Change, replay_facts: ReplayFacts, now: int) -> ReplayedHistory:
    app = change.app.name
    states = replay_facts.states.get(app, {})
    source, target = (
        states.get(name or "") for name in (plan.environment.source, plan.environment.name)
    )
    return ReplayedHistory(
        change,
        now,
        source=source.deployments if source else (),
        target=target.deployments if target else (),
        checks=replay_facts.checks,
        releases=replay_facts.releases.get(app, ()),
    )


def _ran_before(made: RebuiltOperation, replay_facts: ReplayFacts) -> Verdict | None:
    """Judge what the tool refuses before there is a plan: where an update or a rollback may go."""
    record, environment = made.record, made.spot.environment
    reason = ""
    if record.kind.writes_build and environment.source:
        reason = (
            f"{environment.name} receives its releases from {environment.source}, not from builds"
        )
    elif record.kind.goes_back and not _ever(made, replay_facts):
        reason = f"{release_words(made.change.after)} never ran in {environment.name}"
    elif record.kind.needs_reason and not record.reason:
        reason = "an adoption needs a reason"
    return (
        Verdict("order", made.spot.app.name, environment.name, REFUSED, reason) if reason else None
    )


def _ever(made: RebuiltOperation, replay_facts: ReplayFacts) -> bool:
    state = replay_facts.states.get(made.spot.app.name, {}).get(made.spot.environment.name)
    return state is not None and state.ran(made.change.after) is not None


def _claimed_overrides(
    made: Sequence[RebuiltOperation], verdicts: Sequence[Verdict], config: Config
) -> list[Verdict]:
    """Return the overrides of what can't be judged again, such as a tag that the registry had
    overwritten then.
    """
    found = []
    for rebuilt in made:
        record, environment = rebuilt.record, rebuilt.spot.environment
        seen = {
            verdict.gate
            for verdict in verdicts
            if verdict.app == rebuilt.spot.app.name and verdict.state != PASSED
        }
        for gate in record.overrides:
            if record.gates.get(gate) != OVERRIDDEN or gate in seen:
                continue
            entitled = may_override(gate, record.requesters, environment, config)
            reason = f"passed by {record.requested_by or 'nobody'}: {record.reason or 'no reason'}"
            reason += "" if entitled else "; nobody named for it asked"
            found.append(
                Verdict(
                    gate,
                    rebuilt.spot.app.name,
                    environment.name,
                    OVERRIDDEN if entitled else REFUSED,
                    reason,
                )
            )
    return found
