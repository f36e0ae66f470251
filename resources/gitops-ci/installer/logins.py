"""Logins in the addresses of packages.

No address with a login reaches pip, which would hand it on among the arguments of the processes
that it starts, and write it into what it installs. pip finds the login in a netrc file, git by
its settings.
"""

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from netrc import NetrcParseError, netrc
from pathlib import Path
from urllib.parse import unquote, urlsplit

from installer.words import Problem

_LOGIN = re.compile(r"(https?)://([^/\s]*)@([^/\s@]+)")


@dataclass(frozen=True)
class Login:
    """User and password for one server, which is a host or host:port."""

    scheme: str
    server: str
    user: str
    password: str


def split_login(address: str) -> tuple[str, Login | None]:
    """Return an address, or a requirement that has one, without its login; and the login."""
    match = _LOGIN.search(address)
    if match is None:
        return address, None
    scheme, login, server = match.groups()
    user, _, password = login.partition(":")
    plain = f"{address[: match.start()]}{scheme}://{server}{address[match.end() :]}"
    return plain, Login(scheme, server, unquote(user), unquote(password))


def netrc_file(logins: Iterable[Login], folder: Path) -> Path:
    """Write a netrc file with logins, and with those that the agent has in its own."""
    lines = dict(_machine(login) for login in logins)
    theirs = ""
    with suppress(OSError, RuntimeError, NetrcParseError):  # none, no home, or not readable to pip
        own = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
        netrc(str(own))
        theirs = own.read_text("utf-8", "surrogateescape")
    file = folder / "netrc"
    file.touch(0o600)
    text = "\n".join([*lines.values(), theirs])
    file.write_text(text, "utf-8", "surrogateescape")
    return file


def check_alike(logins: Iterable[Login]) -> None:
    """Raise Problem for two logins on one host: a netrc file knows no ports and no paths."""
    found: dict[str, str] = {}
    for host, line in map(_machine, logins):
        if found.setdefault(host, line) != line:
            raise Problem(f"tool: has two logins for {host}", "give the same one in both addresses")


def _machine(login: Login) -> tuple[str, str]:
    host = urlsplit(f"//{login.server}").hostname or ""
    return host, f"machine {host} login {_quoted(login.user)} password {_quoted(login.password)}"


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def git_settings(login: Login, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which git finds a login, for its server alone."""
    number = int(variables.get("GIT_CONFIG_COUNT") or 0)
    helper = f"credential.{login.scheme}://{login.server}.helper"
    answer = 'printf "username=%s\\npassword=%s\\n" "$TOOL_GIT_USER" "$TOOL_GIT_PASSWORD"'
    return {
        "TOOL_GIT_USER": login.user,
        "TOOL_GIT_PASSWORD": login.password,
        f"GIT_CONFIG_KEY_{number}": helper,
        f"GIT_CONFIG_VALUE_{number}": "",  # none of the agent's own
        f"GIT_CONFIG_KEY_{number + 1}": helper,
        f"GIT_CONFIG_VALUE_{number + 1}": f'!f() {{ test "$1" != get || {answer}; }}; f',
        "GIT_CONFIG_COUNT": str(number + 2),
    }
