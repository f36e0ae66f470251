"""Hands a registry login to an engine without writing the secret anywhere.

``docker login`` and ``podman login`` store the password in a file. Instead the engine gets a
throw-away configuration that names a credential helper, and the helper prints the login from its
environment. Helpers and logins that the user has configured for other registries (base images) keep
working: the same helper looks them up.
"""

import json
import logging
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitops_ci.adapters import docker_config
from gitops_ci.base import temporary
from gitops_ci.model.image_reference import ImageReference
from gitops_ci.model.registry_names import HUB, HUB_LOGIN, split_host
from gitops_ci.model.registry_settings import RegistrySettings

log = logging.getLogger(__name__)

HELPER = "gitops-ci"
LOGIN = "ENGINE_REGISTRY_LOGIN"  # what the helper answers, as JSON
HOST = "ENGINE_REGISTRY_HOST"
OWN_CONFIG = "ENGINE_DOCKER_CONFIG"  # the user's own configuration, for other registries
OWN_AUTH_FILE = "ENGINE_AUTH_FILE"
_KEPT = (
    "currentContext",
    "cliPluginsExtraDirs",
)  # what the client needs to find its daemon and plugins; no secrets
_LINKED = ("contexts", "cli-plugins", "buildx")


@contextmanager
def engine_environment(
    reference: ImageReference, settings: RegistrySettings
) -> Iterator[dict[str, str]]:
    """Give the environment to run an engine in: without our secrets, and with the login where one
    was given.
    """
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("GITOPS_CI_")
    }
    netloc = split_host(reference.repository)[0]
    settings = settings.for_host(netloc)
    if not (settings.username and settings.password):
        if settings.token:
            log.warning(
                "engines take no registry token: set GITOPS_CI_REGISTRY_USERNAME beside it, "
                "or log in with the engine"
            )
        yield environ
        return
    with temporary.folder("login") as folder:
        host = HUB_LOGIN if netloc == HUB else netloc
        _write_helper(folder)
        _write_config(folder, host)
        login = {"ServerURL": host, "Username": settings.username, "Secret": settings.password}
        environ |= {
            LOGIN: json.dumps(login),
            HOST: host,
            OWN_CONFIG: str(docker_config.folder()),
            OWN_AUTH_FILE: os.environ.get("REGISTRY_AUTH_FILE", ""),
            "DOCKER_CONFIG": str(folder),
            "REGISTRY_AUTH_FILE": str(folder / "config.json"),
            "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }
        yield environ


def _write_helper(folder: Path) -> None:
    helper = folder / f"docker-credential-{HELPER}"
    helper.write_text(
        f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -m "
        'gitops_ci.adapters.container_engines.helper "$@"\n'
    )
    helper.chmod(0o700)


def _write_config(folder: Path, host: str) -> None:
    """Write a configuration for docker, podman and buildah alike: each known registry goes through
    the helper.
    """
    own = docker_config.folder()
    helpers = dict.fromkeys([host, *sorted(docker_config.hosts())], HELPER)
    config: dict[str, object] = {"credHelpers": helpers, "credsStore": HELPER}
    try:
        document = json.loads((own / "config.json").read_bytes())
        config |= {name: document[name] for name in _KEPT if name in document}
    except (OSError, ValueError, TypeError, RecursionError):
        # what can't be read has been reported, and the engine would not have understood it either
        pass
    for name in _LINKED:
        if (own / name).exists():
            (folder / name).symlink_to((own / name).resolve())
    (folder / "config.json").write_text(json.dumps(config))
