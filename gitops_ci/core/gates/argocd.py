"""Argo CD runs the release, well, in the environment before."""

from typing import Any

from gitops_ci.core.gates.gate import FactKind, Gate, GateInput, Setting, promoted
from gitops_ci.model.operation import Actor, Change, Plan, Verdict
from gitops_ci.model.release import Fact, Unknown

# Known(None) where Argo CD runs the release well in the environment before, otherwise what is the
# case there
LIVE: FactKind[Fact] = FactKind("live", Unknown("Argo CD was not asked", transient=False))


def _required(part: Any) -> bool:
    """Return whether the gate is asked for: the key also says where Argo CD is."""
    return bool(part if isinstance(part, bool) else part.required)


def _loosened(old: bool, new: bool) -> str:
    return "" if new else "argocd: it need not run well before any more"


REQUIRED = Setting("argocd", default=False, read=_required, loosened=_loosened)


def _applies(plan: Plan, change: Change, actor: Actor) -> bool:
    return promoted(plan, change, actor) and change.environment.source is not None


def _judge(gate_input: GateInput) -> Verdict:
    change, source = gate_input.change, gate_input.change.environment.source
    fact = gate_input.fact(LIVE)
    if isinstance(fact, Unknown):
        remedy = "see that the token may get the application"
        if fact.transient:
            remedy = "try again when Argo CD answers"
        return gate_input.undecided(fact, remedy)
    if fact.value is not None:
        return gate_input.refused(
            f"{source} does not run {change.after}: {fact.value}",
            f"wait until it does: gitops-ci wait {change.app.name} --env {source}",
        )
    return gate_input.passed(f"{source} runs {change.after}, Synced and Healthy")


GATE = Gate("argocd", _applies, _judge, (LIVE,), audit="not", setting=REQUIRED)
