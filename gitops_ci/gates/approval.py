"""Somebody entitled approved this very plan."""

from msgspec.structs import replace

from gitops_ci import plan_id
from gitops_ci.config.model import Approval, Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.people import identity, known
from gitops_ci.gates.verdict import verdict
from gitops_ci.operation import PASSED, PENDING, PROMOTE, REFUSED, Actor, Change, Plan, Verdict

_UNMAPPED = "is not under people"


def approval(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """Somebody entitled approved this very plan."""
    rule = change.environment.approval
    if actor.approved_plan and not plan_id.approves(actor.approved_plan, plan.id):
        return verdict("approval", change, REFUSED, _another(actor.approved_plan, plan, facts), _look_again(plan))
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


def _another(approved: str, plan: Plan, facts: Facts) -> str:
    """Say why the plan that was approved is not the one that would be carried out."""
    words = f"plan {approved} was approved, but {plan.id} is what would happen now"
    found = plan_id.read(approved)
    if found is None or found.form > plan_id.FORM:
        return f"{words}; the approved one is no id that this version makes"
    if facts.used:
        return f"{words}; the approved one was carried out by commit {facts.used[:12]}, and counts once"
    return words


def _look_again(plan: Plan) -> str:
    apps = " ".join(dict.fromkeys(change.app.name for change in plan.changes))
    place = "--to" if plan.operation == PROMOTE else "--env"
    command = f"gitops-ci plan {plan.operation} {apps} {place} {plan.environment.name}"
    return f"look at the plan again, with the same options, and have that one approved: {command}"


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
