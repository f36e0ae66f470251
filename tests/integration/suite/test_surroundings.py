"""The tests see no settings of the machine or the user; a missing part does not go unnoticed."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.suite.running import run_pytest
from tests.realparts import installed

SKIPPING = """
import pytest
from tests.realparts import need

def test_runs():
    pass

def test_with_a_missing_part():
    {skip}
"""
PODMAN = "pytest.skip('not installed: podman')"


def test_git_knows_an_author_and_nothing_of_the_user() -> None:
    command = ["git", "config", "--list", "--show-origin"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/").stdout
    assert "user.email=tess@example.com" in told
    origins = {line.split("\t")[0] for line in told.splitlines()}
    assert origins == {f"file:{os.environ['HOME']}/.gitconfig"}


def test_a_program_that_does_not_exist_is_not_installed() -> None:
    assert installed("git")
    assert not installed("no-such-program")


@pytest.mark.parametrize(
    ("skip", "ci", "workers", "code"),
    [
        (PODMAN, "1", "0", 1),
        pytest.param(PODMAN, "true", "2", 1, marks=pytest.mark.slow),
        pytest.param(PODMAN, "", "0", 0, marks=pytest.mark.slow),
        pytest.param(PODMAN, "false", "0", 0, marks=pytest.mark.slow),
        pytest.param("need('no-such-program')", "1", "0", 0, marks=pytest.mark.slow),
        pytest.param("pass", "1", "0", 0, marks=pytest.mark.slow),
    ],
)
def test_with_ci_set_a_skip_of_a_listed_part_fails_the_run(
    tmp_path: Path,
    skip: str,
    ci: str,
    workers: str,
    code: int,
) -> None:
    run = run_pytest(tmp_path, SKIPPING.format(skip=skip), "-n", workers, CI=ci)
    assert run.returncode == code, run.stdout
    assert ("FAILED with CI set" in run.stdout) == (code == 1)
    assert ("1 skipped" in run.stdout) == (skip != "pass")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_whole_module_that_is_skipped_counts_too(tmp_path: Path, workers: str) -> None:
    text = "import pytest\npytest.skip('not installed: nginx', allow_module_level=True)\n"
    run = run_pytest(tmp_path, text, "-n", workers, CI="1")
    assert run.returncode == 1, run.stdout
    assert "1 x not installed: nginx" in run.stdout
