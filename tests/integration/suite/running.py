"""Runs pytest as a process of its own on one test module, with the plugins of the suite."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.surroundings import ROOT

PLUGINS = ("tests.conftest",)


def command(folder: Path, text: str, *words: str, plugins: Sequence[str] = PLUGINS) -> list[str]:
    """Write the module into a folder and return what runs it there."""
    (folder / "test_sample.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    named = [word for plugin in (*plugins, "no:cacheprovider") for word in ("-p", plugin)]
    return [sys.executable, "-m", "pytest", *named, *words, "."]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a run that knows nothing of the one it is started by."""
    own = ("PYTEST_", "CI")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return outside | {"PYTHONPATH": str(ROOT)} | variables


def run_pytest(
    folder: Path, text: str, *words: str, plugins: Sequence[str] = PLUGINS, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the module; standard error comes with the output."""
    return subprocess.run(
        command(folder, text, *words, plugins=plugins),
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def alive(number: str) -> bool:
    """Tell whether a process is there and no zombie, which some machines never take away."""
    try:
        return bool(number) and bool(Path(f"/proc/{number}/cmdline").read_bytes())
    except OSError:
        return False
