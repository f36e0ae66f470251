"""A GitOps repository with a release in dev, and an Argo CD that can be told what to say."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitops_ci.delivery.waiting import watch
from tests.integration.operations.conftest import world
from tests.integration.operations.world import Ran, World
from tests.servers import argocd
from tests.servers.argocd import FakeArgocd

__all__ = ["world"]

Wait = Callable[..., Ran]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArgocd]:
    """The stand-in; nothing waits long for it."""
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", argocd.TOKEN)
    for name, seconds in (("_REFRESH", 0.4), ("_LOOK_AGAIN", 0.3), ("_CONFIRM", 0.05), ("_SLOW", 0.05), ("_LONGEST_PAUSE", 0.1)):
        monkeypatch.setattr(watch, name, seconds)
    with argocd.serve() as running:
        yield running


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
    """Run ``wait`` for dev, quickly."""

    def run(*words: str, check: int | None = None, url: str | None = None) -> Ran:
        usual = ["--env", "dev", "--argocd-server", url or server.url, "--poll", "0.02s", "--wait-timeout", "20s"]
        usual += [] if "--stable" in words else ["--stable", "0.1s"]
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
    subprocess.run([*command, "-keyout", str(key), "-out", str(file)], check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    return file
