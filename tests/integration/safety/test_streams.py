"""What goes to stdout is there before what goes to stderr after it: in a log that holds both, the
order tells the story.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.surroundings import ROOT

PACKAGE = ROOT / "gitops_ci"
# what docker asks as a credential helper is answered by a process of its own, which says nothing on
# stderr
MAY_WRITE = {
    PACKAGE / "__main__.py",  # the version, which it flushes itself
    PACKAGE / "report" / "form" / "output.py",
    PACKAGE / "adapters" / "engines" / "helper.py",
}


def test_a_log_of_both_streams_shows_the_difference_before_the_word_that_it_was_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "values.yaml").write_text("tag: v1\n", encoding="utf-8")
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    log = subprocess.run(
        [sys.executable, "-m", "gitops_ci", "values", "set", "values.yaml", "tag=v2"],
        cwd=tmp_path,
        env=buffered,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert log.splitlines()[-2:] == ["+tag: v2", "values.yaml: changed"]


def test_one_function_writes_to_stdout_because_it_flushes() -> None:
    writing = {
        file for file in PACKAGE.rglob("*.py") if "stdout.write" in file.read_text(encoding="utf-8")
    }
    assert writing == MAY_WRITE
