"""The release was not rolled back from the environment before."""

from gitops_ci.config.model import Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import verdict
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict


def withdrawn(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The release was not rolled back from the environment before."""
    found = facts.withdrawn.get(change.app.name)
    name = change.environment.name
    if found is None:
        return verdict("withdrawn", change, PASSED, f"{change.after} was not rolled back from {name}")
    who = f" by {found.by}" if found.by else ""
    why = f": {found.reason}" if found.reason else ""
    return verdict(
        "withdrawn", change, REFUSED,
        f"{change.after} was rolled back from {name}{who} (commit {found.commit[:12]}){why}",
        "promote another release, or let somebody named for it use --override withdrawn",
    )  # fmt: skip
