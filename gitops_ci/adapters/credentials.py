"""Reads logins for Git, registries, Jenkins and Argo CD from ``GITOPS_CI_*``, or from the files
that ``..._FILE`` names.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitops_ci.base import progress
from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import remember, remember_login
from gitops_ci.model.login import Login
from gitops_ci.model.registry_settings import RegistrySettings

PREFIX = "GITOPS_CI_"
_LARGEST = 65536  # bytes; a token is shorter, and a wrong path may name a device


def git_login(environ: Mapping[str, str] = os.environ) -> Login:
    """Return the login for the GitOps repository; raises UsageError as ``read_login`` does."""
    return read_login("GIT", environ)


def registry_settings(
    plain_http: Iterable[str] = (),
    ca_file: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> RegistrySettings:
    """Return what the registry package needs: the login of the environment and what the options
    say.
    """
    login = read_login("REGISTRY", environ)
    host = environ.get(f"{PREFIX}REGISTRY_HOST") or None
    plain_hosts = frozenset(plain_host.strip().lower() for plain_host in plain_http)
    for plain_host in plain_hosts:
        if "/" in plain_host:
            raise UsageError(
                f"--plain-http {plain_host!r} is not a host",
                remedy="give HOST or HOST:PORT without http:// and path",
            )
    password, token = login.password, login.token
    if login.username:  # registries that hand out tokens for people take them as passwords
        password, token = password or token, None
    return RegistrySettings(login.username, password, token, plain_hosts, ca_file, host)


def jenkins_login(environ: Mapping[str, str] = os.environ) -> Login:
    """Return the login for Jenkins; without ours the variables that other tools use count. Raises
    as ``read_login`` does.
    """
    ours = f"{PREFIX}JENKINS_"
    if not any(
        value for name, value in environ.items() if name.startswith(ours) and name != f"{ours}URL"
    ):
        username = environ.get("JENKINS_USER") or environ.get("JENKINS_USER_ID", "")
        token = environ.get("JENKINS_TOKEN") or environ.get("JENKINS_API_TOKEN")
        # who uses this machine is no login: JENKINS_USER_ID stands alone on many agents
        environ = {f"{ours}USERNAME": username, f"{ours}TOKEN": token} if token else {}
    return read_login("JENKINS", environ)


def argocd_token(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the token for Argo CD as it is now, and have it masked everywhere; a file is read at
    each call.

    Without one of ours that of Argo CD's own program counts. Raises UsageError as ``read_login``
    does.
    """
    names = (f"{PREFIX}ARGOCD_TOKEN", "ARGOCD_AUTH_TOKEN", "ARGOCD_TOKEN")
    token = next((value.strip() for name in names if (value := _value(name, environ))), None)
    remember(token)
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise UsageError(
            "the token for Argo CD has blanks or other characters that no token has",
            remedy="give the bare token",
        )
    return token or None


def read_login(kind: str, environ: Mapping[str, str]) -> Login:
    """Return the login of a kind (``GIT``, ``REGISTRY`` or ``JENKINS``) and have it masked
    everywhere.

    Raises UsageError when a value is given twice, can't be read, has several lines, or a password
    comes without its user.
    """
    names = [f"{PREFIX}{kind}_{part}" for part in ("USERNAME", "PASSWORD", "TOKEN")]
    login = Login(*(_value(name, environ) for name in names))
    remember(login.password, login.token)
    secret = login.password or login.token
    if login.username and secret:
        remember_login(login.username, secret)
    _check_login(login, *names)
    return login


def _check_login(login: Login, username: str, password: str, token: str) -> None:
    """The names are those of the variables, for the words of the error."""
    if login.password and login.token:
        raise UsageError(f"{token} and {password} are both set", remedy="set one of them")
    if login.password and not login.username:
        raise UsageError(f"{password} is set without {username}", remedy="set both")
    if login.username and not (login.password or login.token):
        raise UsageError(f"{username} is set without {password}", remedy="set both, or neither")


def _value(name: str, environ: Mapping[str, str]) -> str | None:
    value, file = environ.get(name), environ.get(f"{name}_FILE")
    if value and file:
        raise UsageError(f"{name} and {name}_FILE are both set", remedy="set one of them")
    if file:
        name += "_FILE"
        value = _read(name, file)
    if not value:
        return None
    if _undecodable(value):
        raise UsageError(f"{name} is not UTF-8 text", remedy="give the bare value in UTF-8")
    if any(char in value for char in "\r\n\0"):
        remember(value)
        raise UsageError(f"{name} holds more than one line", remedy="give the bare value")
    return value


def _undecodable(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _read(name: str, file: str) -> str:
    progress.step(f"reading {name}")
    try:
        with Path(file).open("rb") as handle:
            content = handle.read(_LARGEST + 1)
        text = content.decode()
    except OSError as error:
        raise UsageError(
            f"{name}: {file} can't be read: {error.strerror}", remedy="name a readable file"
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{name}: {file} is not UTF-8 text, or no path",
            remedy="name a file with the bare value",
        ) from error
    if len(content) > _LARGEST or not text.rstrip("\r\n"):
        problem = "is empty" if len(content) <= _LARGEST else "is too large for a login"
        raise UsageError(f"{name}: {file} {problem}", remedy="name a file with the bare value")
    return text.rstrip("\r\n")
