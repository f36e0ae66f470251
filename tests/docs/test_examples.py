"""Every example on a page does what the page says."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from gitops_ci.core.config import reader as config
from scripts import schemas
from tests import documents
from tests.docs import pages
from tests.docs.pages import Block, Command
from tests.docs.workspace import SECRETS, USER, Workspace, missing_line, result_of
from tests.realparts import need
from tests.servers import argocd, git_http, jenkins_stub, registry
from tests.surroundings import ROOT

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/environments").glob("*.md")),
]
WITHOUT = {"benchmarks.md"}  # made by a program, without examples
OVER_HTTPS = {"logins.md"}
RENDERED = {"rendering.md", "init.md", "dev-checks.md"}
ON_JENKINS = {"promotion-job.md"}
ARGOCD = {"argocd.md", "argocd-access.md", "gates.md", "dev.md", "stage.md", "prod.md"}
NO_RESULT = re.compile(r"--help|--version|--result-file|^(?!.*gitops-ci )")
BUILDS = re.compile(r"gitops-ci build .*--image")
SCHEMAS = {name: json.loads(text) for name, text in schemas.schemas().items()}

every_page = pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.name) for page in PAGES if page.name not in WITHOUT]
)


@every_page
def test_every_example_runs_as_shown(
    page: Path, place: Path, request: pytest.FixtureRequest
) -> None:
    if page.name in RENDERED:
        need("helm")
    commands = [part for part in pages.parts(page) if isinstance(part, Command)]
    assert any("gitops-ci" in command.text for command in commands), "a page without an example"
    if any(BUILDS.search(command.text) for command in commands):
        workspace = Workspace(place, request.getfixturevalue("engine_and_registry"))
        workspace.fill()
    else:
        shutil.copytree(request.getfixturevalue("filled"), place, symlinks=True)
        workspace = Workspace(place)
    if page.name in OVER_HTTPS:
        server = request.getfixturevalue("git_server")
        workspace.url = server.url(workspace.gitops.name)
        shutil.copy(server.ca_file, workspace.root / "secrets" / "ca.pem")
    if page.name in ON_JENKINS:
        workspace.jenkins = request.getfixturevalue("controller")
    if page.name in ARGOCD:
        workspace.argocd = request.getfixturevalue("argocd_server")
    for part in pages.parts(page):
        if isinstance(part, Command):
            check(part, workspace, f"{page.name}:{part.line}: $ {part.text}")
        elif name := file_of(part):
            (workspace.checkout / name).write_text(workspace.real(part.text), encoding="utf-8")


@every_page
def test_every_configuration_and_result_is_valid(page: Path) -> None:
    for block in (part for part in pages.parts(page) if isinstance(part, Block)):
        if block.language == "yaml" and is_configuration(block):
            config.read(block.text.encode(), f"{page.name}:{block.line}")
        if block.language == "json":
            document = json.loads(block.text)
            validate(
                document, "result.schema.json" if "exit_code" in document else "release.schema.json"
            )


@pytest.fixture(scope="session")
def place_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folder of one page after the other stands: its path is written into what is
    copied.
    """
    return tmp_path_factory.mktemp("pages") / "page"


@pytest.fixture(scope="session")
def filled(place_of_all: Path) -> Path:
    """A folder as most pages begin with; it takes a score of processes to make, and is only
    copied.
    """
    Workspace(place_of_all).fill()
    return place_of_all.rename(place_of_all.with_name("filled"))


@pytest.fixture
def place(place_of_all: Path, tmp_path: Path) -> Iterator[Path]:
    """The folder of this page, which is kept where pytest keeps the folders of tests."""
    yield place_of_all
    if place_of_all.exists():  # a test that is skipped has made none
        place_of_all.rename(tmp_path / "page")


@pytest.fixture
def engine_and_registry() -> Iterator[registry.Registry]:
    need("buildah", "docker-registry", "skopeo")
    with registry.serve() as server:
        yield server


@pytest.fixture
def argocd_server() -> Iterator[argocd.FakeArgocd]:
    with argocd.serve() as server:
        yield server


@pytest.fixture
def git_server(place: Path) -> Iterator[git_http.GitHttp]:
    """Serve the workspace's GitOps repository over TLS, to those who log in."""
    need("nginx", "fcgiwrap", "git http-backend", "openssl")
    with git_http.serve(
        place, users={USER: SECRETS["git-password"]}, tokens=[SECRETS["git-token"]], tls=True
    ) as server:
        yield server


@pytest.fixture
def controller() -> Iterator[jenkins_stub.Stub]:
    """Serve a Jenkins controller with one user."""
    with jenkins_stub.serve() as stub:
        stub.add_user("alice", SECRETS["jenkins-token"])
        yield stub


def check(command: Command, workspace: Workspace, where: str) -> None:
    """Run a command, and hold exit code, output and result document against what they have to
    be.
    """
    ran = workspace.run(command)
    assert not [name for name, word in SECRETS.items() if word in ran.output], (
        f"{where}\nshows a secret"
    )
    assert ran.code == command.code, f"{where}\nexit code {ran.code}\n{ran.output}"
    missing = missing_line(command.shown, ran.output)
    assert missing is None, f"{where}\nnot in the output: {missing}\n{ran.output}"
    result = result_of(workspace)
    if result is not None:
        assert isinstance(result, dict)
        documents.check(result, command.text.partition("gitops-ci ")[2].split())
        assert result["exit_code"] == command.code, where
    elif "gitops-ci " in command.text:
        assert NO_RESULT.search(command.text), f"{where}\nleft no result file"


def file_of(block: Block) -> str | None:
    """Return the file that a block is written to."""
    named = re.fullmatch(r"file=(\S+)", block.info)
    return named[1] if named else "gitops.yaml" if is_configuration(block) else None


def is_configuration(block: Block) -> bool:
    """Tell whether a block is a whole gitops.yaml."""
    return (
        block.language == "yaml"
        and not block.info
        and re.search(r"^version: 1$", block.text, re.MULTILINE) is not None
    )


def validate(document: object, schema: str) -> None:
    """Hold a document against a published schema."""
    jsonschema.Draft202012Validator(SCHEMAS[schema]).validate(document)
