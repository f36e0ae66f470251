"""Registries and source checkouts that the image tests share."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.realparts import need
from tests.servers import fake_registry, registry


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
    git(folder, "-c", "user.name=Dave", "-c", "user.email=dave@example.com", "commit", "--quiet", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    """Run git and return what it prints."""
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()
