"""The program itself, from a library as a release has it, on an agent without any network."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from installer import contents, pips
from installer.request import requested

from tests.integration.agent import release, stubs
from tests.integration.agent.agent import Agent
from tests.integration.agent.stubs import VERSION
from tests.servers import package_index
from tests.surroundings import online


@dataclass(frozen=True)
class Release:
    """What a library carries, and where its dependencies are without a network."""

    carried: Path
    wheelhouse: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of this checkout."""
    return Release(
        release.build(tmp_path_factory.mktemp("release")),
        release.wheelhouse(release.LOCK.read_text()),
    )


def test_the_library_installs_and_runs_the_program_without_a_network(
    agent: Agent, built: Release, tmp_path: Path
) -> None:
    values = tmp_path / "values.yaml"
    values.write_text("image:\n  tag: '15'\n")
    archive = tmp_path / "wheels.tar"
    subprocess.run(["tar", "-cf", archive, "-C", built.wheelhouse, "."], check=True)
    with package_index.serve(tmp_path) as outside:
        everywhere = {f"{name}_proxy": outside.url() for name in ("http", "https", "all")} | {
            "PIP_INDEX_URL": outside.url()
        }
        tool = {"wheelhouse": str(archive)}
        ran = agent.call("doctor", tool=tool, carried=built.carried, variables=everywhere)
        assert ran.err.startswith("installing gitops_ci-"), ran.err
        assert outside.requests == []
    assert "ok   git" in ran.out, ran.err
    program = next(agent.tools.glob(f"{VERSION}-*/bin/gitops-ci"))
    told = subprocess.run(
        [program, "values", "get", values, "image.tag"], capture_output=True, text=True, check=True
    )
    assert told.stdout == "15\n"
    imports = (
        "import gitops_ci.adapters.jenkins, gitops_ci.adapters.registry, "
        "gitops_ci.adapters.git, requests, jenkins"
    )
    subprocess.run(
        [program.with_name("python"), "-I", "-W", "error::ImportWarning", "-c", imports], check=True
    )


@pytest.mark.slow
@pytest.mark.parametrize("version", ["==23.0.1", ""], ids=["that of Debian 12", "newest"])
def test_every_pip_installs_the_locked_packages(
    built: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """The oldest pip that agents have builds otherwise what has no wheel; the newest no longer
    knows its ways.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # of what they build
    made = pips.make_environment

    def with_that_pip(folder: Path) -> tuple[str, ...]:
        command = made(folder)
        words = [*command, "install", "--quiet", "--upgrade", f"pip{version}"]
        subprocess.run(words, env=online(), check=True)
        return command

    monkeypatch.setattr(pips, "make_environment", with_that_pip)
    (tmp_path / "scratch").mkdir()
    request = requested(
        tmp_path / "place", {"GITOPS_TOOL_WHEELHOUSE": str(built.wheelhouse)}, built.carried
    )
    contents.fill(request, tmp_path / "place", tmp_path / "scratch")
    pip = [str(tmp_path / "place" / "bin" / "python"), "-m", "pip"]
    assert subprocess.run([*pip, "check"], capture_output=True, check=False).returncode == 0
    if version:
        assert (
            f"pip {version.removeprefix('==')} "
            in subprocess.run(
                [*pip, "--version"], capture_output=True, text=True, check=True
            ).stdout
        )


def test_the_committed_library_carries_a_program_that_fits_what_it_says(agent: Agent) -> None:
    """A release has the version of the vars; the state after one says which version it carries, and
    needs a source.
    """
    if not (release.COMMITTED / "wheel.json").exists():
        ran = agent.call()
        assert "carries no gitops-ci" in ran.problem
        return
    facts = json.loads((release.COMMITTED / "wheel.json").read_text())
    carried = agent.root / "carried"
    carried.mkdir()
    for name in ("wheel.json", "wheel.b64", "requirements.txt"):
        (carried / name).write_bytes((release.COMMITTED / name).read_bytes())
    lock = (carried / "requirements.txt").read_text()
    assert facts.get("requirements", stubs.sha256(carried / "requirements.txt")) == stubs.sha256(
        carried / "requirements.txt"
    )
    assert requested(agent.tools, {}, carried).version == facts["version"]
    ran = agent.call(
        "--version", tool={"wheelhouse": str(release.wheelhouse(lock))}, carried=carried
    )
    if facts["version"] == VERSION:
        assert (ran.code, ran.out) == (0, f"gitops-ci, version {VERSION}\n"), ran.err
    else:
        assert (
            f"this library is {VERSION} (taken from a branch?) and carries gitops-ci "
            f"{facts['version']}" in ran.problem
        )
