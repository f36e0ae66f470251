"""`make bench` still works; what it measures is not looked at."""

import subprocess
import sys

from tests.realparts import need
from tests.surroundings import ROOT


def test_the_quick_benchmark_runs_every_section_and_leaves_the_page_alone():
    need("nginx", "fcgiwrap", "git http-backend", "docker-registry", "yq", "helm", "curl", "jq")
    page = ROOT / "docs" / "benchmarks.md"
    kept = page.read_bytes() if page.exists() else None
    command = [sys.executable, str(ROOT / "tests" / "performance" / "bench.py"), "--quick"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert finished.returncode == 0, finished.stderr
    headings = [line for line in finished.stdout.splitlines() if line.startswith("## ")]
    assert headings == [
        "## One update of one application",
        "## One update, by the length of the history",
        "## Operations that read the ledger",
        "## What shows the ledger",
        "## What proves the ledger",
        "## One promotion with every gate",
        "## 6 applications promoted at once",
        "## 3 updates at once",
        "## The promotion job, when nothing differs",
        "## How long a wait goes on after the application is Healthy",
        "## A wait of 2 s",
        "## Waiting for 2 applications",
        "## A new repository",
        "## The script around the program on an agent",
        "## Start",
        "## What a plain update imports",
    ]
    assert (page.read_bytes() if page.exists() else None) == kept
