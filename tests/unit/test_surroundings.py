"""The tests see neither the machine's settings nor the user's, and a missing part does not go unnoticed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.realparts import installed, listed_part
from tests.surroundings import ROOT, scrubbed

SKIPPING = """
import pytest
from tests.realparts import need

def test_runs():
    pass

def test_with_a_missing_part():
    {skip}
"""


def test_variables_of_jenkins_git_proxies_and_registries_are_dropped_and_others_kept():
    foreign = [
        "GIT_DIR",
        "GITOPS_CI_DRY_RUN",
        "BUILD_NUMBER",
        "BRANCH_NAME",
        "CHANGE_ID",
        "JENKINS_URL",
        "https_proxy",
        "NO_PROXY",
    ]
    foreign += ["DOCKER_CONFIG", "XDG_CONFIG_HOME", "LC_ALL", "WORKSPACE", "SSH_AUTH_SOCK", "PYTHONUNBUFFERED"]
    assert scrubbed(dict.fromkeys([*foreign, "PATH", "PIP_CERT", "CI"], "x")) == {"PATH": "x", "PIP_CERT": "x", "CI": "x"}


def test_git_knows_an_author_and_nothing_of_the_user():
    told = subprocess.run(
        ["git", "config", "--list", "--show-origin"], capture_output=True, text=True, check=True, cwd="/"
    ).stdout
    assert "user.email=tess@example.com" in told
    assert {line.split("\t")[0] for line in told.splitlines()} == {f"file:{os.environ['HOME']}/.gitconfig"}


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("not installed: podman", "podman"),
        ("not installed: tmux, git http-backend", "git http-backend"),
        ("dockerd does not start here", "dockerd"),
        ("docker-registry is too old", "docker-registry"),
        ("not installed: docker-compose", None),
        ("not installed: firefox", None),
        ("goes only with a terminal", None),
    ],
)
def test_the_reason_of_a_skip_is_searched_for_listed_parts(reason: str, part: str | None):
    assert listed_part(reason) == part


def test_a_program_that_does_not_exist_is_not_installed():
    assert installed("git")
    assert not installed("no-such-program")


@pytest.mark.parametrize(
    ("skip", "ci", "workers", "code"),
    [
        ("pytest.skip('not installed: podman')", "1", "0", 1),
        ("pytest.skip('not installed: podman')", "true", "2", 1),
        ("pytest.skip('not installed: podman')", "", "0", 0),
        ("pytest.skip('not installed: podman')", "false", "0", 0),
        ("need('no-such-program')", "1", "0", 0),
        ("pass", "1", "0", 0),
    ],
)
def test_with_ci_set_a_skip_of_a_listed_part_fails_the_run(tmp_path: Path, skip: str, ci: str, workers: str, code: int):
    run = run_pytest(tmp_path, SKIPPING.format(skip=skip), ci, workers)
    assert run.returncode == code, run.stdout + run.stderr
    assert ("FAILED with CI set" in run.stdout) == (code == 1)
    assert ("1 skipped" in run.stdout) == (skip != "pass")


def test_a_whole_module_that_is_skipped_counts_too(tmp_path: Path):
    text = "import pytest\npytest.skip('not installed: nginx', allow_module_level=True)\n"
    for workers in ("0", "2"):
        run = run_pytest(tmp_path, text, "1", workers)
        assert run.returncode == 1, run.stdout + run.stderr
        assert "1 x not installed: nginx" in run.stdout


def run_pytest(folder: Path, text: str, ci: str, workers: str) -> subprocess.CompletedProcess[str]:
    """Run pytest as a process of its own on one test module, with the plugin under test."""
    (folder / "test_sample.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-n", workers, "."]
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    environ = outside | {"PYTHONPATH": str(ROOT), "CI": ci}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False)
