"""A registry and a Git server for repositories that `init` has made."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gitops_ci.cli import main
from gitops_ci.demo.images import make_image
from tests import documents, helm_batch
from tests.helm_batch import Renderer
from tests.integration.conftest import LOGIN, git
from tests.integration.images import witness
from tests.realparts import need
from tests.servers import registry
from tests.servers.git_http import GitHttp
from tests.servers.registry import Registry

VARIANTS = [
    (layout, strategy) for layout in ("one", "many") for strategy in ("promotion", "release-branch")
]


@dataclass
class Commands:
    """Runs the program in this process; remembers what it printed last."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    text: str = field(default="")

    def run(self, *words: str, code: int = 0) -> dict[str, Any]:
        """Run a command that ends with an exit code, and return its result document."""
        file = self.folder / "result.json"
        file.unlink(missing_ok=True)
        ended = main([*words, "--result-file", str(file)])
        self.text = "".join(self.capture.readouterr())
        assert ended == code, self.text
        assert "Traceback" not in self.text
        result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        documents.check(result, words)
        return result


@dataclass
class Place:
    """A GitOps repository that `init` made, pushed to a server, with a registry for its images."""

    commands: Commands
    work: Path
    bare: Path
    url: str
    registry: Registry
    helm: Renderer

    def image(self, app: str, tag: str) -> str:
        """Push an image; return its digest."""
        layout = self.commands.folder / "layouts" / app
        digest = make_image(layout, tag, {}, {"app": f"{app} {tag}".encode()})
        witness.copy(layout, tag, self.registry, f"team/{app}:{tag}")
        return digest

    def run(self, *words: str, code: int = 0) -> dict[str, Any]:
        """Run an operation on the server's repository."""
        return self.commands.run(*words, "--repo", self.url, code=code)

    def operate(self, *words: str, code: int = 0) -> dict[str, Any]:
        """Run an operation that asks the registry."""
        return self.run(*words, "--plain-http", self.registry.host, code=code)

    def rendered(self, folder: Path, release: str, values: str) -> str:
        """Return what Helm makes of charts/ in a folder."""
        return self.helm.render(folder / "charts", release, [folder / values])

    def checkout(self, name: str) -> Path:
        """Return a new checkout of a branch or tag, as Argo CD has it."""
        folder = self.commands.folder / f"checkout-{uuid.uuid4().hex}"
        git(self.bare, "worktree", "add", "--quiet", "--detach", str(folder), name)
        return folder


@pytest.fixture
def commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(tmp_path, capsys)


@pytest.fixture(scope="module")
def images() -> Iterator[Registry]:
    need("docker-registry", "skopeo")
    with registry.serve() as server:
        yield server


@pytest.fixture(scope="session")
def helm() -> Iterator[Renderer]:
    """Helm, for as many charts as there are."""
    with helm_batch.renderer() as renderer:
        yield renderer


@pytest.fixture(params=VARIANTS, ids="-".join)
def variant(request: pytest.FixtureRequest) -> tuple[str, str]:
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
def place(
    variant: tuple[str, str],
    commands: Commands,
    images: Registry,
    helm: Renderer,
    http: GitHttp,
    root: Path,
) -> Place:
    """The repository of one variant, on the server."""
    layout, strategy = variant
    name = f"{uuid.uuid4().hex}.git"
    bare = root / name
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    git(bare, "config", "http.receivepack", "true")
    work = commands.folder / "manual-app-helm"
    place = Place(commands, work, bare, http.url(name, LOGIN), images, helm)
    commands.run(
        "init",
        str(work),
        "--app",
        "manual-app",
        "--layout",
        layout,
        "--strategy",
        strategy,
        "--first-commit",
        "--repo",
        "https://git.example.com/team/manual-app-helm.git",
        "--image",
        f"{images.host}/team/manual-app",
        "--approver",
        "alice=alice@example.com",
    )
    git(work, "push", "--quiet", "--all", place.url)
    assert os.environ.get("GITOPS_CI_REPO") is None
    return place
