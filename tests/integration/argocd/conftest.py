"""A GitOps repository with a release in dev, and an Argo CD that can be told what to say."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitops_ci.usecases.wait import watch
from tests.clock import Clock
from tests.integration.operation.conftest import world
from tests.integration.operation.world import Ran, World
from tests.servers import argocd
from tests.servers.argocd import FakeArgocd

__all__ = ["world"]

Wait = Callable[..., Ran]


@pytest.fixture
def server(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArgocd]:
    """The stand-in; between two questions to it no time is lost."""
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", argocd.TOKEN)
    with argocd.serve() as running:
        yield running


@pytest.fixture
def silent_controller(server: FakeArgocd, monkeypatch: pytest.MonkeyPatch) -> FakeArgocd:
    """A server whose controller compares nothing; it is not given much time to."""
    monkeypatch.setattr(watch, "_REFRESH", 0.1)
    server.controller_answers = False
    return server


@pytest.fixture
def deployed(world: World) -> World:
    """Release 14, then 15, in dev."""
    world.after(update, "14", "15")
    return world


def update(world: World, *tags: str) -> None:
    """Bring releases to dev, one after the other."""
    for tag in tags:
        world.image(tag)
        world.ok("update", "shop", "--env", "dev", "--tag", tag)


@pytest.fixture
def wait(deployed: World, server: FakeArgocd) -> Wait:
    """Run ``wait`` for dev, with the bounds that it has by itself."""

    def run(*words: str, check: int | None = None, url: str | None = None) -> Ran:
        usual = ("--env", "dev", "--argocd-server", url or server.url)
        return deployed.run("wait", "shop", *usual, *words, check=check)

    return run


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost of an authority that no machine knows, with its key."""
    import subprocess

    file = tmp_path / "server.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key = tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(
        [*command, "-keyout", str(key), "-out", str(file)], check=True, capture_output=True
    )
    file.write_text(file.read_text() + key.read_text())
    return file
