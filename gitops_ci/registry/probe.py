"""Asks a registry the one question of every operation, which digest a tag names, with the standard library alone.

An update must not spend 200 ms of CPU on loading requests and oras; whatever is not plain here is left to the full client.
"""

import base64
import functools
import http.client
import logging
import os

from gitops_ci import tls
from gitops_ci.deadline import Deadline
from gitops_ci.model import Fact, Known, Unknown
from gitops_ci.redaction import redact
from gitops_ci.registry import docker_config, faults
from gitops_ci.registry.address import Address
from gitops_ci.registry.answers import ACCEPT, LARGEST, Answer, digest_in, says_absent, who
from gitops_ci.registry.settings import RegistrySettings

log = logging.getLogger(__name__)

CONNECT = 3.0  # seconds
ANSWER = 10.0  # seconds for one answer


class Lines:
    """Connections that wait for the next question to the same registry: two hundred applications ask it in a row."""

    def __init__(self) -> None:
        self._idle: dict[str, list[http.client.HTTPConnection]] = {}
        self._closed = False

    def take(self, netloc: str) -> http.client.HTTPConnection | None:
        """Return a connection that is open, None when there is none."""
        try:
            return self._idle[netloc].pop()
        except (KeyError, IndexError):
            return None

    def give(self, netloc: str, connection: http.client.HTTPConnection) -> None:
        """Keep a connection that has answered, unless nobody waits for answers any more."""
        if self._closed:
            return connection.close()
        return self._idle.setdefault(netloc, []).append(connection)

    def close(self) -> None:
        """Close what nobody uses, now and later: a question that is late gives its connection back after this."""
        self._closed = True
        for connections in self._idle.values():
            while connections:
                connections.pop().close()


def digest_of(
    address: Address, settings: RegistrySettings, deadline: Deadline, lines: Lines, *, once: bool = False
) -> Fact | None:
    """Return the digest, Known(None) for no such image, or None when the full client has to find out.

    ``once``: a registry that can't be reached is not tried again with the full client, it is Unknown.
    """
    if deadline.remaining() <= 0 or _proxied(address):
        return None
    waiting = lines.take(address.netloc)
    if waiting:
        try:
            return _asked(waiting, address, settings, deadline, lines)
        except (OSError, http.client.HTTPException, ValueError):
            pass  # servers close lines that wait too long: a new one tells
    try:
        connection = _connection(address, settings, deadline)
    except (OSError, ValueError):
        return None
    try:
        return _asked(connection, address, settings, deadline, lines)
    except (OSError, http.client.HTTPException, ValueError) as error:
        log.debug("probe of %s: %s", address.netloc, redact(repr(error)))
        return _unreachable(error, address) if once else None


def _asked(
    connection: http.client.HTTPConnection, address: Address, settings: RegistrySettings, deadline: Deadline, lines: Lines
) -> Fact | None:
    try:
        fact = _ask(connection, address, settings, deadline)
    except BaseException:
        connection.close()
        raise
    lines.give(address.netloc, connection)
    return fact


def _unreachable(error: Exception, address: Address) -> Unknown:
    reason, transient = faults.reason_of(error, address) or ("ends the connection without an answer", True)
    return Unknown(f"{who(address)} {reason}", transient)


def _ask(connection: http.client.HTTPConnection, address: Address, settings: RegistrySettings, deadline: Deadline) -> Fact | None:
    if connection.sock is None:
        connection.connect()
    if connection.sock:
        connection.sock.settimeout(max(0.1, min(ANSWER, deadline.remaining())))
    headers = {"Accept": ACCEPT, "User-Agent": "gitops-ci", **_authorization(settings)}
    answer = _request(connection, "HEAD", address, headers)
    if answer.status == 404:  # what was not found is in the body, and an answer to HEAD has none
        answer = _request(connection, "GET", address, headers)
    digest = digest_in(answer)
    if digest:
        return Known(digest)
    if says_absent(answer) and ("Authorization" in headers or not docker_config.mentions(address.netloc)):
        return Known(None)
    return None


def _request(connection: http.client.HTTPConnection, method: str, address: Address, headers: dict[str, str]) -> Answer:
    connection.request(method, address.manifest(), headers=headers)
    response = connection.getresponse()
    body = response.read(LARGEST)
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def _connection(address: Address, settings: RegistrySettings, deadline: Deadline) -> http.client.HTTPConnection:
    timeout = max(0.1, min(CONNECT, deadline.remaining()))
    if address.plain:
        return http.client.HTTPConnection(address.netloc, timeout=timeout)
    return http.client.HTTPSConnection(address.netloc, timeout=timeout, context=_trust(settings.ca_file))


_trust = functools.cache(tls.trust)  # reading the system's certificates costs more than the question


def _authorization(settings: RegistrySettings) -> dict[str, str]:
    if settings.token:
        return {"Authorization": f"Bearer {settings.token}"}
    if settings.username and settings.password:
        pair = base64.b64encode(f"{settings.username}:{settings.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {}


def _proxied(address: Address) -> bool:
    """Tell whether the environment names a proxy for this host."""
    if not any(name.lower() in {"http_proxy", "https_proxy", "all_proxy"} and value for name, value in os.environ.items()):
        return False
    from urllib.request import getproxies, proxy_bypass

    wanted = {"http" if address.plain else "https", "all"}
    return bool(wanted & set(getproxies())) and not proxy_bypass(address.netloc)
