"""What a request without an answer means, in words that stand behind the name of a server."""

import http.client
import socket
import ssl
from typing import Literal

import msgspec

from gitops_ci.adapters.http.connection import NotConnectedError, ProxyKindError
from gitops_ci.base.redaction import one_line, redact

_LONGEST = 200  # characters of what others say

Kind = Literal[
    "certificate",
    "tls",
    "host",
    "refused",
    "timeout",
    "proxy",
    "size",
    "redirects",
    "cut",
    "proxy kind",
    "nonsense",
]
_WORDS: dict[Kind, str] = {
    "certificate": "has a certificate that is not trusted ({}); give its CA with --ca-file",
    "tls": "does not speak TLS ({})",
    "host": "can't be found: {}",
    "refused": "refuses the connection: nothing listens there",
    "timeout": "does not answer in time",
    "proxy": "can't be reached through the proxy that the environment names",
    "proxy kind": "can't be reached: a proxy of the kind {}:// can't be used, only http:// and "
    "https://; see HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, or name the server in NO_PROXY",
    "size": "sends more than {} bytes",
    "redirects": "redirects without end",
    "cut": "ended the connection in the middle of an answer",
    "nonsense": "sends what can't be understood ({})",
}
_MAY_PASS = frozenset({"host", "refused", "timeout", "proxy", "cut"})


class TooLargeError(Exception):
    """The body of an answer has more than ``largest`` bytes."""

    def __init__(self, largest: int) -> None:
        super().__init__(f"more than {largest} bytes")
        self.largest = largest


class TooManyRedirectsError(Exception):
    """One redirect leads to the next."""


class Failure(msgspec.Struct, frozen=True):
    """``detail`` is what the system says; ``sent`` is False where nothing can have reached the
    server.
    """

    kind: Kind
    detail: str = ""
    sent: bool = True

    @property
    def words(self) -> str:
        """Return what is wrong with the server."""
        return _WORDS[self.kind].format(self.detail)

    @property
    def may_pass(self) -> bool:
        """Tell whether trying again may help."""
        return self.kind in _MAY_PASS


class RequestError(Exception):
    """A request has no answer: ``cause`` is what was raised, ``failure`` what that means."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.failure = failure_of(cause)


def failure_of(error: BaseException) -> Failure:
    """Return what an exception of the client means."""
    if isinstance(error, NotConnectedError):
        cause = _failure(error.__cause__ or error)
        proxied = error.proxied and cause.kind not in {"certificate", "tls"}
        return Failure("proxy" if proxied else cause.kind, cause.detail, sent=False)
    if isinstance(error, ProxyKindError):
        return Failure("proxy kind", shown(error.scheme), sent=False)
    return _failure(error)


def _failure(error: BaseException) -> Failure:
    match error:
        case ssl.SSLCertVerificationError():
            return Failure("certificate", shown(error.verify_message))
        case ssl.SSLError():
            return Failure("tls", shown(error.reason or str(error)))
        case socket.gaierror():
            return Failure("host", shown(error.strerror or ""))
        case ConnectionRefusedError():
            return Failure("refused")
        case TimeoutError():
            return Failure("timeout")
        case TooLargeError():
            return Failure("size", str(error.largest))
        case TooManyRedirectsError():
            return Failure("redirects")
        case OSError() | http.client.HTTPException():
            return Failure("cut", shown(str(error)) or type(error).__name__)
    return Failure("nonsense", type(error).__name__)


def shown(text: str) -> str:
    """Return a server's or the system's words, short and in one printable line."""
    return redact(one_line(text))[:_LONGEST]
