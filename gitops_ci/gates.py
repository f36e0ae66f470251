"""Pure: plan + facts -> verdicts. Gates never fetch."""

from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from gitops_ci.config.model import Approval, Config
from gitops_ci.config.schema import GATES
from gitops_ci.errors import UsageError
from gitops_ci.image_reference import ImageReference
from gitops_ci.model import Fact, Image, Known
from gitops_ci.operation import (
    OVERRIDDEN,
    PASSED,
    PENDING,
    PROMOTE,
    REFUSED,
    ROLLBACK,
    UPDATE,
    Actor,
    Change,
    Plan,
    State,
    Verdict,
)
from gitops_ci.plan import references

# what --override may name; an approval is never overridden
OVERRIDABLE = GATES
_UNMAPPED = "is not under people"


class Facts(msgspec.Struct, frozen=True):
    """What the gates look at: digests by reference, running builds that are newer, commits that spent the plan's id."""

    digests: Mapping[ImageReference, Fact]
    newer: Mapping[str, str]
    spent: str | None


def judge(plan: Plan, config: Config, facts: Facts, actor: Actor) -> tuple[Verdict, ...]:
    """Return every gate's verdict on every change, in the order of the application's names in the plan."""
    _check_overrides(actor)
    verdicts: list[Verdict] = []
    for change in plan.changes:
        for gate in _gates_of(plan, change, actor):
            verdict = gate(plan, change, config, facts, actor)
            verdicts.append(_overridden(verdict, change, config, actor))
    return tuple(verdicts)


def digests_needed(plan: Plan) -> list[ImageReference]:
    """Return the references whose digest the registry has to confirm under the policy of the target."""
    if plan.environment.verify_digest == "off":
        return []
    return [reference for change in plan.changes for reference in references(change.after) if reference]


Gate = Callable[[Plan, Change, Config, Facts, Actor], Verdict]


def _gates_of(plan: Plan, change: Change, actor: Actor) -> list[Gate]:
    gates: list[Gate] = []
    if plan.operation == PROMOTE:
        gates.append(_order)
    if plan.operation == UPDATE:
        gates.append(_sequence)
    gates.append(_digest)
    if change.chart:
        gates.append(_chart)
    if plan.operation in {UPDATE, PROMOTE}:
        gates += [_unjudged(name) for name in change.environment.unjudged]
    if change.environment.approval or actor.approved_plan:
        gates.append(_approval)
    return gates


def _order(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The release ran in the environment before."""
    environment, origin = change.environment, change.origin
    needed = environment.source or ""
    if origin is None or origin.environment != needed:
        where = f", only in {origin.environment}" if origin and origin.environment else ""
        return _verdict(
            "order", change, REFUSED,
            f"{change.after} never ran in {needed}{where}",
            f"promote it to {needed} first",
        )  # fmt: skip
    if origin.record:
        when = "runs" if origin.present else "ran"
        return _verdict("order", change, PASSED, f"{change.after} {when} in {needed} (commit {origin.record.commit[:12]})")
    if environment.approval and not origin.adopted:
        return _verdict(
            "order", change, REFUSED,
            f"{change.after} was written into {needed} by hand: no operation put it there",
            f"record it first: gitops-ci adopt {change.app.name} --env {needed} --reason TEXT",
        )  # fmt: skip
    return _verdict(
        "order", change, PASSED, f"{change.after} runs in {needed}" + (" since before gitops.yaml" if origin.adopted else "")
    )


def _sequence(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """A late build does not replace a newer one of the same job."""
    newer = facts.newer.get(change.app.name)
    if newer:
        return _verdict(
            "order", change, REFUSED,
            f"this build is older than the one that runs in {change.environment.name}: {newer}",
            "nothing to do if the newer one is wanted; --allow-older writes it all the same",
        )  # fmt: skip
    return _verdict("order", change, PASSED, f"{change.environment.name} takes builds directly")


def _digest(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The registry confirms that each tag still names what was tested."""
    policy = change.environment.verify_digest
    if policy == "off":
        return _verdict("digest", change, PASSED, "not asked for here (verify_digest: off)")
    reasons: list[str] = []
    for index, (image, reference) in enumerate(zip(change.after.images, references(change.after), strict=True)):
        verdict = _image_digest(plan, change, index, image, reference, facts)
        if verdict.state == REFUSED:
            return verdict
        reasons.append(verdict.reason)
    return _verdict("digest", change, PASSED, "; ".join(reasons))


def _image_digest(
    plan: Plan, change: Change, index: int, image: Image, reference: ImageReference | None, facts: Facts
) -> Verdict:
    required = change.environment.verify_digest == "required"
    if reference is None:
        return _unconfirmed(change, required, f"the repository of image {index + 1} is not known", "failed",
                            "add repository: to the image in gitops.yaml, or image.repository to the values file")  # fmt: skip
    if required and not image.digest and plan.operation in {PROMOTE, ROLLBACK}:
        return _verdict(
            "digest", change, REFUSED,
            f"no digest is known of the {image.repository}:{image.tag} that was tested",
            _digest_remedy(plan, change),
        )  # fmt: skip
    fact = facts.digests[reference]
    if not isinstance(fact, Known):
        cause = "unavailable" if fact.transient else "failed"
        return _unconfirmed(change, required, fact.reason, cause,
                            "see that the registry answers and the credentials are right, or set verify_digest here")  # fmt: skip
    if fact.value is None:
        return _missing(change, index, image, reference)
    if image.digest and fact.value != image.digest:
        return _verdict(
            "digest", change, REFUSED,
            f"{reference} was overwritten: {image.digest} was tested, the registry now has {fact.value}",
            "promote another release, or push the tested image under its tag again",
        )  # fmt: skip
    return _verdict("digest", change, PASSED, f"{reference} is {fact.value}")


def _digest_remedy(plan: Plan, change: Change) -> str:
    if plan.operation == PROMOTE and change.origin and change.origin.environment:
        return f"record it: gitops-ci adopt {change.app.name} --env {change.origin.environment} --reason TEXT"
    return "choose another release, or let somebody named for it use --override digest"


def _missing(change: Change, index: int, image: Image, reference: ImageReference) -> Verdict:
    remedy = "push it first, or correct the tag"
    source = change.origin.environment if change.origin else None
    elsewhere = change.app.images[index].repository_in(change.app.name, source) if source else None
    if elsewhere and elsewhere != image.repository:
        tested = f"docker://{elsewhere}@{image.digest}"  # its tag may name something else by now
        if elsewhere.startswith("oci:") or not image.digest:
            tested = _skopeo(replace(image, repository=elsewhere))
        remedy = f"copy it: skopeo copy --all {tested} {_skopeo(image)}"
    return _verdict("digest", change, REFUSED, f"{reference} does not exist in its registry", remedy)


def _skopeo(image: Image) -> str:
    """Return an image as skopeo names it."""
    return f"{'' if image.repository.startswith('oci:') else 'docker://'}{image.repository}:{image.tag}"


def _unconfirmed(change: Change, required: bool, reason: str, cause: str, remedy: str) -> Verdict:
    """Refuse under ``required``; under ``available`` pass and say so."""
    if not required:
        return _verdict("digest", change, PASSED, f"not confirmed: {reason}")
    return replace(_verdict("digest", change, REFUSED, reason, remedy), cause=cause)


def _chart(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The chart that comes from another branch replaces nothing that was changed on this one."""
    chart = change.chart
    if chart is None:
        return _verdict("chart", change, PASSED, "stays as it is")
    if chart.own:
        return _verdict(
            "chart", change, REFUSED,
            f"{' and '.join(chart.own)} changed on {change.branch} itself and would become what {chart.branch} has",
            f"merge {chart.branch} and {change.branch} so that both have the change, or take it back on {change.branch}",
        )  # fmt: skip
    what = ", ".join(each.path for each in chart.carried) or "the chart already is"
    return _verdict("chart", change, PASSED, f"{what} as on {chart.branch} at commit {chart.commit[:12]}")


def _unjudged(name: str) -> Gate:
    """A declared rule that this version can't judge refuses: ignoring it would be worse."""

    def gate(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
        return _verdict(
            name, change, REFUSED,
            f"gitops.yaml declares {name} for {change.environment.name}, which this version does not judge",
            f"remove {name} there, or use a version that judges it",
        )  # fmt: skip

    return gate


def _approval(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """Somebody entitled approved this very plan."""
    approval = change.environment.approval
    if actor.approved_plan and actor.approved_plan != plan.id:
        return _verdict(
            "approval", change, REFUSED,
            f"plan {actor.approved_plan} was approved, but {plan.id} is what would happen now",
            "look at the plan again and approve that one",
        )  # fmt: skip
    if actor.approved_plan and facts.spent:
        return _verdict(
            "approval", change, REFUSED,
            f"the approval of plan {plan.id[:12]} was used by commit {facts.spent[:12]}; it counts once",
            "ask for a new approval, without --approved-plan",
        )  # fmt: skip
    if approval is None:
        return _verdict("approval", change, PASSED, f"plan {plan.id[:12]} is the one that was approved")
    openers = _openers(approval)
    if approval.reason and not actor.reason:
        return _verdict("approval", change, REFUSED, "a reason is required here", "give --reason TEXT", openers)
    if not actor.approved_by:
        return _verdict(
            "approval", change, PENDING, f"waits for the approval of {' or '.join(openers)}", "--approved-by NAME", openers
        )
    refusals = [refusal for person in actor.approved_by if (refusal := _not_entitled(person, approval, change, config, actor))]
    if refusals:  # one name that does not count spoils the rest: all of them are recorded
        remedy = f"ask {' or '.join(openers)}"
        if any(_UNMAPPED in refusal for refusal in refusals):
            remedy = "add the author's e-mail address to that person under people: in gitops.yaml"
        return _verdict("approval", change, REFUSED, "; ".join(refusals), remedy, openers)
    return _verdict("approval", change, PASSED, f"approved by {', '.join(actor.approved_by)}", openers=openers)


def _openers(approval: Approval) -> tuple[str, ...]:
    if approval.approvers is None:
        return ("anyone but the requester",) if approval.distinct_requester else ("anyone",)
    return approval.approvers or ("nobody: approvers is empty",)


def _not_entitled(person: str, approval: Approval, change: Change, config: Config, actor: Actor) -> str:
    """Return why a person's approval does not count, '' when it does."""
    identity = _identity(person, config)
    if approval.approvers is not None and identity not in {_identity(one, config) for one in approval.approvers}:
        return f"{person} is not among the approvers of {change.environment.name}"
    if approval.distinct_requester and identity == _identity(actor.requested_by, config):
        return f"{person} asked for it and can't approve it too"
    if approval.distinct_authors:
        return _is_author(person, identity, change, config)
    return ""


def _is_author(person: str, identity: str, change: Change, config: Config) -> str:
    for author in change.after.source_authors:
        if _identity(author, config) == identity:
            return f"{person} is an author of the source revision and can't approve it"
        if _known(author, config) is None:
            return f"{author}, an author of the source revision, {_UNMAPPED}: that may be {person}"
    return ""


def _identity(person: str, config: Config) -> str:
    """Return the one name of a person, whose e-mail addresses stand under ``people``; Jenkins ignores case too."""
    return _known(person, config) or person.strip().casefold()


def _known(person: str, config: Config) -> str | None:
    """Return the name of somebody under ``people``, None for anybody else."""
    folded = person.strip().casefold()
    for name, mails in config.people.items():
        if folded == name.casefold() or folded in {mail.casefold() for mail in mails}:
            return name.casefold()
    return None


def _check_overrides(actor: Actor) -> None:
    for gate in actor.overrides:
        if gate not in OVERRIDABLE:
            raise UsageError(
                f"--override {gate}: there is nothing to override by that name", remedy=f"gates: {', '.join(OVERRIDABLE)}"
            )
    if actor.overrides and not actor.reason:
        raise UsageError("--override needs a reason", remedy="give --reason TEXT; it is recorded")


def _overridden(verdict: Verdict, change: Change, config: Config, actor: Actor) -> Verdict:
    """Open a refused gate for a person who is named for it; say who could where the caller is not."""
    if verdict.state != REFUSED or verdict.gate == "approval":
        return verdict
    people = change.environment.override.get(verdict.gate, ())
    if verdict.gate not in actor.overrides:
        return replace(verdict, openers=people)
    if _identity(actor.requested_by, config) in {_identity(person, config) for person in people}:
        return replace(verdict, state=OVERRIDDEN, reason=f"{verdict.reason}; overridden by {actor.requested_by}: {actor.reason}")
    who = f"only {' or '.join(people)} may" if people else f"nobody is named for it under override: in {change.environment.name}"
    return replace(verdict, reason=f"{verdict.reason}; {actor.requested_by} may not override it: {who}", openers=people)


def _verdict(gate: str, change: Change, state: State, reason: str, remedy: str = "", openers: tuple[str, ...] = ()) -> Verdict:
    return Verdict(gate, change.app.name, change.environment.name, state, reason, remedy, openers)
