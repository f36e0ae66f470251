"""Credentials of docker login, podman login and their helpers."""

import base64
import json
from pathlib import Path

import pytest

from gitops_ci.deadline import Deadline
from gitops_ci.registry.docker_config import Credentials, credentials_for, mentions

PAIR = base64.b64encode(b"robot:pass:word").decode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that DOCKER_CONFIG and PATH lead to."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def configure(folder: Path, document: object) -> None:
    (folder / "config.json").write_text(json.dumps(document))


def helper(folder: Path, name: str, script: str) -> None:
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def found(host: str) -> Credentials | None:
    return credentials_for(host, Deadline.after(10))


@pytest.mark.parametrize("key", ["host:5000", "https://host:5000", "https://host:5000/v1/"])
def test_a_stored_login_is_found_under_every_name_of_its_registry(folder: Path, key: str) -> None:
    configure(folder, {"auths": {key: {"auth": PAIR}}})
    assert found("host:5000") == Credentials("robot", "pass:word")
    assert mentions("host:5000")
    assert found("host:5001") is None
    assert not mentions("host:5001")


def test_docker_hub_is_stored_under_its_old_name(folder: Path) -> None:
    configure(folder, {"auths": {"https://index.docker.io/v1/": {"auth": PAIR}}})
    assert found("registry-1.docker.io") == Credentials("robot", "pass:word")


def test_an_identity_token_is_known_as_one(folder: Path) -> None:
    configure(folder, {"auths": {"host": {"identitytoken": "long-token", "auth": PAIR}}})
    assert found("host") == Credentials("<token>", "long-token", identity=True)


def test_a_helper_of_the_host_comes_before_the_store(folder: Path) -> None:
    configure(folder, {"credsStore": "store", "credHelpers": {"host": "own"}})
    helper(folder, "own", """echo '{"Username": "own", "Secret": "word"}'""")
    helper(folder, "store", """echo '{"Username": "store", "Secret": "word"}'""")
    assert found("host") == Credentials("own", "word")
    assert found("other") == Credentials("store", "word")


@pytest.mark.parametrize(
    "script", ["exit 1", "echo credentials not found; exit 1", "echo '[]'", "echo '{}'", "true", "kill -9 $$"]
)
def test_a_helper_without_an_answer_is_no_login(folder: Path, script: str) -> None:
    configure(folder, {"credsStore": "bad"})
    helper(folder, "bad", script)
    assert found("host") is None


@pytest.mark.parametrize("name", ["missing", "../../bin/sh", "", 5, None, "-x"])
def test_a_helper_that_does_not_exist_or_has_no_proper_name_is_no_login(folder: Path, name: object) -> None:
    configure(folder, {"credHelpers": {"host": name}, "credsStore": name})
    assert found("host") is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"auths": []}',
        '{"auths": {"host": "x"}}',
        '{"auths": {"host": {"auth": "%%"}}}',
        '{"auths": {"host": {"auth": "ü"}}}',
        "[" * 100_000,
    ],
)
def test_a_broken_configuration_is_no_login(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    assert found("host") is None


def test_podman_login_is_found_too(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path_factory.mktemp("runtime")
    (runtime / "containers").mkdir()
    (runtime / "containers" / "auth.json").write_text(json.dumps({"auths": {"host": {"auth": PAIR}}}))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert found("host") == Credentials("robot", "pass:word")
