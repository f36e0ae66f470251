"""Helm renders the chart with the new values."""

from gitops_ci.core.gates.gate import FactKind, Gate, GateInput, Setting, forward
from gitops_ci.model.operation import Rendering, Verdict
from gitops_ci.model.release import Unknown

# what helm makes of the chart with the new values
RENDERED: FactKind[Rendering | Unknown] = FactKind(
    "rendered", Unknown("nobody rendered the chart, this version can't", transient=False)
)


def _loosened(old: bool, new: bool) -> str:
    return "" if new else "render: the chart need not render any more"


REQUIRED = Setting("render", default=False, read=bool, shape=bool, loosened=_loosened)


def _judge(gate_input: GateInput) -> Verdict:
    change, rendered = gate_input.change, gate_input.fact(RENDERED)
    fact = rendered if isinstance(rendered, Unknown) else rendered.after.fact
    if isinstance(fact, Unknown):
        remedy = "install helm, or remove render: from the environment"
        if fact.transient:
            remedy = "try again, or give a longer --timeout"
        return gate_input.undecided(fact, remedy)
    if fact.value is not None:
        return gate_input.refused(
            f"the chart does not render with {change.file} as it would be: {fact.value}",
            f"mend the chart, or the values in {change.file}",
        )
    return gate_input.passed(f"the chart renders with {change.file} as it would be")


GATE = Gate("render", forward, _judge, (RENDERED,), audit="not", setting=REQUIRED)
