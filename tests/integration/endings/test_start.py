"""Ctrl-C while the program is being loaded: Python's own handler would show a traceback of imports."""

import signal
import subprocess
import sys

import pytest

from tests.surroundings import ROOT

# runs the program, and sends it SIGINT where it imports a module for the first time
SENDS = """
import importlib.abc, os, runpy, signal, sys

wanted = sys.argv.pop(1)
sys.argv += ["status", "--help"]

class Sender(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Sender())
runpy.run_module("gitops_ci", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("gitops_ci.base", -signal.SIGINT),
        ("gitops_ci.base.interrupts", -signal.SIGINT),
        ("gitops_ci.cli", 130),
        ("gitops_ci.cli.status", 130),
    ],
)
def test_ctrl_c_shows_no_traceback_wherever_it_comes(module: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SENDS, module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
