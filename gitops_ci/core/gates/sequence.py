"""A late build does not replace a newer one of the same job: order, where builds arrive."""

from gitops_ci.core.gates.gate import FactKind, Gate, GateInput, built
from gitops_ci.model.operation import Verdict

NEWER: FactKind[str | None] = FactKind("newer", None)  # a running build that is newer


def _judge(gate_input: GateInput) -> Verdict:
    change, newer = gate_input.change, gate_input.fact(NEWER)
    if newer:
        return gate_input.refused(
            f"this build is older than the one that runs in {change.environment.name}: {newer}",
            "nothing to do if the newer one is wanted; --allow-older writes it all the same",
        )
    return gate_input.passed(f"{change.environment.name} takes builds directly")


GATE = Gate("order", built, _judge, (NEWER,))
