"""Where an Argo CD is: ``host``, ``host:port`` or a URL, which may have a path (the server's root
path).
"""

import re
from urllib.parse import SplitResult, urlsplit

import msgspec

from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import one_line, redact

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_REMEDY = "give argocd.example.com, argocd.example.com:8443 or https://example.com/argocd"


class ArgocdServer(msgspec.Struct, frozen=True):
    """One API server: ``prefix`` is its root path, '' or ``/argocd``; ``plain`` means no TLS,
    because the URL says http.
    """

    host: str
    port: int
    plain: bool = False
    prefix: str = ""

    @property
    def netloc(self) -> str:
        """Return ``host[:port]``."""
        return self.host if self.port == _PORTS[self._scheme] else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the URL without a slash behind."""
        return f"{self._scheme}://{self.netloc}{self.prefix}"

    @property
    def _scheme(self) -> str:
        return "http" if self.plain else "https"


def parse_server(text: str) -> ArgocdServer:
    """Return where a server is; raises UsageError for what is no address, or has a login in it."""
    word = text.strip()
    if "@" in word:
        raise UsageError(
            "the address of Argo CD has a login in it",
            remedy="give the token in GITOPS_CI_ARGOCD_TOKEN",
        )
    try:
        parts = urlsplit(word if "://" in word else f"https://{word}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _no_address(word) from None
    shown = f"[{host}]" if ":" in host else host
    prefix = parts.path.rstrip("/")
    if port == 0 or not _HOST.fullmatch(shown) or not _is_root(parts, prefix):
        raise _no_address(word)
    return ArgocdServer(shown, port or _PORTS[parts.scheme], parts.scheme == "http", prefix)


def _is_root(parts: SplitResult, prefix: str) -> bool:
    """Tell whether a URL is http(s) and ends with its path, which needs no percent codes."""
    return (
        parts.scheme in _PORTS
        and not parts.query + parts.fragment
        and _PREFIX.fullmatch(prefix) is not None
        and ".." not in prefix.split("/")
    )


def _no_address(word: str) -> UsageError:
    return UsageError(
        f"{redact(one_line(word[:200]))!r} is not the address of an Argo CD", remedy=_REMEDY
    )
