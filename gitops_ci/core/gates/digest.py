"""The registry confirms that each tag still names what was tested."""

from collections.abc import Mapping

from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core.gates.gate import FactKind, Gate, GateInput, ReplayedHistory, deployed
from gitops_ci.core.plan import references
from gitops_ci.model.image_reference import ImageReference, parse_reference
from gitops_ci.model.operation import REFUSED, Change, Plan, Verdict
from gitops_ci.model.release import Fact, Image, Known, Unknown

_OVERWRITTEN = "overwritten"  # what the commit records of such a rollback


def _replayed(replay: ReplayedHistory) -> dict[ImageReference, Fact]:
    absent = Unknown("the commit records no digest", transient=False)
    release = replay.change.after
    return {
        reference: Known(image.digest) if image.digest else absent
        for image, reference in zip(release.images, references(release), strict=True)
        if reference
    }


# what the registries have by the references of `digests_needed`
DIGESTS: FactKind[Mapping[ImageReference, Fact] | Unknown] = FactKind("digests", {}, _replayed)


def digests_needed(plan: Plan) -> list[ImageReference]:
    """Return the references whose digest the registry has to confirm under the policy of the
    target.
    """
    if plan.environment.verify_digest == "off":
        return []
    needed = [
        reference for change in plan.changes for reference in references(change.after) if reference
    ]
    if plan.kind.goes_back:
        # a tag that was overwritten since is no reason to stay: the digest is what ran
        images = (image for change in plan.changes for image in change.after.images)
        needed += filter(None, map(reference_by_digest, images))
    return needed


def _judge(gate_input: GateInput) -> Verdict:
    change = gate_input.change
    stranger = _of_nothing_tested(gate_input)
    if stranger:
        where = change.origin.environment if change.origin else ""
        reason = f"no digest is known of the {stranger.tag} in {where}"
        return gate_input.refused(
            f"{stranger.digest} is not what was tested: {reason}",
            _digest_remedy(gate_input.plan, change),
        )
    if change.environment.verify_digest == "off":
        return gate_input.passed("not asked for here (verify_digest: off)")
    verdicts: list[Verdict] = []
    for index, reference in enumerate(references(change.after)):
        verdict = _image_digest(gate_input, index, reference)
        if verdict.state == REFUSED:
            return verdict
        verdicts.append(verdict)
    return replace(
        gate_input.passed("; ".join(verdict.reason for verdict in verdicts)),
        warning="; ".join(filter(None, (verdict.warning for verdict in verdicts))),
        measure=next((verdict.measure for verdict in verdicts if verdict.measure), ""),
        unconfirmed=any(verdict.unconfirmed for verdict in verdicts),
    )


def _of_nothing_tested(gate_input: GateInput) -> Image | None:
    """Return an image with a digest that nobody knew in the environment before."""
    origin = gate_input.change.origin
    known = origin.known if origin and gate_input.plan.kind.from_before else None
    if known is None:
        return None
    pairs = zip(gate_input.change.after.images, known.images, strict=False)
    return next((image for image, there in pairs if image.digest and not there.digest), None)


def _image_digest(gate_input: GateInput, index: int, reference: ImageReference | None) -> Verdict:
    plan, change = gate_input.plan, gate_input.change
    image = change.after.images[index]
    required = change.environment.verify_digest == "required"
    if reference is None:
        return _unconfirmed(
            gate_input,
            Unknown(f"the repository of image {index + 1} is not known", transient=False),
            "add repository: to the image in gitops.yaml, or image.repository to the values file",
        )
    if required and not image.digest and not plan.kind.fills_digests:
        return gate_input.refused(
            f"no digest is known of the {image.repository}:{image.tag} that was tested",
            _digest_remedy(plan, change),
        )
    digests = gate_input.fact(DIGESTS)
    fact = digests if isinstance(digests, Unknown) else digests[reference]
    if isinstance(fact, Unknown):
        return _unconfirmed(
            gate_input,
            fact,
            "see that the registry answers and the credentials are right, or set "
            "verify_digest here",
        )
    if fact.value is None:
        return _missing(gate_input, index, image, reference)
    if image.digest and fact.value != image.digest:
        return _overwritten(gate_input, image, reference, fact.value)
    return gate_input.passed(f"{reference} is {fact.value}")


def _overwritten(
    gate_input: GateInput, image: Image, reference: ImageReference, now: str
) -> Verdict:
    if gate_input.plan.kind.goes_back:
        return _overwritten_since(gate_input, image, reference, now)
    return gate_input.refused(
        f"{reference} was overwritten: {image.digest} was tested, the registry now has {now}",
        "promote another release, or push the tested image under its tag again",
    )


def _overwritten_since(
    gate_input: GateInput, image: Image, reference: ImageReference, now: str
) -> Verdict:
    """Let a rollback go to an image whose tag names another one by now, and say which of the two is
    going to run.
    """
    change, digests, exact = gate_input.change, gate_input.fact(DIGESTS), reference_by_digest(image)
    if exact and not isinstance(digests, Unknown) and digests.get(exact) == Known(None):
        gone = f"{image.digest}, which ran, does not exist in its registry any more"
        return gate_input.refused(
            f"{reference} was overwritten, and {gone}",
            "roll back to another release, or push that image again",
        )
    reason = f"{reference} was overwritten since: {image.digest} ran, the registry now has {now}"
    passed = replace(gate_input.passed(reason), measure=_OVERWRITTEN)
    if any(image.digest and image.digest in edit.after for edit in change.edits):
        return passed
    return replace(
        passed, warning=f"{reason}; {change.file} holds no digest, so that is what is going to run"
    )


def reference_by_digest(image: Image) -> ImageReference | None:
    """Return an image by its digest, None where that is not known or no reference."""
    if not (image.repository and image.digest):
        return None
    try:
        return parse_reference(f"{image.repository}@{image.digest}")
    except GitopsError:
        return None


def _digest_remedy(plan: Plan, change: Change) -> str:
    if plan.kind.from_before and change.origin and change.origin.environment:
        return (
            f"record it: gitops-ci adopt {change.app.name} --env {change.origin.environment} "
            "--reason TEXT"
        )
    return "choose another release, or let somebody named for it use --override digest"


def _missing(gate_input: GateInput, index: int, image: Image, reference: ImageReference) -> Verdict:
    change = gate_input.change
    remedy = "push it first, or correct the tag"
    source = change.origin.environment if change.origin else None
    elsewhere = change.app.images[index].repository_in(change.app.name, source) if source else None
    if elsewhere and elsewhere != image.repository:
        tested = f"docker://{elsewhere}@{image.digest}"  # its tag may name something else by now
        if elsewhere.startswith("oci:") or not image.digest:
            tested = _skopeo(replace(image, repository=elsewhere))
        remedy = f"copy it: skopeo copy --all {tested} {_skopeo(image)}"
    return gate_input.refused(f"{reference} does not exist in its registry", remedy)


def _skopeo(image: Image) -> str:
    """Return an image as skopeo names it."""
    transport = "" if image.repository.startswith("oci:") else "docker://"
    return f"{transport}{image.repository}:{image.tag}"


def _unconfirmed(gate_input: GateInput, fact: Unknown, remedy: str) -> Verdict:
    """Refuse under ``required``; under ``available`` pass and say so."""
    if gate_input.change.environment.verify_digest == "required":
        return gate_input.undecided(fact, remedy)
    return replace(gate_input.passed(f"not confirmed: {fact.reason}"), unconfirmed=True)


GATE = Gate("digest", deployed, _judge, (DIGESTS,))
