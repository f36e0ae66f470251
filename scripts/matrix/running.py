"""Runs the tests of a row and counts them."""

import os
import subprocess
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from scripts.matrix import environments
from scripts.matrix.plan import Row
from scripts.matrix.uv import ROOT

LIMIT = 3600  # seconds for a row: so that a hung test does not hang the matrix


class Outcome(msgspec.Struct, frozen=True):
    """How a row ended; ``log`` is a file that holds all of it."""

    row: Row
    passed: int
    failed: int
    skipped: int
    seconds: float
    log: Path
    fault: str = ""

    @property
    def good(self) -> bool:
        """Tell whether tests ran and none failed."""
        return not self.fault and self.failed == 0 and self.passed > 0


def run(row: Row, log: Path, workers: str) -> Outcome:
    """Run the tests of a row in an environment that is removed again."""
    begin = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    counts, fault = (0, 0, 0), ""
    with tempfile.TemporaryDirectory(prefix="gitops-ci-matrix-") as name:
        folder = Path(name)
        try:
            interpreter = environments.make(folder / "venv", row.python.path, row.libraries)
            code = _pytest(row, interpreter, folder / "results.xml", log, workers)
            counts = counted(folder / "results.xml")
            fault = "" if code == 0 or counts[1] else f"pytest ended with code {code}"
        except environments.NotMadeError as error:
            log.write_text(f"{error}\n", encoding="utf-8")
            fault = "its libraries can't be installed"
        except subprocess.TimeoutExpired:
            fault = f"not done after {LIMIT // 60} minutes"
    return Outcome(row, *counts, time.monotonic() - begin, log, fault)


def counted(results: Path) -> tuple[int, int, int]:
    """Return how many tests passed, failed and were skipped, of a file in JUnit's form."""
    if not results.exists():
        return 0, 0, 0
    suites = list(ElementTree.parse(results).iter("testsuite"))  # noqa: S314 - pytest wrote it a moment ago
    total, failures, errors, skipped = (
        sum(int(suite.get(name, "0")) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    return total - failures - errors - skipped, failures + errors, skipped


def _pytest(row: Row, interpreter: Path, results: Path, log: Path, workers: str) -> int:
    options = ["-n", workers, "-m", "not slow", "-p", "no:cacheprovider"]
    options += [f"--junit-xml={results}", f"--basetemp={results.parent / 'tests'}"]
    with log.open("wb") as output:
        done = subprocess.run(
            [str(interpreter), "-m", "pytest", *options, *row.tests],
            cwd=ROOT,
            env=environment(row, dict(os.environ)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
            check=False,
        )
    return done.returncode


def environment(row: Row, outside: dict[str, str]) -> dict[str, str]:
    """Return the environment of a row: its Git comes first, and no missing part is a failure."""
    kept = {
        name: value
        for name, value in outside.items()
        if name not in {"CI", "VIRTUAL_ENV", "PYTEST_ADDOPTS"}
    }
    if row.git.folder:
        kept["PATH"] = os.pathsep.join([row.git.folder, kept.get("PATH", os.defpath)])
    return kept
