"""scripts/make_venv.sh installs what is locked, by its hash, and fetches nothing else; where that
is done it does nothing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.surroundings import ROOT

pytestmark = pytest.mark.slow  # makes environments, and starts pip twenty times

# a project that builds itself: what it installs is not what is tried
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """\
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None, name="thing"):
    file = f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{file}", "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n")
        wheel.writestr(f"{name}-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{name}-1.dist-info/RECORD", "")
    return file
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout whose locks are empty."""
    folder = tmp_path / "checkout"
    shutil.copytree(
        ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "requirements").mkdir()
    for name in ("build", "package", "dev"):
        (folder / "requirements" / f"{name}.txt").write_text("# nothing\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (folder / "backend.py").write_text(BACKEND, encoding="utf-8")
    return folder


def wheels(folder: Path, name: str) -> Path:
    """Put the wheel of a package into the folder that packages come from."""
    (folder / "wheels").mkdir()
    built: dict[str, Any] = {}
    exec(BACKEND, built)
    return folder / "wheels" / str(built["build_editable"](folder / "wheels", name=name))


def make(folder: Path, level: str) -> subprocess.CompletedProcess[str]:
    """Call the script where packages come from one folder alone."""
    environment = {
        **os.environ,
        "PYTHON": sys.executable,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder / "wheels"),
    }
    return subprocess.run(
        ["sh", "scripts/make_venv.sh", level],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_what_is_installed_already_is_left_alone_until_a_lock_changes(checkout: Path) -> None:
    first = make(checkout, "dev")
    assert first.returncode == 0, first.stderr
    assert (checkout / ".venv").is_dir()
    assert list((checkout / ".venv" / "lib").glob("python3.*/site-packages/thing.py"))
    for level in ("dev", "package"):  # all of "dev" is more than the package
        assert make(checkout, level).stdout == ""
    (checkout / "requirements" / "dev.txt").write_text("# nothing else\n", encoding="utf-8")
    assert "installing the package" in make(checkout, "dev").stdout


def test_what_has_another_hash_is_refused_and_what_was_begun_is_made_anew(checkout: Path) -> None:
    wheel = wheels(checkout, "other")
    lock = checkout / "requirements" / "package.txt"
    lock.write_text(
        f"other==1 --hash=sha256:{hashlib.sha256(b'other').hexdigest()}\n", encoding="utf-8"
    )
    refused = make(checkout, "package")
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    lock.write_text(
        f"other==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n",
        encoding="utf-8",
    )
    mended = make(checkout, "package")
    assert mended.returncode == 0, mended.stderr
    assert "making .venv" in mended.stdout
    assert list((checkout / ".venv" / "lib").glob("python3.*/site-packages/other.py"))
