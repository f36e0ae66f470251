"""What the registries say of the images that run."""

from collections.abc import Mapping, Sequence

import msgspec

from gitops_ci.adapters import registry
from gitops_ci.adapters.registry import RegistrySettings
from gitops_ci.base.deadline import Deadline
from gitops_ci.core import plan
from gitops_ci.model.diagnosis import Check
from gitops_ci.model.image_reference import ImageReference
from gitops_ci.model.registry_names import split_host
from gitops_ci.model.release import Fact, Image, Known, Unknown
from gitops_ci.usecases.doctor.check import error, ok, unknown, warning
from gitops_ci.usecases.doctor.contents import DeployedImages


class _RunningImage(msgspec.Struct, frozen=True):
    """One running image, and whether a gate there requires its digest."""

    running: DeployedImages
    image: Image
    reference: ImageReference

    @property
    def required(self) -> bool:
        return self.running.environment.verify_digest == "required"

    @property
    def name(self) -> str:
        return f"{self.running.app.name} in {self.running.environment.name}"


def check_images(
    running: Sequence[DeployedImages], settings: RegistrySettings, deadline: Deadline
) -> list[Check]:
    """Ask for the digest of every running image, all at once; what has no answer in time is a check
    of its own.
    """
    checks = [
        check for deployed_images in running for check in _without_repository(deployed_images)
    ]
    places = [
        _RunningImage(each, image, reference)
        for each in running
        if each.environment.verify_digest != "off"
        for image, reference in zip(each.release.images, plan.references(each.release), strict=True)
        if reference
    ]
    facts = registry.digests_of(
        [running_image.reference for running_image in places], settings, deadline, once=True
    )
    checks += _silent(places, facts)
    checks += [check for place in places if (check := _judged(place, facts[place.reference]))]
    if places and not checks:
        repositories = len({place.reference.repository for place in places})
        checks.append(
            ok(
                "registries",
                f"digests of the running images found: {len(facts)}, in repositories: "
                f"{repositories}",
            )
        )
    return checks


def _without_repository(running: DeployedImages) -> list[Check]:
    if running.environment.verify_digest == "off" or all(
        image.repository for image in running.release.images
    ):
        return []
    make = error if running.environment.verify_digest == "required" else warning
    subject = f"{running.app.name} in {running.environment.name}"
    remedy = "add repository: to the image in gitops.yaml, or image.repository to the values file"
    return [
        make(
            subject,
            "the repository of its image is not known: its digest can't be asked for",
            remedy,
        )
    ]


def _silent(places: Sequence[_RunningImage], facts: Mapping[ImageReference, Fact]) -> list[Check]:
    """Return one check for each registry that gave no answer, required first: not one for each of
    its images.
    """
    silent: dict[str, Check] = {}
    for running_image in sorted(places, key=lambda place: not place.required):
        fact = facts[running_image.reference]
        if isinstance(fact, Unknown):
            host = (
                running_image.reference.repository
                if registry.is_layout(running_image.reference)
                else split_host(running_image.reference.repository)[0]
            )
            silent.setdefault(host, unknown("registries", fact, required=running_image.required))
    return list(silent.values())


def _judged(running_image: _RunningImage, fact: Fact) -> Check | None:
    if not isinstance(fact, Known):
        return None
    if fact.value is None:
        return warning(
            running_image.name,
            f"{running_image.reference} runs there and is not in its registry",
            "push it again, or deploy another",
        )
    if running_image.image.digest and running_image.image.digest != fact.value:
        message = (
            f"{running_image.reference} was overwritten: {running_image.image.digest} runs "
            f"there, the registry has {fact.value}"
        )
        return warning(
            running_image.name,
            message,
            "it can't be promoted any more: promote another release, use one tag a build",
        )
    return None
