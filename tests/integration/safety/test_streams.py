"""What goes to stdout is there before what goes to stderr after it: in a log that holds both, the
order tells the story.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surroundings import ROOT

PACKAGE = ROOT / "gitops_ci"
# what docker asks as a credential helper is answered by a process of its own, which says nothing on
# stderr
MAY_WRITE = {
    PACKAGE / "report" / "formats" / "output.py",
    PACKAGE / "adapters" / "container_engines" / "helper.py",
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


def command(place: Path, redirection: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program with a redirection of the shell, as in ``>&-``."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "gitops_ci", *words],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "said"),
    [
        (">/dev/full", "the result can't be printed: No space left on device"),
        (">&-", ""),
        ("<&-", ""),
        (">&- 2>&-", ""),
    ],
)
def test_a_stdout_that_takes_nothing_changes_nothing_in_how_it_ended(
    tmp_path: Path, redirection: str, said: str
) -> None:
    (tmp_path / "values.yaml").write_text("tag: v1\n")
    words = ("values", "set", "values.yaml", "tag=v2", "--result-file", "result.json")
    ended = command(tmp_path, redirection, *words)
    assert ended.returncode == 0, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "defect" not in ended.stderr
    document = json.loads((tmp_path / "result.json").read_text())
    assert document["ok"]
    assert (tmp_path / "values.yaml").read_text() == "tag: v2\n"


@pytest.mark.parametrize("words", [("--version",), ("--help",)])
def test_a_text_that_a_full_disk_does_not_take_is_told(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = command(tmp_path, ">/dev/full", *words)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0].endswith("stdout can't be written: the disk is full")
    assert "Traceback" not in ended.stderr
