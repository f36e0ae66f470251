"""Argo CD runs the release, well, in the environment before."""

from gitops_ci.config.model import Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import undecided, verdict
from gitops_ci.model import Unknown
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict

_NOT_ASKED = Unknown("Argo CD was not asked", transient=False)


def argocd(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """Argo CD says of the environment before: Synced and Healthy, with this very release."""
    source = change.environment.source or ""
    fact = facts.live.get(change.app.name, _NOT_ASKED)
    if isinstance(fact, Unknown):
        remedy = "try again when Argo CD answers" if fact.transient else "see that the token may get the application"
        return undecided("argocd", change, fact, remedy)
    if fact.value is not None:
        return verdict(
            "argocd", change, REFUSED,
            f"{source} does not run {change.after}: {fact.value}",
            f"wait until it does: gitops-ci wait {change.app.name} --env {source}",
        )  # fmt: skip
    return verdict("argocd", change, PASSED, f"{source} runs {change.after}, Synced and Healthy")
