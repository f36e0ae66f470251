"""The tests see neither the machine's settings nor the user's, and a missing part does not go
unnoticed.
"""

import pytest

from tests.realparts import listed_part
from tests.surroundings import scrubbed


def test_variables_of_jenkins_git_proxies_and_registries_are_dropped_and_others_kept() -> None:
    foreign = [
        "GIT_DIR",
        "GITOPS_CI_DRY_RUN",
        "BUILD_NUMBER",
        "BRANCH_NAME",
        "CHANGE_ID",
        "JENKINS_URL",
        "https_proxy",
        "NO_PROXY",
    ]
    foreign += [
        "DOCKER_CONFIG",
        "XDG_CONFIG_HOME",
        "LC_ALL",
        "WORKSPACE",
        "SSH_AUTH_SOCK",
        "PYTHONUNBUFFERED",
    ]
    assert scrubbed(dict.fromkeys([*foreign, "PATH", "PIP_CERT", "CI"], "x")) == {
        "PATH": "x",
        "PIP_CERT": "x",
        "CI": "x",
    }


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("not installed: podman", "podman"),
        ("not installed: tmux, git http-backend", "git http-backend"),
        ("dockerd does not start here", "dockerd"),
        ("docker-registry is too old", "docker-registry"),
        ("not installed: docker-compose", None),
        ("not installed: firefox", None),
        ("goes only with a terminal", None),
    ],
)
def test_the_reason_of_a_skip_is_searched_for_listed_parts(reason: str, part: str | None) -> None:
    assert listed_part(reason) == part
