"""Pure: plan + facts -> verdicts. Gates never fetch."""

from typing import Any

from gitops_ci.core.gates import table
from gitops_ci.core.gates.digest import digests_needed
from gitops_ci.core.gates.four_eyes import authors_count
from gitops_ci.core.gates.gate import FactKind, Facts, Gate, GateInput
from gitops_ci.core.gates.overriding import check_overrides, overridden, unused_overrides
from gitops_ci.model.config import Config
from gitops_ci.model.operation import Actor, Change, Plan, Verdict

__all__ = ["Facts", "authors_count", "digests_needed", "facts_asked", "judge", "unused_overrides"]


def facts_asked(plan: Plan, actor: Actor) -> tuple[FactKind[Any], ...]:
    """Return what the gates of a plan ask for, each once."""
    kinds: dict[FactKind[Any], None] = {}
    for change in plan.changes:
        for gate in _gates_of(plan, change, actor):
            kinds |= dict.fromkeys(gate.facts)
    return tuple(kinds)


def judge(
    plan: Plan, config: Config, facts: Facts, actor: Actor, *, again: bool = False
) -> tuple[Verdict, ...]:
    """Return every gate's verdict on every change, in the order of the application's names in the
    plan.

    ``again``: those alone that the audit judges again.
    """
    check_overrides(actor)
    verdicts: list[Verdict] = []
    for change in plan.changes:
        for gate in _gates_of(plan, change, actor):
            if again and gate.audit == "not":
                continue
            verdict = gate.verdict(GateInput(gate.name, plan, change, config, facts, actor))
            verdicts.append(overridden(verdict, change, config, actor))
    return tuple(verdicts)


def _gates_of(plan: Plan, change: Change, actor: Actor) -> list[Gate]:
    return [gate for gate in table.GATES if _applies(gate, plan, change, actor)]


def _applies(gate: Gate, plan: Plan, change: Change, actor: Actor) -> bool:
    is_set = gate.setting is None or bool(gate.setting.of(change.environment))
    return is_set and gate.applies(plan, change, actor)
