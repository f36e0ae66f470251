"""What the registries say of the images that run."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gitops_ci.adapters import registry
from gitops_ci.adapters.registry import RegistrySettings
from gitops_ci.base.deadline import Deadline
from gitops_ci.core import plan
from gitops_ci.model.diagnosis import Check
from gitops_ci.model.image_reference import ImageReference
from gitops_ci.model.operation import Target
from gitops_ci.model.registry_names import split_host
from gitops_ci.model.release import Fact, Image, Known, Unknown
from gitops_ci.usecases.doctor.check import error, ok, unknown, warning


class _RunningImage(msgspec.Struct, frozen=True):
    """An image that runs in a target, and how it is called there."""

    target: Target
    image: Image
    reference: ImageReference

    @property
    def required(self) -> bool:
        """Tell whether a gate there requires its digest."""
        return self.target.environment.verify_digest == "required"


def check_images(
    running: Sequence[Target], settings: RegistrySettings, deadline: Deadline
) -> list[Check]:
    """Ask for the digest of every running image, all at once; what has no answer in time is a check
    of its own.
    """
    verified = [target for target in running if target.environment.verify_digest != "off"]
    checks = list(filter(None, map(_without_repository, verified)))
    images = [image for target in verified for image in _images(target)]
    references = [image.reference for image in images]
    facts = registry.digests_of(references, settings, deadline, once=True)
    checks += _silent(images, facts)
    checks += filter(None, (_judged(image, facts[image.reference]) for image in images))
    if images and not checks:
        repositories = len({reference.repository for reference in references})
        counts = f"{len(facts)}, in repositories: {repositories}"
        checks.append(ok("registries", f"digests of the running images found: {counts}"))
    return checks


def _images(target: Target) -> Iterator[_RunningImage]:
    references = plan.references(target.release)
    for image, reference in zip(target.release.images, references, strict=True):
        if reference:
            yield _RunningImage(target, image, reference)


def _subject(target: Target) -> str:
    return f"{target.app.name} in {target.environment.name}"


def _without_repository(target: Target) -> Check | None:
    if all(image.repository for image in target.release.images):
        return None
    make = error if target.environment.verify_digest == "required" else warning
    return make(
        _subject(target),
        "the repository of its image is not known: its digest can't be asked for",
        "add repository: to the image in gitops.yaml, or image.repository to the values file",
    )


def _silent(images: Sequence[_RunningImage], facts: Mapping[ImageReference, Fact]) -> list[Check]:
    """Return one check for each registry, not image, that gave no answer, required first."""
    silent: dict[str, Check] = {}
    for image in sorted(images, key=lambda image: not image.required):
        fact, repository = facts[image.reference], image.reference.repository
        if isinstance(fact, Unknown):
            layout = registry.is_layout(image.reference)
            host = repository if layout else split_host(repository)[0]
            silent.setdefault(host, unknown("registries", fact, required=image.required))
    return list(silent.values())


def _judged(running_image: _RunningImage, fact: Fact) -> Check | None:
    if not isinstance(fact, Known):
        return None
    subject, reference = _subject(running_image.target), running_image.reference
    if fact.value is None:
        return warning(
            subject,
            f"{reference} runs there and is not in its registry",
            "push it again, or deploy another",
        )
    digest = running_image.image.digest
    if digest and digest != fact.value:
        return warning(
            subject,
            f"{reference} was overwritten: {digest} runs there, the registry has {fact.value}",
            "it can't be promoted any more: promote another release, use one tag a build",
        )
    return None
