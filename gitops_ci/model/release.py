"""The values that travel between the rooms: images, releases, facts."""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from msgspec.structs import replace


class Image(msgspec.Struct, frozen=True):
    """One image of a release: ``repository`` without tag, ``digest`` as ``sha256:...`` where it is
    known.
    """

    repository: str
    tag: str
    digest: str | None = None

    def __str__(self) -> str:
        """Return ``repository:tag@digest``, without what is not known."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")

    @property
    def deployed(self) -> bool:
        """Tell whether a values file that says this makes a cluster run anything."""
        return bool(self.tag or self.digest)

    def same_content(self, other: "Image") -> bool:
        """Compare digests where both are known, tags otherwise.

        The registry makes no difference.
        """
        if self.digest and other.digest:
            return self.digest == other.digest
        return self.tag == other.tag

    def same_text(self, other: "Image") -> bool:
        """Compare what stands in the keys for tag and digest."""
        return (self.tag, self.digest) == (other.tag, other.digest)

    def satisfies(self, claim: "Image") -> bool:
        """Tell whether this has the tag that a record claims and contradicts no digest of it."""
        return self.tag == claim.tag and self.same_content(claim)


class Release(msgspec.Struct, frozen=True):
    """What one build produced, or what an environment runs.

    The tuple of all images of an application.
    """

    # Releases are compared image by image, in the order of the application's keys. Content: do
    # they run the same? Text: would the values file be the same? Both leave provenance out.

    images: tuple[Image, ...]
    source_revision: str | None = None
    source_authors: tuple[str, ...] = ()
    build_url: str | None = None

    def __str__(self) -> str:
        """Return the tag when all images share it, else every image by its last path part."""
        tags = {image.tag for image in self.images}
        if len(tags) == 1:
            return tags.pop()
        return ", ".join(f"{each.repository.rsplit('/', 1)[-1]}:{each.tag}" for each in self.images)

    @property
    def deployed(self) -> bool:
        """Tell whether any image has a tag or a digest: keys without values deploy nothing."""
        return any(image.deployed for image in self.images)

    @property
    def fully_deployed(self) -> bool:
        """Tell whether every image has a tag or a digest: with one key left empty it can't move."""
        return all(image.deployed for image in self.images)

    @property
    def label(self) -> str:
        """Return what people call it: the tag, or each image with its tag; '' where nothing is."""
        return str(self).strip(", ")

    def has_tag(self, tag: str | None) -> bool:
        """Tell whether any image has this tag; None: no."""
        return any(image.tag == tag for image in self.images)

    def same_content(self, other: "Release") -> bool:
        """Tell whether both run the same images, by digest where both know it, by tag otherwise.

        Not transitive: a release without digests is the same as any of its tag.
        """
        return self._agrees(other, Image.same_content)

    def same_text(self, other: "Release") -> bool:
        """Tell whether both write the same tags and digests."""
        return self._agrees(other, Image.same_text)

    def satisfies(self, claim: "Release") -> bool:
        """Tell whether a values file that says this is what a record claims of it.

        Every tag has to be there, and the digest where both name one: stricter than the same
        content, because a record of another tag is about another operation.
        """
        return self._agrees(claim, Image.satisfies)

    def completed_by(self, known: "Release") -> "Release":
        """Return this with the digests and provenance that ``known`` has of the same content."""
        if not self.same_content(known):
            return self
        filled = self.with_digests(image.digest for image in known.images)
        return replace(known, images=filled.images)

    def with_digests(self, digests: Iterable[str | None]) -> "Release":
        """Return this with a digest, in the order of the images, where an image has none yet."""
        pairs = zip(self.images, digests, strict=True)
        filled = (replace(image, digest=image.digest or digest) for image, digest in pairs)
        return replace(self, images=tuple(filled))

    def _agrees(self, other: "Release", law: Callable[[Image, Image], bool]) -> bool:
        if len(self.images) != len(other.images):
            return False
        return all(map(law, self.images, other.images))


class Known(msgspec.Struct, frozen=True):
    """A fact: ``value`` is None where the thing asked for does not exist."""

    value: str | None


class Unknown(msgspec.Struct, frozen=True):
    """A fact that could not be had; ``transient`` when asking again later may help, not ``asked``
    where nobody wanted it.
    """

    reason: str
    transient: bool
    asked: bool = True

    @property
    def cause(self) -> Literal["unavailable", "failed", "not-asked"]:
        """Return why it can't be told, as a verdict says it."""
        if not self.asked:
            return "not-asked"
        return "unavailable" if self.transient else "failed"


Fact = Known | Unknown


class Rendered(msgspec.Struct, frozen=True):
    """What helm made of a chart: Known(None) with the manifests as ``text``, Known(its words), or
    why it could not be tried.
    """

    fact: Fact
    text: str = ""
