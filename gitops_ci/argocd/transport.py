"""One HTTP request at a time with the standard library: bounded in time and size, no redirect followed, no cookie kept."""

import base64
import contextlib
import http.client
import queue
import ssl
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from gitops_ci import tls
from gitops_ci.argocd.address import Server
from gitops_ci.argocd.failures import Answer, ArgocdError, NotArgocdError, of_exception
from gitops_ci.errors import UsageError
from gitops_ci.redaction import one_line, remember_login

LARGEST = 50_000_000  # bytes of an answer: an application with thousands of resources has some millions
_CONNECT = 10.0  # seconds

Result = TypeVar("Result")


@lru_cache(maxsize=4)  # the system's certificates take a megabyte and a good part of the start for each application
def trust(ca_file: str | None, *, insecure: bool) -> ssl.SSLContext:
    """Return the TLS settings: the system's certificates and those of ``--ca-file``; raises UsageError."""
    try:
        context = tls.trust(None if insecure else ca_file)
    except OSError as error:
        reason = error.strerror or "no certificates in it"
        raise UsageError(
            f"the file of certificates {ca_file} can't be used: {reason}", remedy="give --ca-file a file in PEM"
        ) from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Line:
    """A connection to one server that is kept as long as it works; the state is that connection."""

    def __init__(self, server: Server, context: ssl.SSLContext) -> None:
        self._server = server
        self._context = context
        self._connection: http.client.HTTPConnection | None = None
        self._absolute = ""
        self._headers: dict[str, str] = {}

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """Return the answer; raises NoAnswerError, ArgocdError for what can't be an Argo CD, or for a refusing proxy."""
        kept, self._connection = self._connection, None
        try:
            connection, answer = _bounded(lambda: self._answer(kept, method, path, headers, body, seconds), seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise of_exception(self._server, error) from None
        self._connection = connection
        return answer

    def close(self) -> None:
        """Close what is open."""
        if self._connection:
            self._connection.close()

    def _answer(
        self,
        kept: http.client.HTTPConnection | None,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        seconds: float,
    ) -> tuple[http.client.HTTPConnection, Answer]:
        if kept and method == "GET":
            with contextlib.suppress(OSError, http.client.HTTPException):
                return kept, self._request(kept, method, path, headers, body, seconds)
        if kept:
            kept.close()  # servers close lines that wait too long: a new one tells, and nothing is asked for twice
        fresh = self._connect(min(_CONNECT, seconds))
        try:
            return fresh, self._request(fresh, method, path, headers, body, seconds)
        except BaseException:
            fresh.close()
            raise

    def _request(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        seconds: float,
    ) -> Answer:
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(seconds)
        connection.request(
            method, f"{self._absolute}{self._server.prefix}{path}", body=body, headers={**headers, **self._headers}
        )
        response = connection.getresponse()
        content = response.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise NotArgocdError(f"{self._server.url} sends more than {LARGEST} bytes", remedy="check --argocd-server")
        if response.length:  # http.client takes an answer that was cut off for a whole one
            raise http.client.IncompleteRead(content, response.length)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _connect(self, seconds: float) -> http.client.HTTPConnection:
        server = self._server
        proxy = _proxy_for(server)
        host, port = (proxy[0], proxy[1]) if proxy else (server.host.strip("[]"), server.port)
        authorization = proxy[2] if proxy else {}
        if server.plain:
            self._absolute = f"http://{server.netloc}" if proxy else ""
            self._headers = authorization
            return http.client.HTTPConnection(host, port, timeout=seconds)
        connection = http.client.HTTPSConnection(host, port, timeout=seconds, context=self._context)
        if proxy:
            connection.set_tunnel(server.host.strip("[]"), server.port, headers=authorization)
        return connection


def _proxy_for(server: Server) -> tuple[str, int, dict[str, str]] | None:
    """Return host, port and login of the proxy that the environment names for a server."""
    from urllib.request import getproxies, proxy_bypass

    found = getproxies()
    url = found.get("http" if server.plain else "https") or found.get("all")
    if not url or proxy_bypass(f"{server.host}:{server.port}"):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname:
        scheme = one_line(parts.scheme)
        raise ArgocdError(f"a proxy of the kind {scheme}:// can't be used for Argo CD", remedy="name an http:// proxy")
    headers = {}
    if parts.username:
        username, password = unquote(parts.username), unquote(parts.password or "")
        remember_login(username, password)
        pair = base64.b64encode(f"{username}:{password}".encode()).decode()
        headers = {"Proxy-Authorization": f"Basic {pair}"}
    return parts.hostname, parts.port or 80, headers


def _bounded(call: Callable[[], Result], seconds: float) -> Result:
    """Return what a call returns or raise what it raises, and TimeoutError when neither happens in time.

    In a daemon thread: a name server, or a server that sends a byte now and then, can't be interrupted, only left behind.
    """
    done: queue.SimpleQueue[tuple[Result | None, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put((call(), None))
        except BaseException as error:  # handed over to the thread that asked
            done.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    with contextlib.suppress(queue.Empty):
        result, error = done.get(timeout=seconds)
        if error is not None:
            raise error
        return result  # type: ignore[return-value]  # None only where the call returns None
    raise TimeoutError(f"no answer within {seconds:g} s")
