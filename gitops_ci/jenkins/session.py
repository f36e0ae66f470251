"""A requests session for one controller in which nothing is unbounded: time, size, and where the login may go."""

import os
import queue
import ssl
import threading
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from gitops_ci import tls
from gitops_ci.deadline import Deadline
from gitops_ci.errors import UsageError
from gitops_ci.jenkins.connection import Connection
from gitops_ci.jenkins.failures import JenkinsError, elsewhere, leads_to_login
from gitops_ci.redaction import remember

CONNECT = 10.0  # seconds
SILENCE = 30.0  # seconds between two packets
LARGEST = 32 * 1024 * 1024  # bytes of an answer
_HOPS = 5
_GRACE = 0.25  # seconds: a request that notices the deadline itself gives the better reason
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_EXTRA = "JENKINS_API_EXTRA_HEADERS"  # of python-jenkins: lines of NAME: VALUE


class Session:
    """Sends single requests to one controller with its login; answers are whole."""

    def __init__(self, connection: Connection) -> None:
        self._url = connection.url
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "gitops-ci"
        # any value keeps requests from looking into ~/.netrc
        self._session.auth = _authorization(connection)
        for prefix in ("https://", "http://"):
            self._session.mount(prefix, _Adapter(_tls_context(connection.ca_file)))
        for name, value in _extra_headers():
            self._session.headers[name] = value

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def send(self, request: requests.Request, deadline: Deadline) -> requests.Response:
        """Send a request and return the answer, whatever its status; a GET follows redirects within the controller.

        Raises JenkinsError for a redirect that leads away from it, and what requests raises.
        """
        for _ in range(_HOPS):
            response = self._in_time(request, deadline)
            location = response.headers.get("Location")
            if request.method != "GET" or response.status_code not in _REDIRECTS or not location:
                return response
            target = urljoin(response.url, location)
            if _origin(target) != _origin(self._url) or leads_to_login(target):
                raise elsewhere(response, target)
            request = requests.Request("GET", target, headers=request.headers)
        raise JenkinsError(f"{self._url} redirects without end", remedy="check the URL of Jenkins with its prefix")

    def _in_time(self, request: requests.Request, deadline: Deadline) -> requests.Response:
        """Send a request from a thread that is left behind where a byte now and then keeps it from its own time limit."""
        done: queue.SimpleQueue[requests.Response | BaseException] = queue.SimpleQueue()

        def work() -> None:
            try:
                done.put(self._once(request, deadline))
            except BaseException as error:  # handed over to the thread that asked
                done.put(error)

        threading.Thread(target=work, daemon=True).start()
        try:
            answer = done.get(timeout=deadline.remaining() + _GRACE)
        except queue.Empty:
            raise requests.exceptions.ReadTimeout("the time is over") from None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _once(self, request: requests.Request, deadline: Deadline) -> requests.Response:
        prepared = self._session.prepare_request(request)
        settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
        settings["verify"] = True  # REQUESTS_CA_BUNDLE would replace the system's certificates; ours are in the adapter
        left = max(deadline.remaining(), 0.001)
        timeout = (min(CONNECT, left), min(SILENCE, left))
        response = self._session.send(prepared, timeout=timeout, allow_redirects=False, **settings)
        _read(response, deadline)
        return response


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **keywords)

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **keywords)


def _read(response: requests.Response, deadline: Deadline) -> None:
    body = bytearray()
    for block in response.iter_content(65536):
        body += block
        if len(body) > LARGEST:
            response.close()
            raise JenkinsError(f"Jenkins sends more than {LARGEST} bytes at {response.url.partition('?')[0]}")
        if deadline.expired():
            response.close()
            raise requests.exceptions.ReadTimeout("the time is over")
    response._content = bytes(body)  # where requests itself keeps what it has read
    if response.encoding is None or "charset" not in response.headers.get("Content-Type", "").lower():
        response.encoding = "utf-8"  # what Jenkins sends; requests would take latin-1 for text


def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return tls.trust(ca_file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no certificates in it"
        raise UsageError(f"the file of certificates {ca_file} can't be used: {reason}", remedy="give a file in PEM") from error


def _extra_headers() -> list[tuple[str, str]]:
    """Return the headers that python-jenkins would add; taken from the environment, because it would log them too."""
    lines = os.environ.pop(_EXTRA, "").split("\n")
    pairs = [(name.strip(), value.strip()) for name, mark, value in (line.partition(":") for line in lines) if mark]
    remember(*(value for _, value in pairs))
    return pairs


def _authorization(connection: Connection) -> Any:
    if connection.username and connection.secret:
        return requests.auth.HTTPBasicAuth(connection.username.encode(), connection.secret.encode())
    return _as_it_is


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
