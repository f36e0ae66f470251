"""Finds the Pythons of this machine: on PATH, below pyenv, and those that uv knows."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from scripts.matrix.plan import Python, numbers
from scripts.matrix.uv import uv

_PROBE = (
    "import sys; print(sys.version.split()[0]); print(getattr(sys, '_base_executable', '') or "
    "sys.executable)"
)


def find(series: str) -> Python | None:
    """Return an interpreter of a series (``3.12``)."""
    for candidate in _candidates(series):
        if (found := probed(candidate)) and found.series == series:
            return found
    return None


def probed(program: str) -> Python | None:
    """Return what an interpreter says of itself, None where it does not run."""
    try:
        done = subprocess.run(
            [program, "-c", _PROBE], capture_output=True, text=True, timeout=60, check=False
        )
    except OSError:
        return None
    version, _, path = done.stdout.partition("\n")
    return Python(version, path.strip()) if done.returncode == 0 and path.strip() else None


def _candidates(series: str) -> Iterator[str]:
    if on_path := shutil.which(f"python{series}"):
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions = sorted(
        pyenv.glob(f"versions/{series}.*"), key=lambda folder: numbers(folder.name), reverse=True
    )
    yield from (str(folder / "bin" / f"python{series}") for folder in versions)
    known = uv("python", "find", "--no-project", "--system", series)
    if known.returncode == 0:
        yield known.stdout.strip()
