"""What Jenkins, or whatever stands in front of it, says when it does not do something: in words,
without its pages.
"""

import re
from urllib.parse import urlsplit

from gitops_ci.adapters.http.failures import RequestError
from gitops_ci.adapters.http.message import HttpResponse
from gitops_ci.adapters.jenkins import markup
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.base.redaction import one_line

_LOGIN = "set GITOPS_CI_JENKINS_USERNAME and GITOPS_CI_JENKINS_TOKEN"
_PROXY = "a proxy's login page needs a way around it for the API"
_AGAIN = "ask again, or look at the proxy in front of it"
_LONGEST = 300  # characters of what a server says
_MESSAGES = (
    re.compile(r"[^.<>]{1,200} is missing the .{1,200} permissions?"),
    re.compile(r"You need to (?:be|have) .{1,300} to (?:submit|cancel) this\."),
    re.compile(r"No valid crumb was included in the request"),
    re.compile(r"This page expects a form submission[^.]*"),
    re.compile(r"Authentication required"),
)
_LOGGING_ID = re.compile(r"Logging ID=([0-9A-Fa-f-]{8,64})")
# of what often stands in front of Jenkins
_LOGIN_PATHS = frozenset({"oauth", "oauth2", "saml", "saml2", "sso", "auth"})
_WORDS: dict[str, str] = {
    "certificate": "the certificate of {url} is not trusted ({detail}); give its CA with --ca-file",
    "host": "the host of {url} can't be found",
    "refused": "nothing listens at {url}",
    "nonsense": "{url} or the proxy for it is no address: {error}",
}


class JenkinsError(GitopsError):
    """Jenkins refused for good: the login, a right, a name, a choice."""

    category = "jenkins"


class NotFoundError(JenkinsError):
    """There is no such thing on the controller, or its user may not know of it."""


class UncertainError(UnavailableError):
    """A request that changes something got no answer, or one that does not tell whether it was
    carried out.
    """


def refusal(response: HttpResponse, username: str | None) -> GitopsError:
    """Return the error for an answer that is no success."""
    status = response.status
    who = username or "nobody in particular"
    where = _place(response)
    if status == 401:
        return JenkinsError(
            f"Jenkins does not accept the login of {who} ({where})",
            remedy="check GITOPS_CI_JENKINS_USERNAME and GITOPS_CI_JENKINS_TOKEN: an API token of "
            "that user, not of another one",
        )
    if status == 403:
        return JenkinsError(
            f"Jenkins refuses it to {who}: {message_of(response) or 'forbidden'} ({where})",
            remedy="ask for that permission, on the folder of the job alone"
            if username
            else _LOGIN,
        )
    if status == 404:
        return NotFoundError(
            f"Jenkins has nothing at {where}, or {who} may not see it", remedy=_no_jenkins(response)
        )
    logged = _LOGGING_ID.search(response.text)
    if logged:
        return JenkinsError(
            f"Jenkins failed at {where}; the reason is in the controller's log under "
            f"Logging ID={logged[1]}",
            remedy="look there, or ask an administrator to",
        )
    words = f"{status} {message_of(response) or one_line(response.reason)} ({where})"
    if status == 429 or status >= 500:
        return UnavailableError(f"Jenkins is unavailable: {words}")
    return JenkinsError(f"Jenkins refuses it: {words}")


def message_of(response: HttpResponse) -> str:
    """Return the header X-Error, else the message in the page, '' for none."""
    header = response.headers.get("x-error")
    if header:
        return _short(header)
    folded = " ".join(markup.visible(response.text).split())
    for pattern in _MESSAGES:
        if match := pattern.search(folded):
            return _short(
                _without_heading(match[0], response.headers.get("x-you-are-authenticated-as"))
            )
    return title(response) or _short(folded)


def title(response: HttpResponse) -> str:
    """Return the title of a web page, '' where there is none."""
    return _short(markup.title(response.text))


def page_instead(response: HttpResponse, wanted: str) -> JenkinsError:
    """Return the error for a web page, or nothing at all, where data was expected."""
    where = _place(response)
    if not response.text.strip():
        return JenkinsError(
            f"Jenkins sends an empty answer where {wanted} was expected ({where})",
            remedy=_AGAIN,
        )
    if "<" in response.text[:200]:
        name = title(response)
        page = f"a web page ({name})" if name else "a web page"
        return JenkinsError(
            f"{where} answers with {page} where {wanted} was expected",
            remedy=f"is that the URL of Jenkins, with its prefix? Or {_PROXY}",
        )
    return JenkinsError(f"Jenkins sends what is not {wanted} ({where})", remedy=_AGAIN)


def foreign_redirect(response: HttpResponse, target: str) -> JenkinsError:
    """Return the error for a redirect that must not be followed: the login would go along."""
    where = one_line(target.partition("?")[0])
    if leads_to_login(target):
        return JenkinsError(
            f"Jenkins wants a login: {_place(response)} leads to {where}",
            remedy=f"{_LOGIN}; {_PROXY}",
        )
    return JenkinsError(
        f"{_place(response)} leads to {where}, and a login is not carried to another place",
        remedy="give the address where Jenkins really is: --jenkins-url",
    )


def leads_to_login(url: str) -> bool:
    """Tell whether an address is the login page of Jenkins or of what often stands in front of it,
    and no job called ``auth``.
    """
    names = urlsplit(url).path.lower().strip("/").split("/")
    realm = "securityrealm" in names[-2:-1]
    return "job" not in names and (
        names[-1] == "login" or realm or not _LOGIN_PATHS.isdisjoint(names)
    )


def unreachable(error: RequestError, url: str) -> GitopsError:
    """Return the error for a request without an answer."""
    failure = error.failure
    own = _WORDS.get(failure.kind)
    words = (
        own.format(url=url, detail=failure.detail, error=one_line(str(error)))
        if own
        else f"{url} {failure.words}"
    )
    if failure.may_pass:
        return UnavailableError(words, remedy="try again later; is that the URL of Jenkins?")
    return JenkinsError(words)


def _place(response: HttpResponse) -> str:
    return one_line((response.url or "").partition("?")[0])


def _no_jenkins(response: HttpResponse) -> str:
    if "x-jenkins" in response.headers:
        return "check folder and job, and what the user may see there"
    return (
        "check the URL of Jenkins with its prefix, folder and job: what answers does not say "
        "that it is Jenkins"
    )


def _without_heading(text: str, user: str | None) -> str:
    if user and f"{user} is missing" in text:
        return text[text.rindex(f"{user} is missing") :]
    return re.sub(r"^.*\b(?:Access Denied|Error|Oops!)\s+", "", text).strip()


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
