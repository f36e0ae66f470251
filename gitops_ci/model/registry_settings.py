"""What the user said about registries."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class RegistrySettings:
    """Explicit credentials, hosts (``host[:port]``) that may be asked over plain HTTP, and a file
    of CAs to trust besides.

    ``host`` (``host[:port]``) is the only registry that gets the credentials, where it is set: a
    values file can name any. Without credentials here those of the Docker configuration count.
    ``token`` is a bearer token for the registry itself.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    plain_http: frozenset[str] = frozenset()
    ca_file: str | None = None
    host: str | None = None

    def for_host(self, netloc: str) -> "RegistrySettings":
        """Return the settings for one registry.

        Without the credentials when they are another one's.
        """
        if self.host is None or self.host.lower() == netloc.lower():
            return self
        return replace(self, username=None, password=None, token=None)

    def on_plain_http(self, netloc: str) -> bool:
        """Tell whether the user named this ``host[:port]`` for plain HTTP."""
        return netloc.lower() in {host.lower() for host in self.plain_http}
