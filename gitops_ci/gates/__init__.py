"""Pure: plan + facts -> verdicts. Gates never fetch."""

from collections.abc import Callable

from gitops_ci.config.model import Config
from gitops_ci.gates.approval import approval, rule_of
from gitops_ci.gates.argocd import argocd
from gitops_ci.gates.chart import chart
from gitops_ci.gates.checks import checks
from gitops_ci.gates.digest import digest, digests_needed
from gitops_ci.gates.facts import Facts, Soak, Withdrawal
from gitops_ci.gates.four_eyes import authors_count
from gitops_ci.gates.freeze import freeze
from gitops_ci.gates.order import order, sequence
from gitops_ci.gates.overriding import OVERRIDABLE, check_overrides, overridden, unused_overrides
from gitops_ci.gates.render import render
from gitops_ci.gates.soak import soak
from gitops_ci.gates.withdrawn import withdrawn
from gitops_ci.operation import Actor, Change, Plan, Verdict

__all__ = ["OVERRIDABLE", "Facts", "Soak", "Withdrawal", "authors_count", "digests_needed", "judge", "unused_overrides"]

Gate = Callable[[Plan, Change, Config, Facts, Actor], Verdict]


def judge(plan: Plan, config: Config, facts: Facts, actor: Actor) -> tuple[Verdict, ...]:
    """Return every gate's verdict on every change, in the order of the application's names in the plan."""
    check_overrides(actor)
    verdicts: list[Verdict] = []
    for change in plan.changes:
        for gate in _gates_of(plan, change, actor):
            said = gate(plan, change, config, facts, actor)
            verdicts.append(overridden(said, change, config, actor))
    return tuple(verdicts)


def _gates_of(plan: Plan, change: Change, actor: Actor) -> list[Gate]:
    declared = change.environment
    promoted, forward = plan.kind.from_before, plan.kind.moves_forward
    asked: list[tuple[object, Gate]] = [
        (promoted, order),
        (plan.kind.writes_build, sequence),
        (True, digest),
        (promoted and declared.soak, soak),
        (promoted and declared.checks, checks),
        (forward and declared.freeze, freeze),
        (promoted, withdrawn),
        (change.chart, chart),
        (forward and declared.render, render),
        (promoted and declared.argocd and declared.source, argocd),
    ]
    gates = [gate for wanted, gate in asked if wanted]
    if rule_of(plan.operation, change) or actor.approved_plan:
        gates.append(approval)
    return gates
