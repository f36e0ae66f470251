"""A requests session in which nothing is unbounded: time, size, redirects, and where credentials may go."""

import ssl
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from gitops_ci import retry_after, tls
from gitops_ci.deadline import Deadline
from gitops_ci.model import Unknown
from gitops_ci.registry.answers import LARGEST, shown
from gitops_ci.registry.settings import RegistrySettings

CONNECT = 5.0  # seconds
SILENCE = 15.0  # seconds between two packets


class Trouble(Exception):
    """A question has no answer: ``fact`` says why, ``after`` when the server wants to be asked again (seconds)."""

    def __init__(self, reason: str, *, transient: bool, after: float | None = None) -> None:
        super().__init__(reason)
        self.fact = Unknown(reason, transient)
        self.after = after


class BoundedAdapter(HTTPAdapter):
    """Sends one request at a time, each hop of a redirect too, and reads at most LARGEST bytes of the answer."""

    def __init__(self, settings: RegistrySettings, deadline: Deadline) -> None:
        self._settings = settings
        self._deadline = deadline
        super().__init__()

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        """Trust the system's certificates and those of ``--ca-file``."""
        super().init_poolmanager(*args, ssl_context=tls_context(self._settings), **keywords)

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        """Trust the same certificates behind a proxy."""
        return super().proxy_manager_for(proxy, ssl_context=tls_context(self._settings), **keywords)

    def send(self, request: requests.PreparedRequest, *args: Any, **keywords: Any) -> requests.Response:
        """Send one request; raises Trouble for what the server can't or mustn't do."""
        url = request.url or ""
        parts = urlsplit(url)
        if parts.scheme != "https" and not self._settings.on_plain_http(parts.netloc):
            raise Trouble(f"a redirect or token address leads to plain HTTP at {shown(parts.netloc)}", transient=False)
        left = self._deadline.remaining()
        if left <= 0:
            raise Trouble(f"{parts.netloc} did not answer within {self._deadline.seconds:g} s", transient=True)
        keywords.update(stream=True, timeout=(min(CONNECT, left), min(SILENCE, left)))
        response = super().send(request, *args, **keywords)
        self._read(response, parts.netloc)
        if response.status_code == 429 or response.status_code >= 500:
            reason = f"{parts.netloc} answers {response.status_code} {shown(response.reason or '')}".rstrip()
            raise Trouble(reason, transient=True, after=retry_after.seconds(response.headers.get("Retry-After")))
        return response

    def _read(self, response: requests.Response, netloc: str) -> None:
        body = bytearray()
        for block in response.iter_content(65536):
            body += block
            if len(body) > LARGEST:
                response.close()
                raise Trouble(f"{netloc} sends more than {LARGEST} bytes", transient=False)
            if self._deadline.expired():
                response.close()
                raise Trouble(f"{netloc} did not answer within {self._deadline.seconds:g} s", transient=True)
        response._content = bytes(body)  # where requests itself keeps what it has read


def open_session(settings: RegistrySettings, deadline: Deadline) -> requests.Session:
    """Return a session for one registry; raises Trouble when ``--ca-file`` is no file of certificates."""
    session = requests.Session()
    session.max_redirects = 5
    session.headers["User-Agent"] = "gitops-ci"
    session.auth = _as_it_is  # without it requests looks into ~/.netrc and replaces the header
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # Harbor takes a client with cookies for a browser
    adapter = BoundedAdapter(settings, deadline)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def tls_context(settings: RegistrySettings) -> ssl.SSLContext:
    """Return the TLS settings: the system's certificates and those of ``--ca-file``."""
    try:
        return tls.trust(settings.ca_file)
    except OSError as error:
        reason = error.strerror or "no certificates in it"
        raise Trouble(f"the file of certificates {settings.ca_file} can't be used: {reason}", transient=False) from error


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
