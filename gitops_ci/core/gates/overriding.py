"""Opens a refused gate for a person who is named for it."""

from collections.abc import Sequence

from msgspec.structs import replace

from gitops_ci.base.errors import UsageError
from gitops_ci.core.gates.people import identities
from gitops_ci.core.gates.table import overridable
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.operation import OVERRIDDEN, REFUSED, Actor, Change, Verdict


def check_overrides(actor: Actor) -> None:
    """Raise UsageError for an override of something else than a gate, and for one without a
    reason.
    """
    names = overridable()
    for gate in actor.overrides:
        if gate not in names:
            raise UsageError(
                f"--override {gate}: there is nothing to override by that name",
                remedy=f"gates: {', '.join(names)}",
            )
    if actor.overrides and not actor.reason:
        raise UsageError("--override needs a reason", remedy="give --reason TEXT; it is recorded")


def unused_overrides(verdicts: Sequence[Verdict], actor: Actor) -> tuple[str, ...]:
    """Say of each override that opened nothing why: it is not recorded as one."""
    used = {verdict.gate for verdict in verdicts if verdict.state == OVERRIDDEN}
    states = {verdict.gate: verdict.state for verdict in verdicts}
    return tuple(
        f"--override {gate} was not used: "
        + ("no such gate is judged here" if gate not in states else f"{gate} {states[gate]}")
        for gate in dict.fromkeys(actor.overrides)
        if gate not in used and states.get(gate) != REFUSED
    )


def may_override(
    gate: str, requesters: Sequence[str], environment: Environment, config: Config
) -> bool:
    """Tell whether all who ask are named for a gate: one of several may not know what the others
    asked for.
    """
    asking = identities(requesters, config)
    return bool(asking) and asking <= identities(environment.override.get(gate, ()), config)


def overridden(verdict: Verdict, change: Change, config: Config, actor: Actor) -> Verdict:
    """Open a refused gate for a person who is named for it; say who could where the caller is
    not.
    """
    if verdict.state != REFUSED or verdict.gate == "approval":
        return verdict
    people = change.environment.override.get(verdict.gate, ())
    if verdict.gate not in actor.overrides:
        return replace(verdict, openers=people)
    if may_override(verdict.gate, actor.requesters, change.environment, config):
        return replace(
            verdict,
            state=OVERRIDDEN,
            reason=f"{verdict.reason}; overridden by {actor.requested_by}: {actor.reason}",
        )
    who = (
        f"only {' or '.join(people)} may"
        if people
        else f"nobody is named for it under override: in {change.environment.name}"
    )
    return replace(
        verdict,
        reason=f"{verdict.reason}; {actor.requested_by} may not override it: {who}",
        openers=people,
    )
