"""Agents on which something is missing or full, shown in a mount namespace of their own."""

import functools
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.agent.agent import Agent
from tests.integration.agent.stubs import VERSION


@functools.cache
def _mounts() -> bool:
    command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.fixture(autouse=True)
def _namespaces() -> None:
    if not _mounts():
        pytest.skip("no mount namespaces on this machine")


def behind(agent: Agent, *mounts: list[str]) -> None:
    """Give an agent mounts that nobody else sees."""
    script = "\n".join(["set -e", *(shlex.join(["mount", *each]) for each in mounts), 'exec "$@"'])
    agent.before = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]


def part_of_python(name: str) -> Path:
    """Return the folder of a package that comes with the Python of the tests."""
    python = os.path.realpath(sys.executable)
    code = f"import {name}, os; print(os.path.dirname({name}.__file__))"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the Python of the tests has no {name} itself")
    return Path(done.stdout.strip())


def hidden(folder: Path, by: Path) -> list[str]:
    """Return the mount that hides a folder."""
    by.mkdir(exist_ok=True)
    return ["--bind", str(by), str(folder)]


@pytest.mark.slow
def test_a_debian_without_python3_venv_installs_with_the_pip_that_it_has(
    agent: Agent, carried: Path, tmp_path: Path
) -> None:
    part_of_python("pip")
    behind(agent, hidden(part_of_python("ensurepip"), tmp_path / "empty"))
    ran = agent.call(carried=carried)
    assert "mark: carried\n" in ran.out, ran.err
    assert not list(agent.tools.glob("*/bin/pip"))


def test_a_debian_without_python3_venv_and_without_pip_is_told_the_package(
    agent: Agent, carried: Path, tmp_path: Path
) -> None:
    behind(
        agent, *(hidden(part_of_python(name), tmp_path / "empty") for name in ("ensurepip", "pip"))
    )
    ran = agent.call(carried=carried)
    assert (ran.code, ran.out) == (1, "")
    assert (
        "can't make virtual environments\ninstall the package python3-venv on the agent "
        "(Debian, Ubuntu)\n" in ran.problem
    )
    assert not [each for each in agent.tools.iterdir() if each.is_dir()]


@pytest.mark.parametrize(
    ("option", "words"), [("size=1m", "No space left on device"), ("ro", "Read-only file system")]
)
def test_a_disk_that_takes_nothing_is_told_in_words(
    agent: Agent, carried: Path, tmp_path: Path, option: str, words: str
) -> None:
    home = tmp_path / "small"
    home.mkdir()
    behind(agent, ["-t", "tmpfs", "-o", option, "none", str(home)])
    ran = agent.call(carried=carried, tool={"home": str(home)})
    assert (ran.code, ran.out) == (1, "")
    assert f"can't be installed into {home}/{VERSION}-" in ran.problem
    assert words in ran.problem
    assert "tool: [home: ...] with a folder to write to" in ran.problem
