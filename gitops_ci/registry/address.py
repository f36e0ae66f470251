"""Where the registry of an image reference is, by the rules of Docker."""

import msgspec

from gitops_ci.image_reference import ImageReference

# https://github.com/distribution/reference: names without a host belong to Docker Hub, whose API has another name
HUB = "registry-1.docker.io"
_HUB_NAMES = {"docker.io", "index.docker.io", HUB}
HUB_LOGIN = "https://index.docker.io/v1/"  # the key of Docker Hub in Docker's configuration


class Address(msgspec.Struct, frozen=True):
    """One image at its registry: ``netloc`` is ``host[:port]``, ``target`` a tag or a digest, ``plain`` means no TLS."""

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


def split_host(repository: str) -> tuple[str, str]:
    """Split a repository into ``host[:port]`` and the name at that registry."""
    first, slash, rest = repository.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, rest = "docker.io", repository
    if first in _HUB_NAMES:
        return HUB, rest if "/" in rest else f"library/{rest}"
    return first.lower(), rest


def login_keys(netloc: str) -> tuple[str, ...]:
    """Return the names under which Docker's configuration may hold a registry's credentials, best first."""
    if netloc == HUB:
        return (HUB_LOGIN, "docker.io", "index.docker.io", "https://registry-1.docker.io", HUB)
    return (netloc, f"https://{netloc}", f"http://{netloc}", f"https://{netloc}/v1/", f"https://{netloc}/v2/")
