"""What make does before anything is installed: it lists, finds Python, names packages, and keeps
its hands off when told to.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surroundings import ROOT

BASICS = "awk cat dirname env find grep id make mktemp rm sed sh sort tail tr".split()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Return a folder for PATH that has the basic commands and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in BASICS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder


def run(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout that finds only the programs of a folder."""
    settings = {"PATH": str(folder), "HOME": os.environ["HOME"], **environ}
    return subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60, check=False
    )


def program(folder: Path, name: str, script: str) -> None:
    """Put a shell script into a folder."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def test_make_alone_lists_the_targets(bare: Path) -> None:
    listed = run(bare, "make").stdout
    for target in (
        "demo",
        "test",
        "test-unit",
        "test-all",
        "test-matrix",
        "lint",
        "lock",
        "docs",
        "bench",
        "clean",
    ):
        assert f"make {target} " in listed


def test_python_is_found_under_another_name_past_one_that_does_not_run(bare: Path) -> None:
    program(bare, "python3", "exit 127")
    (bare / "python3.12").symlink_to(sys.executable)
    found = run(bare, "sh", "scripts/find_python.sh")
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()).resolve() == Path(sys.executable).resolve()


def test_without_python_it_is_said_what_to_install(bare: Path) -> None:
    program(bare, "python3", "exit 1")
    found = run(bare, "sh", "scripts/find_python.sh")
    assert found.returncode == 1
    assert "apt-get install python3 python3-venv" in found.stderr


def test_no_system_packages_names_what_is_missing_and_installs_nothing(
    bare: Path, tmp_path: Path
) -> None:
    for name in ("apt-get", "apt-cache", "dpkg-query", "dpkg"):
        program(bare, name, f"echo {name} \"$@\" >>'{tmp_path}/calls'; exit 1")
    told = run(bare, "sh", "scripts/system_packages.sh", "tests", NO_SYSTEM_PACKAGES="1")
    assert told.returncode == 0, told.stderr
    assert "Not installed: buildah podman skopeo" in told.stderr
    called = (tmp_path / "calls").read_text() if (tmp_path / "calls").exists() else ""
    assert "apt-get" not in called
