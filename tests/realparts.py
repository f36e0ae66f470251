"""The real parts that tests run against, and the skip where one is missing."""

import functools
import re
import shutil
import subprocess
from pathlib import Path

import pytest

# Parts that a machine which runs with CI set has to have: there, a skip that names one of them is a
# failure.
LISTED = (
    "buildah",
    "chromedriver",
    "chromium",
    "docker",
    "docker-registry",
    "dockerd",
    "fcgiwrap",
    "git http-backend",
    "gpg",
    "helm",
    "helm-batch",
    "java",
    "mvn",
    "nginx",
    "podman",
    "sample-app",
    "skopeo",
    "ssh",
    "ssh-keygen",
    "sshd",
    "yq",
)
_NAMED = re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(LISTED, key=len, reverse=True))})(?![\w-])")


def need(*programs: str) -> None:
    """Skip the test (or, at the top of a module, all of its tests) unless every program is
    installed.
    """
    missing = [program for program in programs if not installed(program)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}", allow_module_level=True)


def need_git(*version: int) -> None:
    """Skip the test unless Git is of this version or newer: what it tries, an older one that is
    promised can't do.
    """
    printed = _printed("git", "--version")
    found = tuple(int(number) for number in re.findall(r"\d+", printed)[: len(version)])
    if found < version:
        pytest.skip(f"{printed.strip()} is older than {'.'.join(map(str, version))}")


@functools.cache
def installed(program: str) -> bool:
    """Tell whether a program can be run; ``git http-backend`` stands for the part of Git that
    serves HTTP.
    """
    if program == "git http-backend":
        return Path(_printed("git", "--exec-path").strip(), "git-http-backend").exists()
    if program == "yq":  # another program of that name has another language
        return "mikefarah" in _printed("yq", "--version")
    return shutil.which(program) is not None


def listed_part(reason: str) -> str | None:
    """Return the listed part that the reason of a skip names."""
    match = _NAMED.search(reason)
    return match.group() if match else None


def _printed(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout
