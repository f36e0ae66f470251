"""Somebody entitled approved this very plan."""

from msgspec.structs import replace

from gitops_ci.config.model import Approval, Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.people import identity, known
from gitops_ci.gates.verdict import verdict
from gitops_ci.operation import PASSED, PENDING, REFUSED, Actor, Change, Plan, Verdict

_UNMAPPED = "is not under people"


def approval(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """Somebody entitled approved this very plan."""
    rule = change.environment.approval
    if actor.approved_plan and actor.approved_plan != plan.id:
        return verdict(
            "approval", change, REFUSED,
            f"plan {actor.approved_plan} was approved, but {plan.id} is what would happen now",
            "look at the plan again and approve that one",
        )  # fmt: skip
    if actor.approved_plan and facts.spent:
        return verdict(
            "approval", change, REFUSED,
            f"the approval of plan {plan.id[:12]} was used by commit {facts.spent[:12]}; it counts once",
            "ask for a new approval, without --approved-plan",
        )  # fmt: skip
    if rule is None:
        return verdict("approval", change, PASSED, f"plan {plan.id[:12]} is the one that was approved")
    openers = _openers(rule)
    without_reason = rule.reason and not actor.reason
    if not actor.approved_by:
        return _waiting(change, openers, without_reason)
    if without_reason:
        return verdict("approval", change, REFUSED, "a reason is required here", "give --reason TEXT", openers)
    refusals = [refusal for person in actor.approved_by if (refusal := _not_entitled(person, rule, change, config, actor))]
    if refusals:  # one name that does not count spoils the rest: all of them are recorded
        remedy = f"ask {' or '.join(openers)}"
        if any(_UNMAPPED in refusal for refusal in refusals):
            remedy = "add the author's e-mail address to that person under people: in gitops.yaml"
        return verdict("approval", change, REFUSED, "; ".join(refusals), remedy, openers)
    return verdict("approval", change, PASSED, f"approved by {', '.join(actor.approved_by)}", openers=openers)


def _waiting(change: Change, openers: tuple[str, ...], without_reason: bool) -> Verdict:
    """A reason that is missing is asked for together with the approval: whoever approves may give it."""
    who = " or ".join(openers)
    if not without_reason:
        return verdict("approval", change, PENDING, f"waits for the approval of {who}", "--approved-by NAME", openers)
    said = verdict(
        "approval", change, PENDING, f"waits for a reason, and the approval of {who}", "--approved-by NAME --reason TEXT", openers
    )
    return replace(said, asks=("reason",))


def _openers(approval: Approval) -> tuple[str, ...]:
    if approval.approvers is None:
        return ("anyone but the requester",) if approval.distinct_requester else ("anyone",)
    return approval.approvers or ("nobody: approvers is empty",)


def _not_entitled(person: str, approval: Approval, change: Change, config: Config, actor: Actor) -> str:
    """Return why a person's approval does not count, '' when it does."""
    who = identity(person, config)
    if approval.approvers is not None and who not in {identity(one, config) for one in approval.approvers}:
        return f"{person} is not among the approvers of {change.environment.name}"
    if approval.distinct_requester and who == identity(actor.requested_by, config):
        return f"{person} asked for it and can't approve it too"
    if approval.distinct_authors:
        return _is_author(person, who, change, config)
    return ""


def _is_author(person: str, who: str, change: Change, config: Config) -> str:
    for author in change.after.source_authors:
        if identity(author, config) == who:
            return f"{person} is an author of the source revision and can't approve it"
        if known(author, config) is None:
            return f"{author}, an author of the source revision, {_UNMAPPED}: that may be {person}"
    return ""
