"""Runs the measurements one after the other, prints the tables, and keeps those of a full run in
docs/benchmarks.md.
"""

import argparse
import datetime
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.performance import (
    agents,
    histories,
    machine,
    page,
    promotion_job,
    promotions,
    races,
    scaffolds,
    start_up,
    tiers,
    updates,
    waiting,
)
from tests.performance.sizes import FULL, QUICK
from tests.performance.stage import USERS, Stage
from tests.performance.table import Table
from tests.realparts import installed
from tests.run_folder import RunFolder
from tests.servers import git_http, registry
from tests.surroundings import ROOT, isolate

PAGE = ROOT / "docs" / "benchmarks.md"
PARTS = (
    "git",
    "git http-backend",
    "nginx",
    "fcgiwrap",
    "docker-registry",
    "yq",
    "helm",
    "curl",
    "jq",
)
SECTIONS: dict[str, Callable[[Stage], Iterator[Table]]] = {
    "updates": updates.measure,
    "histories": histories.measure,
    "promotions": promotions.measure,
    "races": races.measure,
    "promotion_job": promotion_job.measure,
    "waiting": waiting.measure,
    "scaffolds": scaffolds.measure,
    "agents": agents.measure,
    "start_up": start_up.measure,
    "tiers": tiers.measure,
}
_INTRODUCTION = """\
# Benchmarks

Written by `make bench`, which replaces this page (`--only SECTION`: that section of it). All sides of a comparison ran on the
machine below, in turns, every run cold: an empty folder, a repository that was never seen, the same Git server (nginx and
`git http-backend` over smart HTTP with basic authentication, on loopback). Times are medians of wall time with the shortest and
the longest run in brackets; CPU is that of the client with all its children; bytes are counted at the Git server, in both
directions. Ratios carry over to other machines, seconds do not.
"""


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for and return the exit code."""
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the web server may run as another user
        _isolate(RunFolder(folder))
        missing = [part for part in PARTS if not installed(part)]
        if missing:
            sys.stderr.write(
                f"not installed: {', '.join(missing)}; `make system-packages go-tools` "
                "brings them\n"
            )
            return 1
        day = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
        facts = [("Date", day), *machine.description(folder)]
        sys.stdout.write(page.listed(facts) + "\n")
        sections = _measured(folder, asked)
    if not asked.quick:
        _write(facts, sections, alone=bool(asked.only))
    return 0


def _write(facts: page.Facts, sections: Mapping[str, str], *, alone: bool) -> None:
    if alone and PAGE.exists():
        text = page.replaced(PAGE.read_text(encoding="utf-8"), facts, sections, list(SECTIONS))
    else:
        text = page.whole(_INTRODUCTION, facts, sections)
    PAGE.write_text(text, encoding="utf-8")
    sys.stderr.write(f"written: {PAGE.relative_to(ROOT)}\n")


def _isolate(folder: RunFolder) -> None:
    """Keep the machine's settings away, and those of Python: as installed, the program is compiled
    once, not at every start.
    """
    folder.home.mkdir()
    folder.temporary.mkdir()
    isolate(folder)
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        del os.environ[name]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="small sizes, one round: only shows that the measurements work",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=SECTIONS,
        help="one section (repeatable), replaced on the page by itself",
    )
    return parser


def _measured(folder: Path, asked: argparse.Namespace) -> dict[str, str]:
    """Return what was measured as Markdown, by section."""
    root = folder / "repositories"
    root.mkdir()
    found = {}
    with git_http.serve(root, users=USERS) as server, registry.serve() as images:
        stage = Stage(root, server, images, QUICK if asked.quick else FULL)
        for name in asked.only or SECTIONS:
            sys.stderr.write(f"measuring {name} ...\n")
            tables = []
            for table in SECTIONS[name](stage):
                tables.append(table.markdown())
                sys.stdout.write(tables[-1] + "\n")
                sys.stdout.flush()
            found[name] = "\n".join(tables)
    return found
