"""Sends requests: bounded in time and size, a redirect only followed where that is allowed."""

import contextlib
import http.client
import ssl
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from gitops_ci.adapters.http.connection import Connection, connect
from gitops_ci.adapters.http.failures import RequestError, TooLargeError, TooManyRedirectsError
from gitops_ci.adapters.http.message import SAFE, HttpRequest, HttpResponse, Origin, origin_of
from gitops_ci.adapters.http.threads import in_time
from gitops_ci.adapters.http.trust import trust
from gitops_ci.base.deadline import Deadline

if TYPE_CHECKING:
    from http.cookiejar import CookieJar
    from urllib.request import Request as Visit

HOPS = 5
_AT_LEAST = 0.001  # seconds: a timeout of 0 would mean not to wait at all

Check = Callable[[HttpResponse, str], None]


class Limits(msgspec.Struct, frozen=True):
    """Seconds to connect and between two packets of an answer, and the bytes of its body."""

    connect: float
    silence: float
    largest: int


class Client:
    """Sends requests one at a time; several threads may share it.

    Keeps connections open for the next request to the same server, until it is closed, and
    cookies where it gets a jar for them.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        ca_file: str | None = None,
        insecure: bool = False,
        cookies: "CookieJar | None" = None,
    ) -> None:
        self._limits = limits
        self._cookies = cookies
        self._ca_file = ca_file
        self._insecure = insecure
        self._idle: defaultdict[Origin, list[Connection]] = defaultdict(list)
        self._closed = False

    def close(self) -> None:
        """Close what nobody uses, now and later: a request that is late gives its connection back
        after this.
        """
        self._closed = True
        for connections in self._idle.values():
            while connections:
                connections.pop().line.close()

    def send(self, request: HttpRequest, deadline: Deadline) -> HttpResponse:
        """Send a request and return the answer, whatever its status.

        Raises RequestError, and UsageError for the file of certificates.
        """
        try:
            return in_time(lambda: self._exchange(request, deadline), deadline)
        except (OSError, http.client.HTTPException, ValueError, TooLargeError) as error:
            raise RequestError(error) from error

    def follow(self, request: HttpRequest, deadline: Deadline, check: Check) -> HttpResponse:
        """Send a request and follow its redirects; ``check`` raises for a URL where none may lead.

        A login goes along within its origin only. Raises as `send` does.
        """
        for _ in range(HOPS + 1):
            response = self.send(request, deadline)
            target = response.location
            if target is None or request.method not in SAFE:
                return response
            check(response, target)
            request = _moved(request, target)
        raise RequestError(TooManyRedirectsError())

    def _exchange(self, request: HttpRequest, deadline: Deadline) -> HttpResponse:
        origin = origin_of(request.url)
        connection = self._idle_connection(origin)
        # servers close connections that wait too long: nothing but a request that changes nothing
        # finds that out
        if connection and request.method in SAFE:
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self._ask(connection, origin, request, deadline)
        if connection:
            connection.line.close()
        seconds = max(_AT_LEAST, min(self._limits.connect, deadline.remaining()))
        return self._ask(connect(origin, self._trust, seconds), origin, request, deadline)

    def _ask(
        self, connection: Connection, origin: Origin, request: HttpRequest, deadline: Deadline
    ) -> HttpResponse:
        line = connection.line
        try:
            line.sock.settimeout(max(_AT_LEAST, min(self._limits.silence, deadline.remaining())))
            response = self._read(connection, request)
        except BaseException:
            line.close()
            raise
        if self._closed:
            line.close()
        elif line.sock is not None:  # http.client closes it where the server said that it will
            self._idle[origin].append(connection)
        return response

    def _read(self, connection: Connection, request: HttpRequest) -> HttpResponse:
        parts = urlsplit(request.url)
        host = parts.netloc.rpartition("@")[2]
        headers = {"Host": host, "User-Agent": "gitops-ci", **request.headers}
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if connection.proxy:
            target = f"{parts.scheme}://{host}{target}"
            headers.update(connection.proxy.headers)
        visit = self._visit(request)
        headers.update(visit.header_items() if visit else ())
        connection.line.request(request.method, target, request.body, headers)
        with connection.line.getresponse() as answer:
            if self._cookies is not None and visit:
                self._cookies.extract_cookies(answer, visit)
            body = answer.read(self._limits.largest + 1)
            if len(body) > self._limits.largest:
                raise TooLargeError(self._limits.largest)
            if answer.length:  # http.client takes an answer that was cut off for a whole one
                raise http.client.IncompleteRead(body, answer.length)
        fields = {
            name.lower(): ", ".join(answer.headers.get_all(name, [])) for name in answer.headers
        }
        return HttpResponse(request.url, answer.status, fields, body, answer.reason)

    def _visit(self, request: HttpRequest) -> "Visit | None":
        """Return a request as cookie jars know it, with the cookies for it."""
        if self._cookies is None:
            return None
        from urllib.request import Request as Visit

        visit = Visit(request.url)  # noqa: S310 - nothing is opened
        self._cookies.add_cookie_header(visit)
        return visit

    def _idle_connection(self, origin: Origin) -> Connection | None:
        try:
            return self._idle[origin].pop()
        except IndexError:
            return None

    def _trust(self) -> ssl.SSLContext:
        return trust(self._ca_file, insecure=self._insecure)


def _moved(request: HttpRequest, target: str) -> HttpRequest:
    headers = request.headers
    old, new = origin_of(request.url), origin_of(target)
    upgraded = new == ("https", old[1], 443) and old == ("http", old[1], 80)
    if new != old and not upgraded:
        headers = {name: value for name, value in headers.items() if name != "Authorization"}
    return HttpRequest(request.method, target, headers)
