"""The hooks of .pre-commit-config.yaml, installed as CONTRIBUTING.md says, look at files and
messages of a commit.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surroundings import ROOT

GOOD = "Add a file\n\nThe test needs one.\n"

# hook -> a file that it has to find, and no other hook
FAULTY = {
    "ruff": ("scripts/unused.py", '"""Imports what it does not use."""\n\nimport os\n'),
    "ruff-format": ("scripts/untidy.py", '"""Is not in its form."""\n\nNUMBERS = [1,2]\n'),
    "layers": (
        "gitops_ci/lower.py",
        '"""Imports what lies above it."""\n\nfrom gitops_ci import upper\n\nNAME = upper.__name__\n',
    ),
    "mypy": ("gitops_ci/untyped.py", '"""Has the wrong type."""\n\nNUMBER: int = "one"\n'),
    "shellcheck": ("scripts/unquoted.sh", "#!/bin/sh\nrm -rf $1\n"),
    "end-of-file": ("endless.md", "no line end"),
    "trailing-blanks": ("blanks.md", "blanks  \n"),
}
# for the few modules of the checkout; tests/integration/project tries the package's own contracts
LAYERS = """\
[tool.importlinter]
root_package = "gitops_ci"

[[tool.importlinter.contracts]]
name = "upper lies above lower"
type = "layers"
layers = ["gitops_ci.upper", "gitops_ci.lower"]

"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with the hooks switched on and the programs of the environment that runs
    this test.
    """
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    folder = tmp_path / "checkout"
    for name in (
        ".pre-commit-config.yaml",
        ".shellcheckrc",
        "pyproject.toml",
        "scripts/commit_message.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in (
        "gitops_ci/__init__.py",
        "gitops_ci/lower.py",
        "gitops_ci/upper.py",
        "scripts/__init__.py",
        "resources/gitops-ci/install.py",
        "tests/__init__.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text('"""Something to look at."""\n', encoding="utf-8")
    settings = (folder / "pyproject.toml").read_text(encoding="utf-8")
    before, rest = settings.split("[tool.importlinter]")
    after = rest[rest.index("[tool.ruff]") :]
    (folder / "pyproject.toml").write_text(before + LAYERS + after, encoding="utf-8")
    (folder / ".gitignore").write_text(".venv\n.*_cache\n", encoding="utf-8")
    (folder / ".venv").symlink_to(sys.prefix)
    git(folder, "init", "--quiet")
    installed = run(folder, ".venv/bin/pre-commit", "install")
    assert installed.returncode == 0, installed.stdout
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", "Begin")
    return folder


def stage(folder: Path, *files: tuple[str, str]) -> None:
    """Write files, each a name and its content, and put them into the index."""
    for name, content in files:
        (folder / name).write_text(content, encoding="utf-8")
    git(folder, "add", *(name for name, _ in files))


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def git(folder: Path, *arguments: str) -> str:
    done = run(folder, "git", *arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout


def commit(folder: Path, message: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "git", "commit", "--message", message)


def test_a_clean_commit_passes_every_hook(checkout: Path) -> None:
    stage(
        checkout,
        ("gitops_ci/number.py", '"""Knows a number."""\n\nNUMBER = 1\n'),
        ("page.md", "A page.\n"),
    )
    done = commit(checkout, GOOD)
    assert done.returncode == 0, done.stdout
    assert (done.stdout.count("Passed"), done.stdout.count("Skipped")) == (
        7,
        1,
    )  # there is no shell script


def test_a_message_without_a_reason_is_refused(checkout: Path) -> None:
    stage(checkout, ("page.md", "A page.\n"))
    done = commit(checkout, "Add a file")
    assert done.returncode == 1
    assert "commit message: a body is missing that says why" in done.stdout


def test_what_each_hook_finds_stops_the_commit(checkout: Path) -> None:
    stage(checkout, *FAULTY.values())
    done = commit(checkout, GOOD)
    assert done.returncode == 1
    assert re.findall("hook id: (.*)", done.stdout) == list(FAULTY)
