"""What the user said about registries."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RegistrySettings:
    """Explicit credentials, hosts (``host[:port]``) that may be asked over plain HTTP, and a file of CAs to trust besides.

    Without credentials here those of the Docker configuration count. ``token`` is a bearer token for the registry itself.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    plain_http: frozenset[str] = frozenset()
    ca_file: str | None = None

    def on_plain_http(self, netloc: str) -> bool:
        """Tell whether the user named this ``host[:port]`` for plain HTTP."""
        return netloc.lower() in {host.lower() for host in self.plain_http}
