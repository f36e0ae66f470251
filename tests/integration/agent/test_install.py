"""Installing on an agent: once for all builds, beside others, whole or not at all."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.agent import stubs
from tests.integration.agent.agent import Agent, bring
from tests.integration.agent.stubs import VERSION
from tests.servers import package_index
from tests.servers.package_index import PackageIndex


def installations(agent: Agent) -> list[Path]:
    """Return the folders of an agent that installations are, or were to become."""
    return [each for each in agent.tools.glob("*") if each.is_dir() and not each.is_symlink()]


def at_once(agent: Agent, number: int, carried: Path) -> list[tuple[str, str]]:
    """Run a command in several builds at once; return what each printed."""
    results: list[tuple[str, str]] = []

    def build() -> None:
        ran = agent.call(carried=carried)
        results.append((ran.out, ran.err))

    builds = [threading.Thread(target=build) for _ in range(number)]
    for each in builds:
        each.start()
    for each in builds:
        each.join()
    return results


def test_ten_builds_at_once_install_once_and_need_no_network_then(
    agent: Agent, carried: Path, tmp_path: Path
) -> None:
    results = at_once(agent, 10, carried)
    assert all(out.startswith("words: plan promote\nmark: carried\n") for out, _ in results), (
        results
    )
    assert sum(err.count("installing gitops_ci-") for _, err in results) == 1
    assert len(installations(agent)) == 1
    with package_index.serve(tmp_path) as outside:
        everywhere = {
            f"{name}_proxy": f"http://127.0.0.1:{outside.port}" for name in ("http", "https", "all")
        }
        ran = agent.call(carried=carried, variables={"PIP_INDEX_URL": outside.url(), **everywhere})
        assert (ran.code, ran.shells, ran.err) == (0, 1, "")
        assert outside.requests == []
    assert "secrets: []\n" in ran.out


@pytest.mark.slow
def test_a_source_of_another_version_is_refused_and_touches_nothing(
    agent: Agent, carried: Path, tmp_path: Path
) -> None:
    assert agent.call(carried=carried).code == 0
    before = {path: path.lstat().st_mtime_ns for path in agent.tools.rglob("*")}
    newer = stubs.wheel(tmp_path, "9.9.9")
    ran = agent.call(tool={"source": str(newer)}, carried=carried)
    assert (ran.code, ran.out) == (1, "")
    assert f"{newer} brings gitops-ci 9.9.9, and this library needs {VERSION}\n" in ran.problem
    assert ran.problem.endswith("\nuse the library and the tool in the same version\n")
    assert len(installations(agent)) == 1
    assert {path: path.lstat().st_mtime_ns for path in before} == before
    assert "mark: carried\n" in agent.call(carried=carried).out


HOSTILE = """\
[global]
require-virtualenv = true
user = true
target = {folder}/target
prefix = {folder}/prefix
root = {folder}/root
quiet = 3
index-url = http://127.0.0.1:9/simple
constraint = {folder}/none
[install]
dry-run = true
no-deps = false
require-hashes = true
"""


@pytest.mark.slow
def test_the_settings_of_pip_and_python_on_an_agent_lead_nowhere_else(
    agent: Agent, carried: Path, tmp_path: Path
) -> None:
    config = agent.home / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(HOSTILE.format(folder=tmp_path))
    evil = tmp_path / "evil"
    evil.mkdir()
    for name in ("json", "pip", "installer", "stub_of_gitops", "sitecustomize"):
        (evil / f"{name}.py").write_text(
            f"open({str(tmp_path / 'touched')!r}, 'a').write({name!r})\n"
        )
    hostile = {
        "PYTHONHOME": "/nowhere",
        "PYTHONPATH": str(evil),
        "PYTHONSTARTUP": str(evil / "json.py"),
    }
    hostile |= {
        "PIP_TARGET": f"{tmp_path}/target",
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_PYTHON": "/nowhere",
    }
    hostile |= {"VIRTUAL_ENV": "/nowhere", "PIP_CONFIG_FILE": str(config)}
    ran = agent.call(carried=carried, variables=hostile)
    assert "mark: carried\n" in ran.out, ran.err
    assert f"prefix: {agent.tools}/{VERSION}-" in ran.out
    assert {each.name for each in tmp_path.iterdir()} == {"agent", "evil"}


@pytest.fixture
def slow_index(tmp_path: Path) -> Iterator[PackageIndex]:
    """An index that has the program, and that answers nobody for now."""
    with package_index.serve(stubs.wheel(tmp_path / "packages", mark="index").parent) as index:
        index.answers.clear()
        yield index


def started(agent: Agent, tool: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a run whose installer is there already."""
    folder = agent.root / f"run-{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    bring(folder, None)
    environment = agent.environment("plan", folder, tool, None, {})
    command = ["sh", str(stubs.SCRIPT)]
    return subprocess.Popen(
        command, env=environment, cwd=agent.root, start_new_session=True, stderr=subprocess.DEVNULL
    )


def processes_of(agent: Agent) -> dict[int, str]:
    """Return the processes that have a file of the agent among their arguments."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(agent.root) in words:
            found[int(file.parent.name)] = words
    return found


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait for something that takes as long as the machine needs; within bounds."""
    end = time.monotonic() + 120
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


@pytest.mark.slow
def test_an_aborted_installation_leaves_nothing_and_a_killed_one_is_cleared_away(
    agent: Agent, slow_index: PackageIndex
) -> None:
    tool = {"source": f"gitops-ci=={VERSION}", "index": slow_index.url()}
    with started(agent, tool) as build:
        assert slow_index.asked.wait(120)
        for process, words in processes_of(agent).items():
            if "install.py" in words:
                os.kill(process, signal.SIGTERM)
        assert build.wait(120) == 128 + signal.SIGTERM
    assert eventually(lambda: not processes_of(agent))
    assert installations(agent) == []
    slow_index.asked.clear()
    with started(agent, tool) as build:
        assert slow_index.asked.wait(120)
        for process in processes_of(agent):
            os.kill(process, signal.SIGKILL)
        build.wait(120)
    assert eventually(lambda: not processes_of(agent))
    remnant = installations(agent)
    assert len(remnant) == 1
    slow_index.answers.set()
    ran = agent.call(tool=tool)
    assert "mark: index\n" in ran.out, ran.err
    assert len(installations(agent)) == 1
    assert installations(agent) != remnant


@pytest.mark.slow
def test_where_locks_do_not_hold_each_build_installs_and_one_is_kept(
    agent: Agent, slow_index: PackageIndex, tmp_path: Path
) -> None:
    lockless = (
        "import errno, fcntl, runpy, sys\n"
        "def flock(*_): raise OSError(errno.ENOLCK, 'No locks available')\n"
        "fcntl.flock = flock\n"
        "sys.argv = sys.argv[1:]\n"
        "sys.path.insert(0, sys.argv[0].rpartition('/')[0])\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    real = os.path.realpath(stubs.PYTHON)
    (tmp_path / "lockless.py").write_text(lockless)
    wrapper = (
        f'#!/bin/sh\n[ "$1" != -E ] || {{ shift 2; exec {real} {tmp_path}/lockless.py "$@"; '
        f'}}\nexec {real} "$@"\n'
    )
    agent.program("python3", wrapper)
    tool = {"source": f"gitops-ci=={VERSION}", "index": slow_index.url()}
    with started(agent, tool) as one, started(agent, tool) as two:
        assert eventually(lambda: len(slow_index.requests) == 2)
        slow_index.answers.set()
        assert (one.wait(240), two.wait(240)) == (0, 0)
    assert len(installations(agent)) == 1
    ran = agent.call(tool=tool)
    assert (ran.code, ran.shells) == (0, 1), ran.err


def test_an_index_that_can_not_be_reached_is_the_reason_that_the_build_shows(agent: Agent) -> None:
    agent.variables["PIP_RETRIES"] = "1"
    agent.program("gitops-ci", "#!/bin/sh\necho 'gitops-ci, version 0.0.1'\n")
    tool = {"source": f"gitops-ci=={VERSION}", "index": "http://127.0.0.1:9/simple"}
    ran = agent.call(tool=tool)
    assert (ran.code, ran.out) == (1, "")
    assert ran.problem.startswith(
        f"gitops-ci {VERSION} can't be installed into {agent.tools}/{VERSION}-"
    )
    assert (
        f"for gitops-ci=={VERSION}; http://127.0.0.1:9/simple/gitops-ci/: connection error: "
        in ran.problem
    )
    assert "Connection refused" in ran.problem
    assert "tool: [wheelhouse: ...]" in ran.problem
    assert "Traceback" not in ran.err
    assert installations(agent) == []


def test_another_version_on_path_is_named(agent: Agent, tmp_path: Path) -> None:
    agent.program("gitops-ci", "#!/bin/sh\necho 'gitops-ci, version 0.0.1'\n")
    ran = agent.call()
    assert ran.problem == (
        f"gitops-ci 0.0.1 is on PATH, and this library needs {VERSION}. gitops-ci {VERSION} "
        "can't be installed into "
        f"{agent.tools}/{VERSION}-01ba4719c80b6fe9: this library is {VERSION} (taken from a "
        "branch?) and carries no gitops-ci\n"
        "give tool: [source: ...], or take a release's tag\n"
    )


def test_a_home_that_can_not_be_written_to_is_told_in_words(
    agent: Agent, carried: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    ran = agent.call(carried=carried, tool={"home": str(tmp_path / "file" / "home")})
    assert ran.code == 1
    assert f"can't be installed into {tmp_path}/file/home/{VERSION}-" in ran.problem
    assert "Not a directory" in ran.problem
    assert "tool: [home: ...] with a folder to write to" in ran.problem


def test_a_wheel_that_was_changed_is_not_installed(agent: Agent, tmp_path: Path) -> None:
    carried = stubs.carry(tmp_path / "changed", stubs.wheel(tmp_path))
    stubs.carry(tmp_path / "other", stubs.wheel(tmp_path, mark="other"))
    (carried / "wheel.b64").write_bytes((tmp_path / "other" / "wheel.b64").read_bytes())
    ran = agent.call(carried=carried)
    assert (ran.code, ran.out) == (1, "")
    assert "the wheel that this library carries has the SHA-256 " in ran.problem
    assert installations(agent) == []


@pytest.mark.slow
def test_a_dependency_that_is_not_the_locked_one_is_not_installed(
    agent: Agent, tmp_path: Path
) -> None:
    package = stubs.package(tmp_path / "wheels", "other", "1.0", {"other.py": ""})
    lock = f"other==1.0 --hash=sha256:{'0' * 64}\n"
    carried = stubs.carry(tmp_path / "carried", stubs.wheel(tmp_path), lock)
    ran = agent.call(carried=carried, tool={"wheelhouse": str(package.parent)})
    assert (ran.code, ran.out) == (1, "")
    assert "DO NOT MATCH THE HASHES" in ran.problem
    assert installations(agent) == []
