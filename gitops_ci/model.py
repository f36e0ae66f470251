"""The values that travel between the rooms: images, releases, facts."""

import msgspec


class Image(msgspec.Struct, frozen=True):
    """One image of a release: ``repository`` without tag, ``digest`` as ``sha256:...`` where it is known."""

    repository: str
    tag: str
    digest: str | None = None

    def __str__(self) -> str:
        """Return ``repository:tag@digest``, without what is not known."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")

    def same_as(self, other: "Image") -> bool:
        """Compare by digest where both are known, by repository and tag otherwise."""
        if self.digest and other.digest:
            return self.digest == other.digest
        return self.repository == other.repository and self.tag == other.tag


class Release(msgspec.Struct, frozen=True):
    """What one build produced, or what an environment runs: the tuple of all images of an application."""

    images: tuple[Image, ...]
    source_revision: str | None = None
    source_authors: tuple[str, ...] = ()
    build_url: str | None = None

    def __str__(self) -> str:
        """Return the tag when all images share it, else every image by its last path part."""
        tags = {image.tag for image in self.images}
        if len(tags) == 1:
            return tags.pop()
        return ", ".join(f"{image.repository.rsplit('/', 1)[-1]}:{image.tag}" for image in self.images)

    def same_as(self, other: "Release") -> bool:
        """Tell whether both are the same tuple of images, in any order."""
        if len(self.images) != len(other.images):
            return False
        rest = list(other.images)
        for image in self.images:
            twin = next((other_image for other_image in rest if image.same_as(other_image)), None)
            if twin is None:
                return False
            rest.remove(twin)
        return True


class Known(msgspec.Struct, frozen=True):
    """A fact: ``value`` is None where the thing asked for does not exist."""

    value: str | None


class Unknown(msgspec.Struct, frozen=True):
    """A fact that could not be had; ``transient`` when asking again later may help."""

    reason: str
    transient: bool


Fact = Known | Unknown


class Rendered(msgspec.Struct, frozen=True):
    """What helm made of a chart: Known(None) with the manifests as ``text``, Known(its words), or why it could not be tried."""

    fact: Fact
    text: str = ""
