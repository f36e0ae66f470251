"""Helm renders the chart with the new values."""

from gitops_ci.config.model import Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import undecided, verdict
from gitops_ci.model import Unknown
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict

_NOT_ASKED = Unknown("nobody rendered the chart, this version can't", transient=False)


def render(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """Helm renders the chart with the new values."""
    fact = facts.rendered.get(change.app.name, _NOT_ASKED)
    if isinstance(fact, Unknown):
        remedy = (
            "try again, or give a longer --timeout" if fact.transient else "install helm, or remove render: from the environment"
        )
        return undecided("render", change, fact, remedy)
    if fact.value is not None:
        return verdict(
            "render", change, REFUSED,
            f"the chart does not render with {change.file} as it would be: {fact.value}",
            f"mend the chart, or the values in {change.file}",
        )  # fmt: skip
    return verdict("render", change, PASSED, f"the chart renders with {change.file} as it would be")
