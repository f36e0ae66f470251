"""The repository that a values file names for an image, and whether it is the configured one."""

from collections.abc import Mapping

from gitops_ci.base.errors import GitopsError
from gitops_ci.model.config import ImageKeys, ReferenceKey
from gitops_ci.model.image_reference import parse_reference
from gitops_ci.model.key_path import KeyPath

Texts = Mapping[KeyPath, str | None]

_DOCKER_HUB = frozenset({"docker.io", "index.docker.io"})


def written_repository(keys: ImageKeys, texts: Texts) -> str:
    """Return the repository that a values file names, with its registry; '' where it names none,
    ``registry/`` for that alone.
    """
    if isinstance(keys, ReferenceKey):
        text = texts.get(keys.reference) or ""
        try:
            return parse_reference(text).repository if text else ""
        except GitopsError:
            return text
    repository = texts.get(keys.repository) or ""
    registry = texts.get(keys.registry) or ""
    return f"{registry}/{repository}" if registry else repository


def same_repository(configured: str, written: str) -> bool:
    """Compare repositories as engines do, who write those of Docker Hub in several ways; the chart
    may have what is not said.
    """
    if written.endswith("/"):
        return configured.startswith(written)
    return not written or _plain(configured) == _plain(written)


def _plain(repository: str) -> str:
    """Return a repository of Docker Hub in one way.

    What begins with another host is nowhere else.
    """
    host, slash, path = repository.partition("/")
    if slash and host in _DOCKER_HUB:
        return f"docker.io/{_without_library(path)}"
    if slash and (host == "localhost" or "." in host or ":" in host):
        return repository
    return f"docker.io/{_without_library(repository)}"


def _without_library(path: str) -> str:
    """Take away the folder of Docker's own images: ``library/nginx`` is ``nginx``."""
    return path.removeprefix("library/") if path.count("/") == 1 else path
