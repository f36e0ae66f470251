"""`make bench` still works; what it measures is not looked at.

`make test` measures the start of the program alone. What the slow tier adds is every other section:
they run the same commands as other tests, with servers of their own, for up to a minute each.
"""

import re
import subprocess
import sys

import pytest

from tests.performance.running import PARTS, SECTIONS
from tests.realparts import need
from tests.surroundings import ROOT

BENCH = ROOT / "tests" / "performance" / "bench.py"
PAGE = ROOT / "docs" / "benchmarks.md"
QUICK = "start_up"
HEADINGS = {
    "updates": ["One update of one application"],
    "histories": [
        "One update, by the length of the history",
        "Operations that read the ledger",
        "What shows the ledger",
        "What proves the ledger",
        "Where one operation is pushed",
    ],
    "promotions": ["One promotion with every gate", "6 applications promoted at once"],
    "races": ["3 updates at once"],
    "promotion_job": ["The promotion job, when nothing differs"],
    "waiting": [
        "How long a wait goes on after the application is Healthy",
        "A wait of 2 s",
        "Waiting for 2 applications",
    ],
    "scaffolds": ["A new repository"],
    "agents": ["The script around the program on an agent"],
    "start_up": ["Start", "What a plain update imports"],
    "tiers": ["The tests"],
}
SLOW_SECTIONS = [pytest.param(name, marks=pytest.mark.slow) for name in SECTIONS if name != QUICK]


@pytest.mark.parametrize("section", [QUICK, *SLOW_SECTIONS])
def test_a_quick_section_has_its_tables_and_leaves_the_page_alone(section: str) -> None:
    need(*PARTS)
    kept = PAGE.read_bytes()
    command = [sys.executable, str(BENCH), "--quick", "--only", section]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert finished.returncode == 0, finished.stderr
    tables = dict(re.findall(r"^## (.*)\n((?:(?!## ).*\n)*)", finished.stdout, re.MULTILINE))
    assert list(tables) == HEADINGS[section]
    for heading, text in tables.items():
        assert measured(text), f"{heading}: nothing was measured\n{text}"
    assert PAGE.read_bytes() == kept


def test_every_section_is_tried() -> None:
    assert HEADINGS.keys() == SECTIONS.keys()


def measured(text: str) -> list[str]:
    """Return the rows of a section's table, which come below its names and a line."""
    return [line for line in text.splitlines() if line.startswith("|")][2:]
