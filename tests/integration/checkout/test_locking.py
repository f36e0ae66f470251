"""How the locks are written: by the pinned uv, on pip's index, all of them anew or single
packages.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surroundings import ROOT

# stands in for uv, which would ask an index: says what it was asked for and set to, and writes a
# lock
UV = """\
#!/bin/sh
echo "$*" >>"$HOME/asked"
echo "$UV_DEFAULT_INDEX" >>"$HOME/index"
while [ $# -gt 0 ]; do
	[ "$1" != --output-file ] || echo 'thing==1' >"$2"
	shift
done
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout in which uv has been fetched already."""
    folder = tmp_path / "checkout"
    shutil.copytree(
        ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / ".venv" / "bin").mkdir(parents=True)
    # not a link: Python would look for its packages beside the link, and pip may be nowhere else
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    (folder / "requirements").mkdir()
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "requirements" / "uv.txt", folder / "requirements")
    lock = (folder / "requirements" / "uv.txt").read_bytes()
    sums = subprocess.run(["cksum"], input=lock, capture_output=True, check=True).stdout.decode()
    uv = (
        tmp_path
        / ".cache"
        / "gitops-ci"
        / "tools"
        / f"uv-{sums.strip().replace(' ', '-')}"
        / "bin"
        / "uv"
    )
    uv.parent.mkdir(parents=True)
    uv.write_text(UV, encoding="utf-8")
    uv.chmod(0o755)
    return folder


def make_locks(folder: Path, *packages: str, **settings: str) -> list[str]:
    """Write the locks; returns what uv was asked for."""
    home = folder.parent
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    subprocess.run(
        ["sh", "scripts/make_locks.sh", *packages],
        cwd=folder,
        env={**kept, "HOME": str(home), "PIP_CONFIG_FILE": str(home / "pip.conf"), **settings},
        capture_output=True,
        timeout=120,
        check=True,
    )
    return (home / "asked").read_text(encoding="utf-8").splitlines()


def indexes(folder: Path) -> set[str]:
    return set((folder.parent / "index").read_text(encoding="utf-8").splitlines())


def test_all_locks_are_written_anew(checkout: Path) -> None:
    asked = make_locks(checkout)
    assert {file.stem for file in (checkout / "requirements").iterdir()} == {
        "build",
        "dev",
        "package",
        "uv",
    }
    assert all(
        "--universal --python-version 3.11 --generate-hashes --no-emit-index-url" in each
        for each in asked
    )
    assert all("--upgrade" in each.split() for each in asked)
    for each in asked[1:3]:
        assert "--constraint requirements/dev.txt" in each


def test_named_packages_are_renewed_alone(checkout: Path) -> None:
    asked = make_locks(checkout, "ruff", "mypy")
    for each in (asked[0], asked[3]):
        assert "--upgrade-package ruff --upgrade-package mypy" in each
        assert "--upgrade" not in each.split()


def test_packages_come_from_the_index_that_pip_is_set_to_and_its_password_is_in_no_argument(
    checkout: Path,
) -> None:
    (checkout.parent / "pip.conf").write_text(
        "[global]\nindex-url = https://ann:secret@packages.example.com/simple\n"
    )
    asked = make_locks(checkout)
    assert indexes(checkout) == {"https://ann:secret@packages.example.com/simple"}
    assert not any("secret" in each for each in asked)


def test_the_environment_decides_before_the_settings_file(checkout: Path) -> None:
    (checkout.parent / "pip.conf").write_text(
        "[global]\nindex-url = https://one.example.com/simple\n"
    )
    make_locks(checkout, PIP_INDEX_URL="https://two.example.com/simple")
    assert indexes(checkout) == {"https://two.example.com/simple"}
