"""The registry confirms that each tag still names what was tested."""

from msgspec.structs import replace

from gitops_ci.config.model import Config
from gitops_ci.errors import GitopsError
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import verdict
from gitops_ci.image_reference import ImageReference, parse_reference
from gitops_ci.model import Image, Known
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict
from gitops_ci.plan import references

_OVERWRITTEN = "overwritten"  # what the commit records of such a rollback


def digests_needed(plan: Plan) -> list[ImageReference]:
    """Return the references whose digest the registry has to confirm under the policy of the target."""
    if plan.environment.verify_digest == "off":
        return []
    needed = [reference for change in plan.changes for reference in references(change.after) if reference]
    if plan.kind.goes_back:  # a tag that was overwritten since is no reason to stay: the digest is what ran
        images = (image for change in plan.changes for image in change.after.images)
        needed += filter(None, map(_by_digest, images))
    return needed


def digest(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The registry confirms that each tag still names what was tested."""
    policy = change.environment.verify_digest
    if policy == "off":
        return verdict("digest", change, PASSED, "not asked for here (verify_digest: off)")
    reasons: list[str] = []
    found: list[Verdict] = []
    for index, (image, reference) in enumerate(zip(change.after.images, references(change.after), strict=True)):
        one = _image_digest(plan, change, index, image, reference, facts)
        if one.state == REFUSED:
            return one
        reasons.append(one.reason)
        found.append(one)
    warning = "; ".join(filter(None, (one.warning for one in found)))
    measure = next((one.measure for one in found if one.measure), "")
    return replace(verdict("digest", change, PASSED, "; ".join(reasons)), warning=warning, measure=measure)


def _image_digest(
    plan: Plan, change: Change, index: int, image: Image, reference: ImageReference | None, facts: Facts
) -> Verdict:
    required = change.environment.verify_digest == "required"
    if reference is None:
        return _unconfirmed(change, required, f"the repository of image {index + 1} is not known", "failed",
                            "add repository: to the image in gitops.yaml, or image.repository to the values file")  # fmt: skip
    if required and not image.digest and not plan.kind.fills_digests:
        return verdict(
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
        if plan.kind.goes_back:
            return _overwritten_since(change, image, reference, fact.value, facts)
        return verdict(
            "digest", change, REFUSED,
            f"{reference} was overwritten: {image.digest} was tested, the registry now has {fact.value}",
            "promote another release, or push the tested image under its tag again",
        )  # fmt: skip
    return verdict("digest", change, PASSED, f"{reference} is {fact.value}")


def _overwritten_since(change: Change, image: Image, reference: ImageReference, now: str, facts: Facts) -> Verdict:
    """Let a rollback go to an image whose tag names another one by now, and say which of the two is going to run."""
    exact = _by_digest(image)
    there = facts.digests.get(exact) if exact else None
    if there == Known(None):
        return verdict(
            "digest", change, REFUSED,
            f"{reference} was overwritten, and {image.digest}, which ran, does not exist in its registry any more",
            "roll back to another release, or push that image again",
        )  # fmt: skip
    reason = f"{reference} was overwritten since: {image.digest} ran, the registry now has {now}"
    passed = replace(verdict("digest", change, PASSED, reason), measure=_OVERWRITTEN)
    if any(image.digest and image.digest in edit.after for edit in change.edits):
        return passed
    return replace(passed, warning=f"{reason}; {change.file} holds no digest, so that is what is going to run")


def _by_digest(image: Image) -> ImageReference | None:
    if not (image.repository and image.digest):
        return None
    try:
        return parse_reference(f"{image.repository}@{image.digest}")
    except GitopsError:
        return None


def _digest_remedy(plan: Plan, change: Change) -> str:
    if plan.kind.from_before and change.origin and change.origin.environment:
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
    return verdict("digest", change, REFUSED, f"{reference} does not exist in its registry", remedy)


def _skopeo(image: Image) -> str:
    """Return an image as skopeo names it."""
    return f"{'' if image.repository.startswith('oci:') else 'docker://'}{image.repository}:{image.tag}"


def _unconfirmed(change: Change, required: bool, reason: str, cause: str, remedy: str) -> Verdict:
    """Refuse under ``required``; under ``available`` pass and say so."""
    if not required:
        return verdict("digest", change, PASSED, f"not confirmed: {reason}")
    return replace(verdict("digest", change, REFUSED, reason, remedy), cause=cause)
