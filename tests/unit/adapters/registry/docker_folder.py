"""The folder in which Docker keeps its configuration."""

import json
from pathlib import Path

import pytest

from gitops_ci.adapters.docker_config import DockerCredentials, credentials_for
from gitops_ci.base.deadline import Deadline


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that DOCKER_CONFIG and PATH lead to."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def configure(folder: Path, document: object) -> None:
    (folder / "config.json").write_text(json.dumps(document))


def found(host: str) -> DockerCredentials | None:
    return credentials_for(host, Deadline.after(10))
