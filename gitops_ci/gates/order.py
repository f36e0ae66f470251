"""The release ran in the environment before; a late build does not replace a newer one."""

from gitops_ci.config.model import Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import verdict
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict


def order(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The release ran in the environment before."""
    environment, origin = change.environment, change.origin
    needed = environment.source or ""
    if origin is None or origin.environment != needed:
        where = f", only in {origin.environment}" if origin and origin.environment else ""
        return verdict(
            "order", change, REFUSED,
            f"{change.after} never ran in {needed}{where}",
            f"promote it to {needed} first",
        )  # fmt: skip
    if origin.record:
        when = "runs" if origin.present else "ran"
        return verdict("order", change, PASSED, f"{change.after} {when} in {needed} (commit {origin.record.commit[:12]})")
    remedy = f"record it first: gitops-ci adopt {change.app.name} --env {needed} --reason TEXT"
    if origin.undone:
        gone = f"{origin.undone.operation} of {origin.undone.release} (commit {origin.undone.commit[:12]})"
        return verdict(
            "order", change, REFUSED, f"{change.after} stands in {needed} because a merge took back {gone}", remedy
        )  # fmt: skip
    if environment.approval and not origin.adopted:
        return verdict(
            "order", change, REFUSED,
            f"{change.after} was written into {needed} by hand: no operation put it there",
            remedy,
        )  # fmt: skip
    return verdict(
        "order", change, PASSED, f"{change.after} runs in {needed}" + (" since before gitops.yaml" if origin.adopted else "")
    )


def sequence(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """A late build does not replace a newer one of the same job."""
    newer = facts.newer.get(change.app.name)
    if newer:
        return verdict(
            "order", change, REFUSED,
            f"this build is older than the one that runs in {change.environment.name}: {newer}",
            "nothing to do if the newer one is wanted; --allow-older writes it all the same",
        )  # fmt: skip
    return verdict("order", change, PASSED, f"{change.environment.name} takes builds directly")
