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

    @property
    def deployed(self) -> bool:
        """Tell whether any image has a tag or a digest: keys without values deploy nothing."""
        return any(image.tag or image.digest for image in self.images)

    @property
    def label(self) -> str:
        """Return what people call it: the tag, or each image with its tag; '' where nothing is."""
        return str(self).strip(", ")


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
