"""Credentials that Docker's helper programs give."""

from pathlib import Path

import pytest

from gitops_ci.adapters.docker_config import DockerCredentials
from tests.unit.adapters.registry.docker_folder import configure, found
from tests.unit.adapters.registry.docker_folder import folder as folder


def helper(folder: Path, name: str, script: str) -> None:
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_helper_of_the_host_comes_before_the_store(folder: Path) -> None:
    configure(folder, {"credsStore": "store", "credHelpers": {"host": "own"}})
    helper(folder, "own", """echo '{"Username": "own", "Secret": "word"}'""")
    helper(folder, "store", """echo '{"Username": "store", "Secret": "word"}'""")
    assert found("host") == DockerCredentials("own", "word")
    assert found("other") == DockerCredentials("store", "word")


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "echo credentials not found; exit 1",
        "echo '[]'",
        "echo '{}'",
        "true",
        "kill -9 $$",
    ],
)
def test_a_helper_without_an_answer_is_no_login(folder: Path, script: str) -> None:
    configure(folder, {"credsStore": "bad"})
    helper(folder, "bad", script)
    assert found("host") is None


@pytest.mark.parametrize("name", ["missing", "../../bin/sh", "", 5, None, "-x"])
def test_a_helper_that_does_not_exist_or_has_no_proper_name_is_no_login(
    folder: Path,
    name: object,
) -> None:
    configure(folder, {"credHelpers": {"host": name}, "credsStore": name})
    assert found("host") is None
