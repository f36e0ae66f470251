"""Looks at the HTTP answer behind what git only calls a failure, or an empty repository."""

import re
from urllib.parse import urljoin

import msgspec

from gitops_ci.adapters.git.connection.address import is_http, origin
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.base.errors import GitError
from gitops_ci.base.redaction import one_line, redact

_HEADER = re.compile(r"<= Recv header: *(content-type|location): *([^\r\n]*)", re.IGNORECASE)
# git's own trace; authorization headers are left out of it, and it is never logged
_TRACE = {"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1", "GIT_TRACE_REDACT": "1"}
_LISTING = "/info/refs"


class ProbeHeaders(msgspec.Struct, frozen=True):
    """The headers of the last answer that matter; empty where there were none."""

    content_type: str
    location: str


def ask(git: Git) -> ProbeHeaders:
    """Ask the server for its HEAD and return what kind of answer came."""
    finished = git.run("ls-remote", "origin", "HEAD", extra=_TRACE)
    found = {name.lower(): value.strip() for name, value in _HEADER.findall(finished.err)}
    return ProbeHeaders(found.get("content-type", ""), found.get("location", ""))


def check_git_answered(git: Git, url: str) -> None:
    """Raise GitError when the server answers with something else than Git, such as a login page."""
    if not is_http(url):
        return
    answer = ask(git)
    if not answer.content_type.startswith("application/x-git-"):
        kind = one_line(answer.content_type) or "nothing"
        raise GitError(
            f"{url} is no Git repository: the server answered {kind}",
            remedy="check --repo; a web page is often a login: give GITOPS_CI_GIT_USERNAME and "
            "GITOPS_CI_GIT_PASSWORD",
        )


def follow(git: Git, url: str) -> str:
    """Return the URL to which the same server redirects; raises GitError when it leads elsewhere.

    git itself would send our credentials wherever a redirect leads.
    """
    target = urljoin(url + "/", ask(git).location)
    base, separator, _ = target.partition(_LISTING)
    if separator and base != url and is_http(base) and origin(base) == origin(url):
        return base
    raise GitError(
        f"{url} redirects to {redact(one_line(base or target))}",
        remedy="credentials are not sent along: give that URL with --repo if it is the repository, "
        "or log in",
    )
