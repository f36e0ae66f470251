"""The chart that comes from another branch replaces nothing that was changed on this one."""

from gitops_ci.core.gates.gate import Gate, GateInput
from gitops_ci.model.operation import Actor, Change, Plan, Verdict


def _applies(plan: Plan, change: Change, actor: Actor) -> bool:
    return change.chart is not None


def _judge(gate_input: GateInput) -> Verdict:
    change, chart = gate_input.change, gate_input.change.chart
    if chart is None:
        return gate_input.passed("stays as it is")
    if chart.own:
        own = " and ".join(chart.own)
        return gate_input.refused(
            f"{own} changed on {change.branch} itself and would become what {chart.branch} has",
            f"merge {chart.branch} and {change.branch} so that both have the change, or "
            f"take it back on {change.branch}",
        )
    what = ", ".join(chart_entry.path for chart_entry in chart.carried) or "the chart already is"
    return gate_input.passed(f"{what} as on {chart.branch} at commit {chart.commit[:12]}")


GATE = Gate("chart", _applies, _judge, overridable=False)
