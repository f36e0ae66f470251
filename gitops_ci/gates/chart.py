"""The chart that comes from another branch replaces nothing that was changed on this one."""

from gitops_ci.config.model import Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import verdict
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict


def chart(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The chart that comes from another branch replaces nothing that was changed on this one."""
    chart = change.chart
    if chart is None:
        return verdict("chart", change, PASSED, "stays as it is")
    if chart.own:
        return verdict(
            "chart", change, REFUSED,
            f"{' and '.join(chart.own)} changed on {change.branch} itself and would become what {chart.branch} has",
            f"merge {chart.branch} and {change.branch} so that both have the change, or take it back on {change.branch}",
        )  # fmt: skip
    what = ", ".join(each.path for each in chart.carried) or "the chart already is"
    return verdict("chart", change, PASSED, f"{what} as on {chart.branch} at commit {chart.commit[:12]}")
