"""The registry confirms that each tag still names what was tested."""

from msgspec.structs import replace

from gitops_ci.config.model import Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import verdict
from gitops_ci.image_reference import ImageReference
from gitops_ci.model import Image, Known
from gitops_ci.operation import PASSED, PROMOTE, REFUSED, ROLLBACK, Actor, Change, Plan, Verdict
from gitops_ci.plan import references


def digests_needed(plan: Plan) -> list[ImageReference]:
    """Return the references whose digest the registry has to confirm under the policy of the target."""
    if plan.environment.verify_digest == "off":
        return []
    return [reference for change in plan.changes for reference in references(change.after) if reference]


def digest(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The registry confirms that each tag still names what was tested."""
    policy = change.environment.verify_digest
    if policy == "off":
        return verdict("digest", change, PASSED, "not asked for here (verify_digest: off)")
    reasons: list[str] = []
    for index, (image, reference) in enumerate(zip(change.after.images, references(change.after), strict=True)):
        one = _image_digest(plan, change, index, image, reference, facts)
        if one.state == REFUSED:
            return one
        reasons.append(one.reason)
    return verdict("digest", change, PASSED, "; ".join(reasons))


def _image_digest(
    plan: Plan, change: Change, index: int, image: Image, reference: ImageReference | None, facts: Facts
) -> Verdict:
    required = change.environment.verify_digest == "required"
    if reference is None:
        return _unconfirmed(change, required, f"the repository of image {index + 1} is not known", "failed",
                            "add repository: to the image in gitops.yaml, or image.repository to the values file")  # fmt: skip
    if required and not image.digest and plan.operation in {PROMOTE, ROLLBACK}:
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
        return verdict(
            "digest", change, REFUSED,
            f"{reference} was overwritten: {image.digest} was tested, the registry now has {fact.value}",
            "promote another release, or push the tested image under its tag again",
        )  # fmt: skip
    return verdict("digest", change, PASSED, f"{reference} is {fact.value}")


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
    return verdict("digest", change, REFUSED, f"{reference} does not exist in its registry", remedy)


def _skopeo(image: Image) -> str:
    """Return an image as skopeo names it."""
    return f"{'' if image.repository.startswith('oci:') else 'docker://'}{image.repository}:{image.tag}"


def _unconfirmed(change: Change, required: bool, reason: str, cause: str, remedy: str) -> Verdict:
    """Refuse under ``required``; under ``available`` pass and say so."""
    if not required:
        return verdict("digest", change, PASSED, f"not confirmed: {reason}")
    return replace(verdict("digest", change, REFUSED, reason, remedy), cause=cause)
