"""Where the controller is and who asks: the URL without its login, and the login without the
URL.
"""

import ipaddress
import logging
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import remember_login
from gitops_ci.model.controller_url import check_controller_url
from gitops_ci.model.login import Login

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JenkinsConnection:
    """``url`` ends with a slash; ``secret`` is an API token or a password, None for nobody in
    particular.
    """

    url: str
    username: str | None = None
    secret: str | None = field(default=None, repr=False)
    ca_file: str | None = None


def connect(url: str, login: Login, ca_file: str | None) -> JenkinsConnection:
    """Return the connection: a login of the environment wins over the one in the URL, which is
    taken out in any case.

    Raises UsageError for what is no URL of a controller, and for a token without its user.
    """
    bare, username, secret = _split(url)
    if login.token and not login.username:
        raise UsageError(
            "there is a token for Jenkins and nobody whose token it is",
            remedy="set GITOPS_CI_JENKINS_USERNAME to its user",
        )
    if login.username:
        username, secret = login.username, login.token or login.password or ""
    if secret:
        remember_login(username, secret)
        _warn_of_plain_http(bare)
    return JenkinsConnection(bare, username or None, secret or None, ca_file)


def _warn_of_plain_http(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        log.warning(
            "the login for Jenkins goes over plain http to %s: whoever listens can read it",
            parts.netloc,
        )


def _split(url: str) -> tuple[str, str, str]:
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user_info, _, host = authority.rpartition("@")
    username, _, secret = (unquote(part) for part in user_info.partition(":"))
    if any(ord(char) < 32 or "\ud800" <= char <= "\udfff" for char in username + secret):
        raise UsageError("the login in the URL of Jenkins holds control characters or is not UTF-8")
    if secret:
        remember_login(username, secret)
    return check_controller_url(f"{scheme}{mark}{host}{slash}{path}"), username, secret


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
