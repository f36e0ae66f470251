"""The environment of every git process: nothing inherited that changes what git does, credentials
for one server only.
"""

import base64
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitops_ci.adapters.git.connection.address import GitCredentials, is_http, origin
from gitops_ci.base import processes, progress
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import remember, remember_login

_KEPT = re.compile(r"GIT_(ASKPASS|SSH_COMMAND|SSL_CAINFO|(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE))")
_PATIENCE = 30  # seconds without a byte, or for a connection, before git gives up and we try again
# where Debian, Red Hat, SUSE and Alpine keep the bundle of trusted certificates
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
# with trace2.configParams in the user's configuration git writes every setting there, and one of
# ours is the header with the login
_TRACES = ("GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF")
_SETTINGS = (
    ("protocol.version", "2"),
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    # a file that could claim other parents and dates than the commits have
    ("core.commitGraph", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.followTags", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("i18n.logOutputEncoding", "UTF-8"),
    ("advice.pushUpdateRejected", "false"),
    ("http.lowSpeedLimit", "1"),
)


def git_environment(
    url: str,
    folder: Path,
    *,
    credentials: GitCredentials | None,
    ca_file: str | None,
    deadline: Deadline,
) -> dict[str, str]:
    """Return the environment for git in the throw-away repository ``folder`` that talks to ``url``,
    but for the login (`login_settings`).

    What else has to be in a file goes beside that folder.
    Raises UsageError when the credentials or the file with certificates can't be used.
    """
    environment = {
        name: value
        for name, value in processes.inherited_environment().items()
        if not name.startswith("GIT_") or _KEPT.fullmatch(name)
    }
    patience = max(1, min(_PATIENCE, int(deadline.remaining())))
    settings = [*_SETTINGS, ("http.lowSpeedTime", str(patience))]
    environment |= {
        "GIT_DIR": str(folder),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ALLOW_PROTOCOL": "http:https:ssh:file",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "LC_ALL": "C",
        "LANGUAGE": "C",
        **dict.fromkeys(_TRACES, "0"),
    }
    environment.setdefault("GIT_SSH_COMMAND", _ssh_command(patience))
    if is_http(url) and _authorization(credentials):
        # our credentials or none: a wrong one must not end in a question
        environment["GIT_ASKPASS"] = ""
    if ca_file:
        settings.append(
            ("http.sslCAInfo", _bundle(ca_file, folder, environment.pop("GIT_SSL_CAINFO", None)))
        )
    return with_settings(environment, settings)


def login_settings(url: str, credentials: GitCredentials | None) -> tuple[tuple[str, str], ...]:
    """Return the settings of Git that log in to the server of ``url``: secrets, which only what
    talks to it needs.
    """
    return tuple(_http_settings(url, credentials)) if is_http(url) else ()


def _ssh_command(patience: int) -> str:
    options = (
        "BatchMode=yes",
        f"ConnectTimeout={patience}",
        "ServerAliveInterval=10",
        "ServerAliveCountMax=3",
    )
    return shlex.join(["ssh", *(word for option in options for word in ("-o", option))])


def _http_settings(url: str, credentials: GitCredentials | None) -> Iterable[tuple[str, str]]:
    header = _authorization(credentials)
    if header:
        # git goes on sending the header to where a redirect led it, so redirects are not followed
        # but judged by us
        return [
            (f"http.{origin(url)}.extraHeader", header),
            ("http.followRedirects", "false"),
            ("credential.helper", ""),
        ]
    if credentials and credentials.username:
        return [(f"credential.{origin(url)}.username", credentials.username)]
    return []


def _authorization(credentials: GitCredentials | None) -> str | None:
    if credentials is None:
        return None
    username = credentials.username
    secret = credentials.token if credentials.password is None else credentials.password
    if secret is None or not (username or secret):
        return None
    _check_header(username or "", secret)
    if username is None and credentials.token is None:
        raise UsageError(
            "a Git password without a user",
            remedy="set GITOPS_CI_GIT_USERNAME too, or give a token",
        )
    if username is None:
        remember(secret)
        return f"Authorization: Bearer {secret}"
    remember_login(username, secret)
    return "Authorization: Basic " + base64.b64encode(f"{username}:{secret}".encode()).decode()


def _check_header(username: str, secret: str) -> None:
    if re.search(r"[\x00-\x1f\x7f]", username + secret) or ":" in username:
        raise UsageError(
            "the Git user, password or token holds control characters, or the user a colon",
            remedy="check GITOPS_CI_GIT_USERNAME, GITOPS_CI_GIT_PASSWORD and GITOPS_CI_GIT_TOKEN",
        )


def _bundle(ca_file: str, folder: Path, named: str | None) -> str:
    """Write the system's certificates and ours into one file: git takes one file in place of the
    system's.
    """
    progress.step("reading --ca-file")
    try:
        own = Path(ca_file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"the file with certificates {ca_file} can't be read: {error.strerror}",
            remedy="give --ca-file a readable PEM file",
        ) from error
    if b"-----BEGIN" not in own:
        raise UsageError(
            f"the file {ca_file} holds no certificate in PEM form",
            remedy="give --ca-file a PEM file",
        )
    system = next(
        (Path(path) for path in (named, *_SYSTEM_BUNDLES) if path and os.access(path, os.R_OK)),
        None,
    )
    bundle = folder.parent / "ca-bundle.pem"
    bundle.write_bytes((system.read_bytes() + b"\n" if system else b"") + own)
    return str(bundle)


def with_settings(
    environment: Mapping[str, str], settings: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Return an environment with settings of Git in addition to those that it has."""
    variables = dict(environment)
    for key, value in settings:
        index = int(variables.get("GIT_CONFIG_COUNT", "0"))
        variables[f"GIT_CONFIG_KEY_{index}"] = key
        variables[f"GIT_CONFIG_VALUE_{index}"] = value
        variables["GIT_CONFIG_COUNT"] = str(index + 1)
    return variables
