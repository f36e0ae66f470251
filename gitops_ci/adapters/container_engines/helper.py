"""The credential helper that an engine runs: prints a login from the environment, or what the user
has configured.

Protocol: https://github.com/docker/docker-credential-helpers ("get": a server on stdin, JSON on
stdout).
"""

import json
import os
import sys

from gitops_ci.adapters import docker_config
from gitops_ci.adapters.container_engines.login import HOST, LOGIN, OWN_AUTH_FILE, OWN_CONFIG
from gitops_ci.base.deadline import Deadline

_TIME = 20.0  # seconds
_NOT_FOUND = "credentials not found in native keychain"  # the text that docker's clients look for


def main() -> int:
    """Answer one question and return the exit code."""
    if sys.argv[1:] == ["list"]:
        sys.stdout.write("{}")
        return 0
    if sys.argv[1:] != ["get"]:
        return 1
    host = sys.stdin.read(4096).strip()
    if host == os.environ[HOST]:
        sys.stdout.write(os.environ[LOGIN])
        return 0
    os.environ["DOCKER_CONFIG"] = os.environ[OWN_CONFIG]
    os.environ["REGISTRY_AUTH_FILE"] = os.environ[OWN_AUTH_FILE]
    docker_credentials = docker_config.credentials_for(
        host.removeprefix("https://").partition("/")[0], Deadline.after(_TIME)
    )
    if not docker_credentials:
        sys.stdout.write(_NOT_FOUND)
        return 1
    sys.stdout.write(
        json.dumps(
            {
                "ServerURL": host,
                "Username": docker_credentials.username,
                "Secret": docker_credentials.password,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
