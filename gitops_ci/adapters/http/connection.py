"""Opens connections: directly, or through the proxy that the environment names."""

import contextlib
import http.client
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from gitops_ci.adapters.http.message import Origin, basic
from gitops_ci.base.redaction import one_line, remember_login

_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})


class NotConnectedError(OSError):
    """No connection came about, so nothing was sent; ``__cause__`` says why.

    ``proxied``: it failed at a proxy, or at what the proxy said.
    """

    def __init__(self, cause: OSError, *, proxied: bool) -> None:
        super().__init__(str(cause))
        self.proxied = proxied


class ProxyKindError(ValueError):
    """The proxy of the environment is not one that speaks HTTP."""

    def __init__(self, scheme: str) -> None:
        super().__init__(f"a proxy of the kind {scheme}:// can't be used")
        self.scheme = scheme


class Proxy(msgspec.Struct, frozen=True):
    """``headers`` are its login; ``secure``: TLS is spoken with the proxy itself."""

    host: str
    port: int
    headers: dict[str, str]
    secure: bool


class Connection(msgspec.Struct, frozen=True):
    """An open connection; at the other end of one with a ``proxy`` a proxy reads each request."""

    line: http.client.HTTPConnection
    proxy: Proxy | None = None


def connect(origin: Origin, trust: Callable[[], ssl.SSLContext], seconds: float) -> Connection:
    """Open a connection within about ``seconds`` for each step.

    Raises NotConnectedError, ValueError for a proxy that can't be used, and what ``trust`` raises.
    """
    scheme, host, port = origin
    server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    proxy = _proxy_for(f"{scheme}://{server}")
    tunnel = server if scheme == "https" else ""
    context = trust() if tunnel or (proxy and proxy.secure) else None
    line = (
        _to_proxy(proxy, context, tunnel, seconds)
        if proxy
        else http.client.HTTPConnection(host, port, timeout=seconds)
    )
    _open(line, context if tunnel else None, host, proxied=proxy is not None)
    return Connection(line, None if tunnel else proxy)


def _open(
    line: http.client.HTTPConnection, context: ssl.SSLContext | None, host: str, *, proxied: bool
) -> None:
    """Connect, and speak TLS with the host where there is a context for it."""
    try:
        with _answers_closed(line):
            line.connect()
        proxied = False  # from here on it is the server that answers
        if context:
            line.sock = _secured(line.sock, context, host)
    except BaseException as error:
        line.close()
        if isinstance(error, OSError):
            raise NotConnectedError(error, proxied=proxied) from error
        raise


@contextlib.contextmanager
def _answers_closed(line: http.client.HTTPConnection) -> Iterator[None]:
    """Close a proxy's answer to CONNECT: http.client leaves it open before Python 3.11.4."""
    answers: list[http.client.HTTPResponse] = []

    def keep(*values: Any, **named: Any) -> http.client.HTTPResponse:
        answers.append(http.client.HTTPResponse(*values, **named))
        return answers[-1]

    line.response_class = keep  # type: ignore[assignment]
    try:
        yield
    finally:
        del line.response_class
        for answer in answers:
            answer.close()


def _to_proxy(
    proxy: Proxy, context: ssl.SSLContext | None, tunnel: str, seconds: float
) -> http.client.HTTPConnection:
    """Return a connection that speaks TLS with the proxy where that is secure, and leads to the
    server that ``tunnel`` names.
    """
    line = http.client.HTTPConnection(proxy.host, proxy.port, timeout=seconds)
    if proxy.secure and context:
        line._create_connection = _over_tls(context, proxy.host)  # type: ignore[attr-defined]
    if tunnel:
        line.set_tunnel(tunnel, headers=proxy.headers)
    return line


def _secured(plain: socket.socket, context: ssl.SSLContext, host: str) -> Any:
    if not isinstance(plain, ssl.SSLSocket):
        return context.wrap_socket(plain, server_hostname=host)
    from urllib3.util.ssltransport import SSLTransport  # Python has no TLS within TLS

    return SSLTransport(plain, context, server_hostname=host)


def _over_tls(context: ssl.SSLContext, host: str) -> Callable[..., ssl.SSLSocket]:
    def dial(*where: Any) -> ssl.SSLSocket:
        return context.wrap_socket(socket.create_connection(*where), server_hostname=host)

    return dial


def _proxy_for(url: str) -> Proxy | None:
    """Return the proxy for a URL; the rules of NO_PROXY are those of requests (suffixes,
    networks).
    """
    if not any(value for name, value in os.environ.items() if name.lower() in _PROXIES):
        return None
    from requests.utils import get_environ_proxies, select_proxy

    named = select_proxy(url, get_environ_proxies(url))
    if not named:
        return None
    parts = urlsplit(named if "://" in named else f"http://{named}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ProxyKindError(one_line(parts.scheme))
    secure = parts.scheme == "https"
    return Proxy(parts.hostname, parts.port or (443 if secure else 80), _login(parts), secure)


def _login(parts: Any) -> dict[str, str]:
    if not parts.username:
        return {}
    username, password = unquote(parts.username), unquote(parts.password or "")
    remember_login(username, password)
    return {"Proxy-Authorization": basic(username, password)}
