"""OCI registries and image layouts on disk: which digest a tag names, and which labels an image
has.

Importing this package is cheap: the client is loaded when there is a question.
"""

from collections.abc import Sequence

from gitops_ci.base import progress
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.image_reference import ImageReference
from gitops_ci.model.registry_settings import RegistrySettings
from gitops_ci.model.release import Fact, Unknown

__all__ = ["Labels", "RegistrySettings", "digest_of", "digests_of", "is_layout", "labels_of"]

Labels = dict[str, str]


def digest_of(reference: ImageReference, settings: RegistrySettings, deadline: Deadline) -> Fact:
    """Return which digest a reference names.

    Known("sha256:..."), Known(None) where no such tag or repository exists, or Unknown: down, slow,
    refused, a bad answer.
    """
    return digests_of([reference], settings, deadline)[reference]


def digests_of(
    references: Sequence[ImageReference],
    settings: RegistrySettings,
    deadline: Deadline,
    *,
    once: bool = False,
) -> dict[ImageReference, Fact]:
    """Ask for several digests at once, each reference once, and return by the deadline with what is
    known then.

    ``once``: a registry that can't be reached is not tried again.
    """
    unique = list(dict.fromkeys(references))
    remote = [reference for reference in unique if not is_layout(reference)]
    facts = _ask_servers(remote, settings, deadline, once=once)
    for reference in unique:
        if is_layout(reference):
            from gitops_ci.adapters.registry import layout

            facts[reference] = layout.digest_of(reference)
    return {reference: facts.get(reference) or _late(reference, deadline) for reference in unique}


def labels_of(
    reference: ImageReference, settings: RegistrySettings, deadline: Deadline
) -> Labels | Fact:
    """Return the labels of an image's configuration; of an index, those of its first image.

    Known(None) where no such image exists, Unknown where it can't be told.
    """
    if is_layout(reference):
        from gitops_ci.adapters.registry import layout

        return layout.labels_of(reference)
    from gitops_ci.adapters.registry.address import locate
    from gitops_ci.adapters.registry.client import Registries

    registries = Registries(settings, deadline)
    try:
        return registries.labels_of(locate(reference, settings.plain_http))
    finally:
        registries.close()


def is_layout(reference: ImageReference) -> bool:
    """Tell whether the reference stands for a layout on disk."""
    return reference.repository.startswith("oci:")


def _ask_servers(
    references: Sequence[ImageReference],
    settings: RegistrySettings,
    deadline: Deadline,
    *,
    once: bool,
) -> dict[ImageReference, Fact]:
    if not references:
        return {}
    from gitops_ci.adapters.http.threads import answer_all
    from gitops_ci.adapters.registry.address import locate
    from gitops_ci.adapters.registry.client import Registries

    progress.step("asking the registries")
    registries = Registries(settings, deadline, once=once)
    down: dict[str, Unknown] = {}

    def ask(reference: ImageReference) -> Fact:
        address = locate(reference, settings.plain_http)
        # asked a moment ago, with retries: two hundred applications must not each find it out
        if address.netloc in down:
            return down[address.netloc]
        fact = registries.digest_of(address)
        if isinstance(fact, Unknown) and fact.transient:
            down[address.netloc] = fact
        return fact

    try:
        return answer_all(ask, references, deadline)
    finally:
        registries.close()


def _late(reference: ImageReference, deadline: Deadline) -> Unknown:
    return Unknown(
        f"the registry of {reference} did not answer within {deadline.seconds:g} s", transient=True
    )
