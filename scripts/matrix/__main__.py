"""`make test-matrix`: runs every row that this machine allows, and says what was not tried; what is
missing is no failure.
"""

import argparse
import os
import re
import signal
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from gitops_ci.usecases.doctor.machine import OLDEST_GIT
from scripts.matrix import gits, pythons, table
from scripts.matrix.debian import Debian, UnavailableError
from scripts.matrix.plan import Gap, Git, Python, rows
from scripts.matrix.running import Outcome, run
from scripts.matrix.uv import ROOT

LOGS = ROOT / "build" / "matrix"


def main(arguments: Sequence[str]) -> int:
    """Run the matrix; returns 1 where a row failed or none could be run."""
    given = _parser().parse_args(arguments)
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gitops-ci" / "matrix"
    )
    found, others, gaps = gather(supported(), cache, given.git_source)
    planned = rows(found, Git(gits.version_of()), others)
    outcomes: list[Outcome] = []
    for number, row in enumerate(planned, 1):
        sys.stdout.write(
            f"{number}/{len(planned)}: Python {row.python.version}, {row.libraries}, Git "
            f"{row.git.version}\n"
        )
        sys.stdout.flush()
        log = LOGS / f"{row.python.series}-{row.libraries}-git-{row.git.version}.log"
        outcomes.append(run(row, log, given.workers))
    sys.stdout.write(f"\n{table.text(outcomes, gaps)}")
    return 0 if outcomes and all(outcome.good for outcome in outcomes) else 1


def supported() -> list[str]:
    """Return the Pythons that pyproject.toml names, as it names them: ``3.12``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    matches = (
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", name)
        for name in project["classifiers"]
    )
    return [match.group(1) for match in matches if match]


def gather(
    wanted: Sequence[str], cache: Path, git_source: str
) -> tuple[dict[str, Python], list[Git], list[Gap]]:
    """Return the Pythons by their series, the Gits besides the machine's own, and what is not to be
    had.
    """
    found = {series: python for series in wanted if (python := pythons.find(series))}
    missing = [series for series in wanted if series not in found]
    others, gaps = [], []
    oldest = ".".join(map(str, (*OLDEST_GIT, 0)))
    try:
        others.append(gits.oldest(oldest, cache, git_source))
    except gits.NotBuiltError as error:
        gaps.append(Gap(f"Git {oldest}, the oldest that is promised", str(error)))
    try:
        unpacked, newest = from_debian(missing, Debian(cache / "debian"))
        found |= unpacked
        others.append(newest)
    except UnavailableError as error:
        gaps.append(Gap("the newest Git", f"Debian's newest packages: {error}"))
    gaps += [
        Gap(
            f"Python {series}",
            "not on PATH, not below pyenv, not known to uv, not among Debian's newest packages",
        )
        for series in wanted
        if series not in found
    ]
    return found, others, gaps


def from_debian(series: Sequence[str], debian: Debian) -> tuple[dict[str, Python], Git]:
    """Return what Debian has of the Pythons, and its Git; raises UnavailableError."""
    debian.refresh()
    versions = debian.candidates(["git", *(f"python{each}" for each in series)])
    programs = debian.unpack(versions) / "usr" / "bin"
    found = {
        each: python
        for each in series
        if (python := pythons.probed(str(programs / f"python{each}")))
    }
    return found, Git(gits.version_of(str(programs)), str(programs))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make test-matrix MATRIX_ARGS=...", description=__doc__)
    parser.add_argument(
        "--git-source",
        metavar="REPOSITORY",
        default="",
        help="Git's own repository (a URL or a folder), to build the oldest promised version "
        "from; it is kept in the cache",
    )
    parser.add_argument("--workers", default="auto", help="as pytest's -n (default: %(default)s)")
    return parser


if __name__ == "__main__":
    for ended_by in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
    ):  # what is running is ended, and its folder removed
        signal.signal(ended_by, lambda number, _: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))
