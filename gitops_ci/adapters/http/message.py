"""Requests and answers as values."""

import base64
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urljoin, urlsplit

import msgspec

from gitops_ci.adapters.http import retry_after

SAFE = frozenset({"GET", "HEAD"})  # methods that change nothing: to ask twice does no harm
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]  # scheme, host and port (RFC 6454)


class HttpRequest(msgspec.Struct, frozen=True):
    """One request; header names as they are sent."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None

    @classmethod
    def form(cls, url: str, fields: Mapping[str, str]) -> "HttpRequest":
        """Return the request that sends a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return cls("POST", url, kind, urlencode(fields).encode())

    def having(self, headers: Mapping[str, str]) -> "HttpRequest":
        """Return the request with more headers."""
        return msgspec.structs.replace(self, headers={**self.headers, **headers})


class HttpResponse(msgspec.Struct, frozen=True):
    """One answer, read whole; header names in small letters, ``body`` empty for HEAD."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    reason: str = ""

    @property
    def text(self) -> str:
        """Return the body in the character set that the header names, else as UTF-8."""
        _, _, named = self.headers.get("content-type", "").lower().partition("charset=")
        try:
            return self.body.decode(named.partition(";")[0].strip(" \"'") or "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str | None:
        """Return the absolute URL that a redirect leads to; a login in it is nobody's and left
        out.
        """
        named = self.headers.get("location")
        if not named or self.status not in REDIRECTS:
            return None
        # servers send UTF-8 and blanks there; http.client reads every header as Latin-1
        return _without_login(
            urljoin(self.url, quote(named.encode("latin-1"), safe=_URL_CHARACTERS))
        )

    @property
    def retry_after(self) -> float | None:
        """Return in how many seconds the server wants to be asked again."""
        return retry_after.seconds(self.headers.get("retry-after"))


def server_of(url: str) -> str:
    """Return host and port of a URL as they may be shown, whatever a server has made of it."""
    host, colon, port = urlsplit(url).netloc.rpartition("@")[2].partition(":")
    return f"{host}:{port}" if colon and port.isdecimal() else host


def _without_login(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}" if separator else url


def with_query(url: str, fields: Mapping[str, str]) -> str:
    """Return a URL with fields in its query."""
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}{urlencode(fields)}" if fields else url


def basic(username: str, password: str) -> str:
    """Return a login as the header of HTTP basic authentication (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def origin_of(url: str) -> Origin:
    """Return where a request goes; raises ValueError for what is no http(s) URL."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{parts.scheme or 'nothing'}:// is not http:// or https://")
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
