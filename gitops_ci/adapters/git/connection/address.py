"""Where a GitOps repository is: checks its URL and takes user and password out of it before git
sees it.
"""

import os
import re
from urllib.parse import quote, unquote, urlsplit

import msgspec

from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import remember, remember_login

_SCHEMES = ("http", "https", "ssh", "file")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_REMOTE_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TOKEN_LENGTH = 20  # a user name of this length without a password is most likely an access token
_REMEDY = (
    "give an https://, http://, ssh:// or file:// URL, user@host:path, or the path of a folder"
)


class GitCredentials(msgspec.Struct, frozen=True):
    """What an http(s) server asks for: user and password, a token with its user, or a bearer token
    alone.
    """

    username: str | None = None
    password: str | None = None
    token: str | None = None


def clean_url(url: str) -> tuple[str, GitCredentials | None]:
    """Return the URL without user and password, and what they were (percent-decoded); local paths
    become absolute.

    Raises UsageError for what git would take as an option, a command (``ext::``) or a protocol that
    can't be pushed to.
    """
    if not url or _CONTROL.search(url):
        raise UsageError("the repository URL is empty or holds control characters", remedy=_REMEDY)
    if url.strip() != url:
        _remember_parts(url)
        raise UsageError(
            "the repository URL begins or ends with a blank", remedy="take the blank away"
        )
    if url.startswith("-") or _REMOTE_HELPER.match(url):
        _remember_parts(url)
        raise UsageError(
            "the repository URL begins with '-' or names a program (::)", remedy=_REMEDY
        )
    match = _SCHEME.match(url)
    if match is None:
        return _without_scheme(url), None
    scheme, rest = match[1].lower(), url[match.end() :]
    if scheme not in _SCHEMES:
        raise UsageError(
            f"the protocol {scheme}:// of the repository URL is not supported", remedy=_REMEDY
        )
    if scheme == "file":
        if "@" in rest.partition("/")[0]:
            _remember_parts(rest)
            raise UsageError("the repository URL has a login in front of a path", remedy=_REMEDY)
        return f"file://{rest}", None
    _check_one_way_to_read(rest)
    return _split(scheme, rest)


def origin(url: str) -> str:
    """Return the scheme, host and port of an http(s) URL, with a slash behind."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def is_http(url: str) -> bool:
    """Tell whether a clean URL is http or https."""
    return url.startswith(("http://", "https://"))


def local_path(url: str) -> str | None:
    """Return the folder that a clean URL names on this machine, None for a server."""
    if url.startswith("file://"):
        return unquote(urlsplit(url).path)
    return url if url.startswith("/") else None


def _check_one_way_to_read(rest: str) -> None:
    """Refuse, without showing it, what could be read so that a part of the login would be shown or
    looked up as a host.
    """
    problem = _ambiguity(rest)
    if problem:
        _remember_parts(rest)
        raise UsageError(
            f"the repository URL {problem}, so that a part of a login could be taken for "
            "host or path",
            remedy="write the characters of user and password as percent codes ('/' %2F, '@' %40, "
            "'?' %3F, '#' %23),"
            " or better: leave them out and set GITOPS_CI_GIT_USERNAME and GITOPS_CI_GIT_PASSWORD",
        )


def _ambiguity(rest: str) -> str:
    authority, _, path = rest.partition("/")
    _, at, host = authority.rpartition("@")
    _, colon, port = host.rpartition("]")[2].partition(":")
    if "://" in rest:
        return "holds a second ://"
    if "\\" in authority:
        return "has a backslash in front of its path"
    for mark in "?#":
        if mark in rest:
            return f"holds a {mark!r}, behind which a server may expect a secret"
    if colon and not port.isdecimal():
        return "has something as its port that is no number"
    if _has_login_sign(path) and (at or colon):
        return "has an '@' behind its first slash"
    return ""


def _has_login_sign(path: str) -> bool:
    """Tell whether a path has an '@' inside of a name; at the beginning of one (a scope) it can't
    end a login.
    """
    return any(name.rfind("@") > 0 for name in path.split("/"))


def _remember_parts(text: str) -> None:
    """Have everything masked that may be a user or a password in an address that is refused."""
    before, at, _ = text.rpartition("@")
    for part in re.split(r"://|[:?#&=\s]", before if at else text):
        remember(part if at or len(part) >= _TOKEN_LENGTH else None)


def _without_scheme(url: str) -> str:
    if url.startswith("//"):
        _remember_parts(url)
        raise UsageError("the repository URL has no protocol in front of its //", remedy=_REMEDY)
    before_slash, _, path = url.partition("/")
    if ":" not in before_slash:
        if ":" in path and _has_login_sign(path) and not os.path.exists(url):
            _remember_parts(url)
            raise UsageError(
                "the repository URL has a login, and no folder has that name", remedy=_REMEDY
            )
        return os.path.abspath(url)
    if "@" in before_slash.partition(":")[2] or _has_login_sign(path):
        _remember_parts(url)
        raise UsageError(
            "the repository URL has a login, and no protocol in front of it", remedy=_REMEDY
        )
    host = before_slash.partition(":")[0].rpartition("@")[2]
    if host.startswith("-") or not host:
        raise UsageError("the repository URL names no host", remedy=_REMEDY)
    return url


def _split(scheme: str, rest: str) -> tuple[str, GitCredentials | None]:
    authority, slash, path = rest.partition("/")
    user_info, _, host = authority.rpartition("@")
    if not host or host.startswith(("-", ":")):
        raise UsageError("the repository URL names no host", remedy=_REMEDY)
    username, colon, password = (unquote(part) for part in user_info.partition(":"))
    _check_text(username + password)
    if scheme == "ssh":
        return _ssh(username, bool(colon), host + slash + path)
    location = f"{scheme}://{host}{slash}{path}"
    if not user_info:
        return location, None
    if colon:
        remember_login(username, password)
    elif len(username) >= _TOKEN_LENGTH:
        remember(username)
    return location, GitCredentials(username, password if colon else None)


def _check_text(login: str) -> None:
    if _CONTROL.search(login) or any("\ud800" <= char <= "\udfff" for char in login):
        raise UsageError(
            "user or password in the repository URL holds control characters or is not UTF-8",
            remedy=_REMEDY,
        )


def _ssh(username: str, has_password: bool, rest: str) -> tuple[str, None]:
    if has_password:
        raise UsageError(
            "ssh does not take a password from the repository URL",
            remedy="leave the password out and give ssh a key (ssh-agent, ~/.ssh/config or "
            "GIT_SSH_COMMAND)",
        )
    if username.startswith("-"):
        raise UsageError("the user in the repository URL starts with '-'", remedy=_REMEDY)
    return f"ssh://{quote(username) + '@' if username else ''}{rest}", None
