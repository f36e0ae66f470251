"""Registries and source checkouts that the image tests share."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import mounts, run_folder
from tests.realparts import need
from tests.servers import docker, fake_registry, registry


@pytest.fixture(scope="session")
def open_registry() -> Iterator[registry.Registry]:
    need("docker-registry")
    with registry.serve() as server:
        yield server


@pytest.fixture(scope="session")
def login_registry() -> Iterator[registry.Registry]:
    need("docker-registry")
    with registry.serve(login=True) as server:
        yield server


@pytest.fixture(scope="session")
def tls_registry() -> Iterator[registry.Registry]:
    need("docker-registry", "openssl")
    with registry.serve(tls=True) as server:
        yield server


@pytest.fixture
def fake() -> Iterator[fake_registry.FakeRegistry]:
    with fake_registry.serve() as server:
        yield server


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a source checkout with a Dockerfile, by dave with eve's help."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "hello").write_text("hello\n")
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY hello /hello\n")
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", "https://user:word@git.example.com/team/app.git")
    commit(folder, "Say hello\n\nCo-authored-by: Eve <eve@example.com>")
    return folder


def commit(folder: Path, message: str) -> str:
    """Commit everything as dave and return the revision."""
    git(folder, "add", "--all")
    git(
        folder,
        "-c",
        "user.name=Dave",
        "-c",
        "user.email=dave@example.com",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        message,
    )
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    """Run git and return what it prints."""
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture(scope="session")
def dockerd() -> Iterator[str]:
    """Return the address of a Docker daemon; it takes seconds to start, so one test uses it for all
    that docker does.
    """
    need("docker", "dockerd")
    if os.geteuid() != 0:
        pytest.skip("dockerd needs root")
    with docker.serve() as address:
        yield address


@pytest.fixture
def storage() -> Iterator[Path]:
    """Return a folder for an engine's storage, with a path as short as podman wants it."""
    with tempfile.TemporaryDirectory(prefix="e-", dir=run_folder.for_servers()) as name:
        yield Path(name)
        mounts.release(Path(name))
