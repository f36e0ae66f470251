"""Somebody entitled approved this very plan."""

from msgspec.structs import replace

from gitops_ci import plan_id
from gitops_ci.config.model import Approval, Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.four_eyes import UNMAPPED, Doubt, Eyes
from gitops_ci.gates.people import identities, identity
from gitops_ci.gates.verdict import verdict
from gitops_ci.operation import PASSED, PENDING, REFUSED, Actor, Change, Plan, Verdict
from gitops_ci.operation_kind import kind_of

_ANOTHER = "let somebody else ask for it (--requested-by), or name another approver in gitops.yaml"
_MAP_THEM = "add the author's e-mail address to that person under people: in gitops.yaml"


def approval(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """Somebody entitled approved this very plan."""
    rule = rule_of(plan.operation, change)
    if actor.approved_plan and not plan_id.approves(actor.approved_plan, plan.id):
        return verdict("approval", change, REFUSED, _another(actor.approved_plan, plan, facts), _look_again(plan))
    if rule is None:
        return verdict("approval", change, PASSED, f"plan {plan.id[:12]} is the one that was approved")
    eyes = Eyes(plan.operation, change, rule, config, actor, facts.authors.get(change.app.name, ()))
    found = eyes.doubts()
    if found and found[0].refuses:  # nobody is asked for an approval that could not count
        return verdict("approval", change, REFUSED, found[0].reason, found[0].remedy, _openers(eyes))
    said = _judged(eyes)
    return replace(said, warning="; ".join(map(_warning, found)))


def rule_of(operation: str, change: Change) -> Approval | None:
    """Return whose approval an operation needs; None for one that needs none."""
    rule = change.environment.approval
    return None if rule and kind_of(operation).goes_back and not rule.rollback else rule


def _judged(eyes: Eyes) -> Verdict:
    change, rule, actor = eyes.change, eyes.rule, eyes.actor
    openers = _openers(eyes)
    without_reason = rule.reason and not actor.reason
    if not actor.approved_by:
        return _waiting(change, openers, without_reason) if openers else _nobody_left(eyes)
    if without_reason:
        return verdict("approval", change, REFUSED, "a reason is required here", "give --reason TEXT", openers)
    refusals = list(filter(None, (_not_entitled(person, eyes) for person in actor.approved_by)))
    if refusals:  # one name that does not count spoils the rest: all of them are recorded
        remedy = f"ask {' or '.join(openers)}" if openers else _ANOTHER
        if any(UNMAPPED in refusal for refusal in refusals):
            remedy = _MAP_THEM
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
    place = "--to" if plan.kind.from_before else "--env"
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


def _nobody_left(eyes: Eyes) -> Verdict:
    """Refuse at once what nobody could approve, instead of asking for it."""
    reasons = list(dict.fromkeys(eyes.kept_out(person) for person in eyes.rule.approvers or ()))
    remedy = _MAP_THEM if any(UNMAPPED in reason for reason in reasons) else _ANOTHER
    words = f"nobody is left who may approve: {'; '.join(reasons)}"
    return verdict("approval", eyes.change, REFUSED, words, remedy)


def _openers(eyes: Eyes) -> tuple[str, ...]:
    """Return who may approve; of those whom the rule names, the ones whom nothing keeps out."""
    approvers = eyes.rule.approvers
    if approvers is None:
        return ("anyone but the requester",) if eyes.rule.distinct_requester else ("anyone",)
    if not approvers:
        return ("nobody: approvers is empty",)
    return tuple(person for person in approvers if not eyes.kept_out(person))


def _not_entitled(person: str, eyes: Eyes) -> str:
    """Return why a person's approval does not count, '' when it does."""
    named = eyes.rule.approvers
    if named is not None and identity(person, eyes.config) not in identities(named, eyes.config):
        return f"{person} is not among the approvers of {eyes.change.environment.name}"
    return eyes.kept_out(person)


def _warning(doubt: Doubt) -> str:
    return f"{doubt.reason} ({doubt.remedy})"
