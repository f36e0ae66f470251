"""Real servers for the tests of a worker, and the repositories that they serve."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import pytest

from tests import repositories
from tests.clock import Clock
from tests.integration.operation.snapshots import Snapshots
from tests.realparts import need
from tests.repositories import EPOCH, Commit
from tests.servers import fault_proxy, git_http, git_ssh
from tests.servers.fault_proxy import FaultProxy
from tests.servers.git_http import GitHttp
from tests.servers.git_ssh import GitSsh

USERS = {"jenkins": "p@ss:w/ord%1"}
TOKEN = "token-of-the-robot-account"
LOGIN = "jenkins:p%40ss%3Aw%2Ford%251"

FILES = {
    "README.md": "read me\n",
    "apps/shop/values-dev.yaml": 'image:\n  tag: "1"\n',
    "apps/shop/values-prod.yaml": 'image:\n  tag: "0"\n',
    "apps/shop/charts/Chart.yaml": "name: shop\n",
    "apps/shop/charts/templates/app.yaml": "kind: Deployment\n",
    "apps/cart/values-dev.yaml": 'image:\n  tag: "7"\n',
}

MakeRepository = Callable[..., Path]
Server = TypeVar("Server")
TEMPORARY = tempfile.gettempdir()


def git(folder: Path, *arguments: str, stdin: str | None = None) -> str:
    """Run git in a folder and return what it printed."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, input=stdin
    ).stdout.strip()


def outlasting(starting: AbstractContextManager[Server]) -> Iterator[Server]:
    """Run a server that stays for later tests: its files are not in the test that asks first."""
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", TEMPORARY)
            patch.setattr("tempfile.tempdir", TEMPORARY)
            server = stack.enter_context(starting)
        yield server


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder below which the servers find repositories."""
    return tmp_path_factory.mktemp("repositories")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that passes without being sat out."""
    return Clock(monkeypatch)


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    """What worlds of this worker are copied from."""
    return Snapshots(tmp_path_factory.mktemp("worlds"))


@pytest.fixture
def make_repository(root: Path, tmp_path: Path) -> MakeRepository:
    """Make a bare repository with files (path to text) on main; `{name}.git` below the root, its
    name unique to the test.
    """

    def make(
        files: dict[str, str] | None = None, *, commits: int = 1, git_options: tuple[str, ...] = ()
    ) -> Path:
        number = len(list(root.iterdir()))
        bare = repositories.init(root / f"{tmp_path.name}-{os.getpid()}-{number}.git", *git_options)
        texts = [
            {"counter": str(at)} if at else FILES if files is None else files
            for at in range(commits)
        ]
        repositories.write(bare, *(_commit(at, each) for at, each in enumerate(texts)))
        return bare

    return make


@pytest.fixture
def repository(make_repository: MakeRepository) -> Path:
    """A bare repository with two applications."""
    return make_repository()


@pytest.fixture(scope="session")
def http(root: Path) -> Iterator[GitHttp]:
    """A server that asks for a login and knows filters."""
    need("nginx", "fcgiwrap", "git http-backend")
    yield from outlasting(git_http.serve(root, users=USERS, tokens=[TOKEN]))


@pytest.fixture(scope="session")
def http_without_filters(root: Path) -> Iterator[GitHttp]:
    """A server that knows no filters, no single objects and only the oldest protocol."""
    need("nginx", "fcgiwrap", "git http-backend")
    yield from outlasting(git_http.serve(root, users=USERS, filters=False, protocol_v2=False))


@pytest.fixture(scope="session")
def https(root: Path) -> Iterator[GitHttp]:
    """A server with a certificate of an authority that no machine knows."""
    need("nginx", "fcgiwrap", "git http-backend", "openssl")
    yield from outlasting(git_http.serve(root, users=USERS, tls=True))


@pytest.fixture(scope="session")
def ssh(root: Path) -> Iterator[GitSsh]:
    """An SSH server of this machine."""
    need("sshd", "ssh", "ssh-keygen")
    yield from outlasting(git_ssh.serve())


@pytest.fixture
def proxy(http: GitHttp) -> Iterator[FaultProxy]:
    """The line to the HTTP server, which can be broken."""
    with fault_proxy.serve(http.url("")) as running:
        yield running


def _commit(number: int, files: dict[str, str]) -> Commit:
    return Commit(
        files=files, message=f"commit {number}", who="Tess <tess@example.com>", when=EPOCH + number
    )
