"""Credentials that docker login and podman login have stored."""

import base64
import json
from pathlib import Path

import pytest

from gitops_ci.adapters.docker_config import DockerCredentials
from tests.unit.adapters.registry.docker_folder import configure, found
from tests.unit.adapters.registry.docker_folder import folder as folder

PAIR = base64.b64encode(b"robot:pass:word").decode()


@pytest.mark.parametrize("key", ["host:5000", "https://host:5000", "https://host:5000/v1/"])
def test_a_stored_login_is_found_under_every_name_of_its_registry(folder: Path, key: str) -> None:
    configure(folder, {"auths": {key: {"auth": PAIR}}})
    assert found("host:5000") == DockerCredentials("robot", "pass:word")
    assert found("host:5001") is None


def test_docker_hub_is_stored_under_its_old_name(folder: Path) -> None:
    configure(folder, {"auths": {"https://index.docker.io/v1/": {"auth": PAIR}}})
    assert found("registry-1.docker.io") == DockerCredentials("robot", "pass:word")


def test_an_identity_token_is_known_as_one(folder: Path) -> None:
    configure(folder, {"auths": {"host": {"identitytoken": "long-token", "auth": PAIR}}})
    assert found("host") == DockerCredentials("<token>", "long-token", identity=True)


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
    (runtime / "containers" / "auth.json").write_text(
        json.dumps({"auths": {"host": {"auth": PAIR}}})
    )
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert found("host") == DockerCredentials("robot", "pass:word")
