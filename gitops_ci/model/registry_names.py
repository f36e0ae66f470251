"""Which registry a repository's name stands for, by the rules of Docker.

Source: https://github.com/distribution/reference
"""

# names without a host belong to Docker Hub, whose API has another name
HUB = "registry-1.docker.io"
_HUB_NAMES = {"docker.io", "index.docker.io", HUB}
HUB_LOGIN = "https://index.docker.io/v1/"  # the key of Docker Hub in Docker's configuration


def split_host(repository: str) -> tuple[str, str]:
    """Split a repository into ``host[:port]`` and the name at that registry."""
    first, slash, rest = repository.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, rest = "docker.io", repository
    if first in _HUB_NAMES:
        return HUB, rest if "/" in rest else f"library/{rest}"
    return first.lower(), rest


def login_keys(netloc: str) -> tuple[str, ...]:
    """Return the names under which Docker's configuration may hold a registry's credentials, best
    first.
    """
    if netloc == HUB:
        return (HUB_LOGIN, "docker.io", "index.docker.io", "https://registry-1.docker.io", HUB)
    return (
        netloc,
        f"https://{netloc}",
        f"http://{netloc}",
        f"https://{netloc}/v1/",
        f"https://{netloc}/v2/",
    )
