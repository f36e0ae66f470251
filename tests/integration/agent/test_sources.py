"""Where packages come from: the index that is named and no other, and logins that nobody sees."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.agent import stubs
from tests.integration.agent.agent import Agent, Ran
from tests.integration.agent.stubs import VERSION
from tests.integration.conftest import LOGIN, USERS
from tests.servers import package_index
from tests.servers.git_http import GitHttp
from tests.servers.package_index import PackageIndex

PASSWORD = "s3cr'et $(touch pwned) \"#\\"
BACKEND = '''\
"""Builds the program of a Git repository: a wheel with its version, and its mark."""

import zipfile
from pathlib import Path


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "gitops_ci-{version}-py3-none-any.whl"
    Path(wheel_directory, name).write_bytes(Path("built.whl").read_bytes())
    return name
'''.replace("{version}", VERSION)
PROJECT = f"""\
[build-system]
requires = ["stub-backend"]
build-backend = "stub_backend"
[project]
name = "gitops-ci"
version = "{VERSION}"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[PackageIndex]:
    """The index of a shop, which asks for a login."""
    folder = stubs.wheel(tmp_path / "shop", mark="of the shop").parent
    stubs.package(folder, "stub-backend", "1.0", {"stub_backend.py": BACKEND})
    with package_index.serve(folder, "bob@example.com", PASSWORD) as index:
        yield index


@pytest.fixture
def stranger(agent: Agent, tmp_path: Path) -> Iterator[PackageIndex]:
    """An index that the agent's own configuration adds, on which somebody has put newer packages of
    the same names.
    """
    folder = stubs.wheel(tmp_path / "stranger", mark="of a stranger").parent
    stubs.wheel(folder, "9.9.9", mark="of a stranger")
    stubs.package(folder, "stub-backend", "9.9.9", {"stub_backend.py": BACKEND})
    with package_index.serve(folder) as index:
        config = agent.home / ".config" / "pip" / "pip.conf"
        config.parent.mkdir(parents=True)
        config.write_text(
            f"[global]\nindex-url = {index.url()}\nextra-index-url = "
            f"{index.url()}\nfind-links = {folder}\n"
        )
        agent.variables |= {"PIP_EXTRA_INDEX_URL": index.url(), "PIP_FIND_LINKS": str(folder)}
        yield index


def nobody_saw(secret: str, agent: Agent, ran: Ran) -> None:
    """Check what a build prints, and every file that is left."""
    assert secret not in ran.out + ran.err + ran.problem
    for file in agent.root.rglob("*"):
        if file.is_file() and not file.is_symlink():
            assert secret.encode() not in file.read_bytes(), file


def test_a_name_is_taken_from_the_index_that_is_named_and_from_no_other(
    agent: Agent, shop: PackageIndex, stranger: PackageIndex
) -> None:
    tool = {"source": f"gitops-ci=={VERSION}", "index": shop.url(login=True)}
    ran = agent.call(tool=tool)
    assert "mark: of the shop\n" in ran.out, ran.err
    assert shop.requests
    assert (shop.leaks, stranger.requests) == ([], [])
    nobody_saw(PASSWORD, agent, ran)
    nobody_saw("s3cr%27et", agent, ran)


@pytest.mark.slow
def test_a_git_repository_is_built_with_what_the_named_index_has(
    agent: Agent,
    shop: PackageIndex,
    stranger: PackageIndex,
    http: GitHttp,
    root: Path,
    tmp_path: Path,
) -> None:
    address = published(root, stubs.wheel(tmp_path / "built", mark="out of Git"), http)
    spy_on_git(agent)
    tool = {"source": f"gitops-ci @ git+{address}@v1", "index": shop.url(login=True)}
    ran = agent.call(tool=tool)
    assert "mark: out of Git\n" in ran.out, ran.err
    assert any("stub-backend" in each for each in shop.requests)
    assert (shop.leaks, stranger.requests) == ([], [])
    words = (agent.root / "git-words").read_text()
    assert "clone" in words
    for secret in (PASSWORD, USERS["jenkins"], "p%40ss"):
        nobody_saw(secret, agent, ran)


def published(root: Path, wheel: Path, http: GitHttp) -> str:
    """Put a project into a Git repository behind a login, as a tag; return its address with the
    login.
    """
    work = wheel.parent / "work"
    work.mkdir()
    (work / "pyproject.toml").write_text(PROJECT)
    (work / "built.whl").write_bytes(wheel.read_bytes())
    bare = root / f"{wheel.parent.parent.name}-tools.git"
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-q", "-m", "The program"],
        ["tag", "v1"],
        ["clone", "-q", "--bare", ".", str(bare)],
    ):
        subprocess.run(["git", *command], cwd=work, check=True)
    return http.url(bare.name, LOGIN)


def spy_on_git(agent: Agent) -> None:
    """Note the arguments of every git that is started by its name."""
    real = subprocess.run(
        ["sh", "-c", "command -v git"], capture_output=True, text=True, check=True
    ).stdout.strip()
    agent.program("git", f'#!/bin/sh\necho "$*" >>{agent.root}/git-words\nexec {real} "$@"\n')


@pytest.mark.slow
def test_a_wrong_login_for_the_index_is_said_without_the_login(
    agent: Agent, shop: PackageIndex
) -> None:
    index = shop.url(login=True).replace("s3cr", "wr0ng")
    ran = agent.call(tool={"source": f"gitops-ci=={VERSION}", "index": index})
    assert (ran.code, ran.out) == (1, "")
    assert (
        f"No matching distribution found for gitops-ci=={VERSION}; {shop.url()}/gitops-ci/: 401 "
        in ran.problem
    )
    nobody_saw("wr0ng", agent, ran)


def test_a_name_alone_is_never_installed(
    agent: Agent, stranger: PackageIndex, carried: Path
) -> None:
    ran = agent.call(tool={"source": f"gitops-ci=={VERSION}"}, carried=carried)
    assert (ran.code, ran.out) == (1, "")
    assert (
        f"gitops-ci=={VERSION} is a name, which anybody could register in a public index\n"
        in ran.problem
    )
    assert stranger.requests == []


@pytest.mark.slow
def test_a_wheelhouse_is_the_only_place_that_is_asked(
    agent: Agent, stranger: PackageIndex, tmp_path: Path
) -> None:
    package = stubs.package(tmp_path / "wheels", "other", "1.0", {"other.py": ""})
    wheel = stubs.wheel(tmp_path, mark="carried")
    carried = stubs.carry(
        tmp_path / "carried", wheel, f"other==1.0 \\\n    --hash=sha256:{stubs.sha256(package)}\n"
    )
    subprocess.run(["tar", "-czf", tmp_path / "w h.tar.gz", "-C", tmp_path, "wheels"], check=True)
    proxies = {f"{name}_proxy": stranger.url() for name in ("http", "https", "all")}
    ran = agent.call(
        tool={"wheelhouse": str(tmp_path / "w h.tar.gz")}, carried=carried, variables=proxies
    )
    assert "mark: carried\n" in ran.out, ran.err
    assert stranger.requests == []


@pytest.mark.slow
def test_the_configuration_of_pip_says_where_locked_packages_are(
    agent: Agent, stranger: PackageIndex, tmp_path: Path
) -> None:
    package = stubs.package(stranger.folder, "other", "1.0", {"other.py": ""})
    lock = f"other==1.0 --hash=sha256:{stubs.sha256(package)}\n"
    ran = agent.call(
        carried=stubs.carry(tmp_path / "carried", stubs.wheel(tmp_path, mark="carried"), lock)
    )
    assert "mark: carried\n" in ran.out, ran.err
    assert "GET /simple/other/" in stranger.requests
    assert not [each for each in stranger.requests if "gitops" in each]
