"""Finds the oldest Git that is promised to do, and builds it where its source is given."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from scripts.matrix.plan import Git

# what the tests do not need, and what would need more libraries
_WITHOUT = (
    "NO_PERL",
    "NO_PYTHON",
    "NO_TCLTK",
    "NO_GETTEXT",
    "NO_EXPAT",
    "NO_OPENSSL",
    "NO_INSTALL_HARDLINKS",
)


class NotBuiltError(Exception):
    """Git could not be built; says why."""


def version_of(folder: str = "") -> str:
    """Return the version of the Git in a folder, or of the one on PATH; empty where there is
    none.
    """
    program = os.path.join(folder, "git") if folder else "git"
    try:
        told = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=60, check=False
        ).stdout
    except OSError:
        return ""
    found = re.search(r"\d+(\.\d+)+", told)
    return found.group() if found else ""


def oldest(version: str, cache: Path, source: str) -> Git:
    """Return the Git of a version (``2.31.0``), built from a repository of its source; raises
    NotBuiltError.
    """
    place = cache / f"git-{version}"
    if version_of(str(place / "bin")) != version:
        if not source:
            raise NotBuiltError(
                "no package source has it; MATRIX_ARGS='--git-source REPOSITORY' builds it "
                "from Git's own repository"
            )
        _build(version, source, place)
    return Git(version, str(place / "bin"))


def _build(version: str, source: str, place: Path) -> None:
    missing = [program for program in ("cc", "make") if shutil.which(program) is None]
    if missing:
        raise NotBuiltError(f"not installed: {', '.join(missing)}")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="gitops-ci-git-") as name:
        _do(
            [
                "git",
                "clone",
                "--quiet",
                "--depth",
                "1",
                "--branch",
                f"v{version}",
                "--",
                source,
                name,
            ]
        )
        options = [
            *(f"{option}=1" for option in _WITHOUT),
            "CURL_LDFLAGS=-lcurl",
            f"prefix={place}",
        ]
        _do(["make", "-C", name, "-s", f"-j{os.cpu_count() or 1}", *options, "install"])
    if not (place / "libexec" / "git-core" / "git-remote-http").exists():
        shutil.rmtree(place)
        raise NotBuiltError(
            "it would not speak HTTP: libcurl's headers are missing (Debian: libcurl4-openssl-dev)"
        )


def _do(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=1800, check=False
    )
    if done.returncode:
        faults = [
            line
            for line in done.stderr.splitlines()
            if "error" in line.lower() or "fatal" in line.lower()
        ]
        raise NotBuiltError((faults or done.stderr.splitlines() or ["no word why"])[0].strip())
