"""Somebody entitled approved this very plan."""

from collections.abc import Sequence

from msgspec.structs import replace

from gitops_ci.core import plan_id
from gitops_ci.core.authors import authors_of
from gitops_ci.core.gates.four_eyes import ApprovalCase, Doubt, Objection
from gitops_ci.core.gates.gate import FactKind, Gate, GateInput, ReplayedHistory
from gitops_ci.core.gates.people import identities, identity
from gitops_ci.model.config import Approval
from gitops_ci.model.operation import PENDING, Actor, Change, Plan, Verdict
from gitops_ci.model.operation_kind import kind_of

_ANOTHER = "let somebody else ask for it (--requested-by), or name another approver in gitops.yaml"
_MAP_THEM = "add the author's e-mail address to that person under people: in gitops.yaml"


def _authors(replay: ReplayedHistory) -> tuple[str, ...]:
    return authors_of(replay.change.after, replay.releases)


# everybody whom a record of the same images names
AUTHORS: FactKind[tuple[str, ...]] = FactKind("authors", (), _authors)
# the commit that carried out the plan which was approved, where that is not the one of now
CARRIED_OUT: FactKind[str | None] = FactKind("carried-out", None)


def _applies(plan: Plan, change: Change, actor: Actor) -> bool:
    return rule_of(plan.operation, change) is not None or bool(actor.approved_plan)


def _judge(gate_input: GateInput) -> Verdict:
    plan, change, actor = gate_input.plan, gate_input.change, gate_input.actor
    rule = rule_of(plan.operation, change)
    if actor.approved_plan and not plan_id.approves(actor.approved_plan, plan.id):
        reason = _another_plan(actor.approved_plan, plan, gate_input.fact(CARRIED_OUT))
        return gate_input.refused(reason, _look_again(plan))
    if rule is None:
        return gate_input.passed(f"plan {plan.id[:12]} is the one that was approved")
    case = ApprovalCase(gate_input, rule, gate_input.fact(AUTHORS))
    doubts = case.doubts()
    if doubts and doubts[0].refuses:  # nobody is asked for an approval that could not count
        return gate_input.refused(doubts[0].reason, doubts[0].remedy, _openers(case))
    return replace(_judged(case), warning="; ".join(map(_warning, doubts)))


def rule_of(operation: str, change: Change) -> Approval | None:
    """Return whose approval an operation needs; None for one that needs none."""
    rule = change.environment.approval
    return None if rule and kind_of(operation).goes_back and not rule.rollback else rule


def _judged(case: ApprovalCase) -> Verdict:
    gate_input, rule, actor = case.gate_input, case.rule, case.gate_input.actor
    openers = _openers(case)
    without_reason = rule.reason and not actor.reason
    if not actor.approved_by:
        return _pending(gate_input, openers, without_reason) if openers else _nobody_left(case)
    if without_reason:
        return gate_input.refused("a reason is required here", "give --reason TEXT", openers)
    objections = _objections(actor.approved_by, case)
    if objections:  # one name that does not count spoils the rest: all of them are recorded
        otherwise = f"ask {' or '.join(openers)}" if openers else _ANOTHER
        reason = "; ".join(objection.reason for objection in objections)
        return gate_input.refused(reason, _remedy(objections, otherwise), openers)
    return gate_input.passed(f"approved by {', '.join(actor.approved_by)}", openers)


def _remedy(objections: Sequence[Objection], otherwise: str) -> str:
    unmapped = any(objection.barrier == "unmapped" for objection in objections)
    return _MAP_THEM if unmapped else otherwise


def _another_plan(approved: str, plan: Plan, carried_out: str | None) -> str:
    """Say why the plan that was approved is not the one that would be carried out."""
    words = f"plan {approved} was approved, but {plan.id} is what would happen now"
    approved_id = plan_id.read(approved)
    if approved_id is None or approved_id.form > plan_id.FORM:
        return f"{words}; the approved one is no id that this version makes"
    if carried_out:
        return (
            f"{words}; the approved one was carried out by commit {carried_out[:12]}, and "
            "counts once"
        )
    return words


def _look_again(plan: Plan) -> str:
    apps = " ".join(dict.fromkeys(change.app.name for change in plan.changes))
    place = "--to" if plan.kind.from_before else "--env"
    command = f"gitops-ci plan {plan.operation} {apps} {place} {plan.environment.name}"
    return f"look at the plan again, with the same options, and have that one approved: {command}"


def _pending(gate_input: GateInput, openers: tuple[str, ...], without_reason: bool) -> Verdict:
    """A missing reason is asked for with the approval, because whoever approves may give it."""
    who = " or ".join(openers)
    if not without_reason:
        reason = f"waits for the approval of {who}"
        return gate_input.verdict(PENDING, reason, "--approved-by NAME", openers)
    reason = f"waits for a reason, and the approval of {who}"
    waiting = gate_input.verdict(PENDING, reason, "--approved-by NAME --reason TEXT", openers)
    return replace(waiting, asks=("reason",))


def _nobody_left(case: ApprovalCase) -> Verdict:
    """Refuse at once what nobody could approve, instead of asking for it."""
    objections = _objections(case.rule.approvers or (), case)
    reasons = dict.fromkeys(objection.reason for objection in objections)
    reason = f"nobody is left who may approve: {'; '.join(reasons)}"
    return case.gate_input.refused(reason, _remedy(objections, _ANOTHER))


def _openers(case: ApprovalCase) -> tuple[str, ...]:
    """Return who may approve; of those whom the rule names, the ones whom nothing keeps out."""
    approvers = case.rule.approvers or ()
    openers = openers_of(case.rule)
    return tuple(
        person for person in openers if person not in approvers or not case.objection_to(person)
    )


def openers_of(rule: Approval) -> tuple[str, ...]:
    """Return whom a rule names, whoever asks."""
    if rule.approvers is None:
        return ("anyone but the requester",) if rule.distinct_requester else ("anyone",)
    return rule.approvers or ("nobody: approvers is empty",)


def _objections(people: Sequence[str], case: ApprovalCase) -> list[Objection]:
    """Return why approvals of people do not count."""
    objections = (_not_named(person, case) or case.objection_to(person) for person in people)
    return list(filter(None, objections))


def _not_named(person: str, case: ApprovalCase) -> Objection | None:
    approvers, config = case.rule.approvers, case.gate_input.config
    if approvers is None or identity(person, config) in identities(approvers, config):
        return None
    environment = case.gate_input.change.environment.name
    return Objection("not named", f"{person} is not among the approvers of {environment}")


def _warning(doubt: Doubt) -> str:
    return f"{doubt.reason} ({doubt.remedy})"


def in_words(rule: Approval | None) -> str:
    """Return what a rule asks for, as the audit says it; '' for none."""
    if rule is None:
        return ""
    who = "anyone" if rule.approvers is None else ", ".join(rule.approvers) or "nobody"
    words = [who]
    if rule.distinct_authors:
        words.append("distinct")
    elif rule.distinct_requester:
        words.append("distinct from the requester")
    if rule.reason:
        words.append("with a reason")
    if rule.unknown_authors == "refuse":
        words.append("unknown authors refused")
    if not rule.rollback:
        words.append("but for a rollback")
    return " ".join(words)


GATE = Gate("approval", _applies, _judge, (CARRIED_OUT, AUTHORS), overridable=False)
