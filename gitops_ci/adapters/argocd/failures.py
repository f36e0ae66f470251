"""What a failed request to Argo CD means in words, and whether it may pass."""

import json
import ssl

from gitops_ci.adapters.argocd.address import ArgocdServer
from gitops_ci.adapters.http.connection import NotConnectedError, ProxyKindError
from gitops_ci.adapters.http.failures import failure_of
from gitops_ci.adapters.http.message import HttpResponse
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.base.redaction import one_line, redact

TOKEN = (
    "give a token that is valid in GITOPS_CI_ARGOCD_TOKEN or the file that "  # noqa: S105 - words
    "GITOPS_CI_ARGOCD_TOKEN_FILE names"
)
_LONGEST = 400  # characters of a server's words


class ArgocdError(GitopsError):
    """Argo CD refused for good."""

    category = "argocd"


class LoginError(ArgocdError):
    """No token, or one that is wrong, revoked or expired."""


class HiddenError(ArgocdError):
    """The token may not do that; without a project Argo CD says so of applications that don't
    exist, too.
    """


class AbsentError(ArgocdError):
    """There is no such application in the project."""


class BusyError(ArgocdError):
    """Another operation is in progress."""


class SyncWindowError(ArgocdError):
    """A sync window keeps the application from being synced."""


class NotArgocdError(ArgocdError):
    """Somebody else answers there; after good answers that may be a proxy while the server
    restarts.
    """


class NoAnswerError(UnavailableError):
    """No answer for now; ``after``: when the server wants to be asked again, in seconds."""

    after: float | None = None


def of_status(server: ArgocdServer, answer: HttpResponse, what: str) -> GitopsError:
    """Return the error for an answer that is not the one hoped for; ``what`` was asked."""
    if answer.status == 429 or answer.status >= 500:
        return _later(server, answer)
    if 300 <= answer.status < 400:
        return _redirect(server, answer)
    words = message_of(answer)
    if words is None:
        return NotArgocdError(
            f"{server.url} answers {answer.status}, but not as Argo CD does",
            remedy="check --argocd-server: behind a proxy its path belongs to it "
            "(https://example.com/argocd)",
        )
    if answer.status == 401:
        return LoginError(
            f"Argo CD at {server.url} does not accept the token{_in_brackets(words)}", remedy=TOKEN
        )
    return _refusal(answer.status, words, what)


def _refusal(status: int, words: str, what: str) -> ArgocdError:
    if status == 403 and "sync window" in words:
        return SyncWindowError(
            f"{what}: {words}", remedy="wait until the window opens, or ask who runs the project"
        )
    if status == 403:
        return HiddenError(
            f"{what}: not allowed{_in_brackets(words)}",
            remedy="ask for a token that may do that, or correct the name",
        )
    if status == 404:
        return AbsentError(
            f"{what}: there is none{_in_brackets(words)}",
            remedy="check the application's name and project",
        )
    if status == 400 and "another operation" in words:
        return BusyError(f"{what}: {words}")
    return ArgocdError(
        f"{what}: Argo CD answers {status}{_in_brackets(words)}", remedy="see what Argo CD says"
    )


def of_exception(server: ArgocdServer, error: BaseException) -> GitopsError:
    """Return the error for a request without an answer."""
    if isinstance(error, ProxyKindError):
        return ArgocdError(
            f"a proxy of the kind {error.scheme}:// can't be used for Argo CD",
            remedy="name an http:// proxy",
        )
    if isinstance(error, NotConnectedError) and error.__cause__:
        error = error.__cause__
    failure = failure_of(error)
    match failure.kind:
        case "certificate":
            return ArgocdError(
                f"the certificate of {server.url} is not trusted ({failure.detail})",
                remedy="give its certificate authority with --ca-file",
            )
        case "size":
            return NotArgocdError(f"{server.url} {failure.words}", remedy="check --argocd-server")
        case "tls" if not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return _without_tls(server, failure.detail)
        case "host" | "refused" | "timeout":
            return _no_answer(server, failure.words)
    return _cut_off(server, _shown(str(error)) or type(error).__name__)


def _cut_off(server: ArgocdServer, words: str) -> GitopsError:
    if words.startswith("Tunnel connection failed: 40"):
        return ArgocdError(
            f"{server.url} is not reached: the proxy refuses it ({words})",
            remedy="check HTTPS_PROXY and NO_PROXY",
        )
    return _no_answer(server, f"ends the connection without an answer ({words})")


def _no_answer(server: ArgocdServer, reason: str) -> NoAnswerError:
    return NoAnswerError(
        f"{server.url} {reason}",
        remedy="try again; see whether Argo CD is up and reachable from here",
    )


def _without_tls(server: ArgocdServer, words: str) -> GitopsError:
    """An alert comes from somebody who speaks TLS; most of what else may come does not."""
    if "BAD_RECORD_MAC" in words or "ALERT_INTERNAL_ERROR" in words:
        return NoAnswerError(
            f"the TLS connection to {server.url} breaks ({words})",
            remedy="try again; see what stands in between",
        )
    if "_ALERT_" in words:
        return NotArgocdError(
            f"{server.url} refuses the TLS connection ({words})",
            remedy="see which TLS versions and host names it takes; client certificates can't be "
            "given",
        )
    return NotArgocdError(
        f"{server.url} does not speak TLS ({words})",
        remedy="check the port; if it is plain HTTP on purpose, say so: "
        f"http://{server.netloc}{server.prefix}",
    )


def message_of(answer: HttpResponse) -> str | None:
    """Return Argo CD's words of an error, '' for an error without any; None where it was not Argo
    CD that answered.
    """
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    words = document.get("message") or document.get("error") or ""
    return _shown(words) if isinstance(words, str) else ""


def _later(server: ArgocdServer, answer: HttpResponse) -> NoAnswerError:
    error = _no_answer(server, f"answers {answer.status}{_in_brackets(message_of(answer))}")
    error.after = answer.retry_after
    return error


def _redirect(server: ArgocdServer, answer: HttpResponse) -> NotArgocdError:
    location = _shown(answer.headers.get("location", ""))
    if server.plain and location.startswith(f"https://{server.host}"):
        return NotArgocdError(
            f"{server.url} speaks TLS: it redirects to {location[:200]}",
            remedy=f"give https://{server.netloc}{server.prefix} as the server",
        )
    return NotArgocdError(
        f"{server.url} redirects to {location[:200] or 'nowhere'}, and a token goes nowhere else",
        remedy="give --argocd-server the address of Argo CD itself, with its root path",
    )


def _in_brackets(words: str | None) -> str:
    return f" ({words})" if words else ""


def _shown(text: str) -> str:
    return redact(one_line(text))[:_LONGEST]
