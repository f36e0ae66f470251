"""Credentials that docker login and podman login keep: inline, or behind a credential helper."""

import base64
import json
import logging
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_ci.base import processes
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.redaction import one_line, remember, remember_login
from gitops_ci.model.registry_names import login_keys

log = logging.getLogger(__name__)

HELPER_TIME = 15.0  # seconds; helpers of cloud providers ask a server
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class DockerCredentials:
    """A user and a password; ``identity`` means that the password is an OAuth2 refresh token."""

    username: str
    password: str = field(repr=False)
    identity: bool = False


def credentials_for(netloc: str, deadline: Deadline) -> DockerCredentials | None:
    """Return the credentials for a registry, or None; a helper that hangs is killed and counts as
    having none.
    """
    for config in _configs():
        for key in login_keys(netloc):
            helper = _section(config, "credHelpers").get(key)
            credentials = _ask_helper(helper, key, deadline)
            credentials = credentials or _inline(_section(config, "auths").get(key))
            if credentials:
                return credentials
        credentials = _ask_helper(config.get("credsStore"), login_keys(netloc)[0], deadline)
        if credentials:
            return credentials
    return None


def hosts() -> set[str]:
    """Return the registries that some configuration names."""
    return {
        key
        for config in _configs()
        for name in ("auths", "credHelpers")
        for key in _section(config, name)
    }


def folder() -> Path:
    """Return the folder of Docker's configuration."""
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")


def _configs() -> Iterator[dict[str, Any]]:
    """Yield what can be read of the configurations of podman (where named), docker and podman's
    default, in this order.
    """
    paths = [folder() / "config.json"]
    if os.environ.get("REGISTRY_AUTH_FILE"):
        paths.insert(0, Path(os.environ["REGISTRY_AUTH_FILE"]))
    if os.environ.get("XDG_RUNTIME_DIR"):
        paths.append(Path(os.environ["XDG_RUNTIME_DIR"]) / "containers" / "auth.json")
    for path in paths:
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:
            log.warning("the credentials in %s are not used: %s", path, one_line(str(error)))
            continue
        if isinstance(document, dict):
            yield document


def _section(config: dict[str, Any], name: str) -> dict[str, Any]:
    section = config.get(name)
    return section if isinstance(section, dict) else {}


def _inline(entry: Any) -> DockerCredentials | None:
    """Decode an entry of ``auths``: base64 of user:password, or an identity token."""
    if not isinstance(entry, dict):
        return None
    if isinstance(entry.get("identitytoken"), str) and entry["identitytoken"]:
        return _remembered(DockerCredentials("<token>", entry["identitytoken"], identity=True))
    try:
        username, colon, password = (
            base64.b64decode(str(entry.get("auth") or "")).decode().rstrip("\0").partition(":")
        )
    except ValueError:
        return None
    return _remembered(DockerCredentials(username, password)) if colon and username else None


def _ask_helper(name: Any, key: str, deadline: Deadline) -> DockerCredentials | None:
    """Run ``docker-credential-NAME get`` (https://github.com/docker/docker-credential-helpers)."""
    if not isinstance(name, str) or not _HELPER.fullmatch(name):
        return None
    program = f"docker-credential-{name}"
    try:
        finished = processes.run(
            [program, "get"], min(HELPER_TIME, deadline.remaining()), stdin=key.encode()
        )
    except OSError as error:
        log.warning("the credential helper %s can't be run: %s", program, error.strerror)
        return None
    except subprocess.TimeoutExpired:
        log.warning("the credential helper %s did not answer in time and was ended", program)
        return None
    return _from_helper(finished.out) if finished.code == 0 else None


def _from_helper(output: bytes) -> DockerCredentials | None:
    try:
        document = json.loads(output)
        username, password = str(document["Username"]), str(document["Secret"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return (
        _remembered(DockerCredentials(username, password, identity=username == "<token>"))
        if password
        else None
    )


def _remembered(credentials: DockerCredentials) -> DockerCredentials:
    remember(credentials.password)
    remember_login(credentials.username, credentials.password)
    return credentials
