"""Where the registry of an image reference is, and the paths there."""

import msgspec

from gitops_ci.model.image_reference import ImageReference
from gitops_ci.model.registry_names import split_host


class Address(msgspec.Struct, frozen=True):
    """One image at its registry: ``netloc`` is ``host[:port]``, ``target`` a tag or a digest,
    ``plain`` means no TLS.
    """

    reference: ImageReference
    netloc: str
    name: str
    target: str
    plain: bool

    @property
    def base(self) -> str:
        """Return the URL of the registry."""
        return f"{'http' if self.plain else 'https'}://{self.netloc}"

    def manifest(self, target: str | None = None) -> str:
        """Return the path of the manifest, or of another one in the same repository."""
        return f"/v2/{self.name}/manifests/{target or self.target}"

    def blob(self, digest: str) -> str:
        """Return the path of a blob in the same repository."""
        return f"/v2/{self.name}/blobs/{digest}"


def locate(reference: ImageReference, plain_http: frozenset[str]) -> Address:
    """Return where to ask for a reference; a reference without tag and digest means ``latest``."""
    netloc, name = split_host(reference.repository)
    target = reference.tag or reference.digest or "latest"
    return Address(reference, netloc, name, target, netloc in {host.lower() for host in plain_http})
