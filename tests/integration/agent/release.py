"""What a release of this checkout carries, and a wheelhouse with all that it needs on this
machine.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.integration.agent import stubs
from tests.surroundings import ROOT, TOOLS, online

COMMITTED = ROOT / "resources" / "gitops-ci"
LOCK = ROOT / "requirements" / "package.txt"


def build(folder: Path) -> Path:
    """Build the wheel of the checkout and write what the library carries with it; return that
    folder.
    """
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    return stubs.carry(folder / "carried", wheel, LOCK.read_text())


def wheelhouse(lock: str) -> Path:
    """Return a folder with the packages of a lock for this Python, downloaded once and kept in
    .tools.
    """
    python = f"{sys.implementation.cache_tag}-{sys.platform}"
    folder = TOOLS / "wheels" / f"{python}-{hashlib.sha256(lock.encode()).hexdigest()[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.exists():
            _download(lock, folder)
        os.utime(folder)  # what is not used for long is cleared away
    return folder


def _download(lock: str, folder: Path) -> None:
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    (unfinished / "requirements.txt").write_text(lock)
    _pip(
        "download",
        "--require-hashes",
        "--no-deps",
        "--dest",
        str(unfinished),
        "--requirement",
        f"{unfinished}/requirements.txt",
    )
    unfinished.rename(folder)


def _pip(*words: str) -> str:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(
        command, env=online(), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
