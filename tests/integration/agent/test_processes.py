"""The processes of an installation end with it, and with all that they have started."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from installer import processes
from installer.words import Problem

# starts a child that would outlive it, says which one, and waits for both
PARENT = """
import subprocess, sys
child = subprocess.Popen(["sleep", "600"])
open(sys.argv[1], "w").write(str(child.pid))
child.wait()
"""


def gone(file: Path) -> bool:
    """Tell whether the process whose number is in a file ends, within bounds."""
    process = int(file.read_text())
    end = time.monotonic() + 60
    while _alive(process) and time.monotonic() < end:
        time.sleep(0.01)
    return not _alive(process)


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_what_a_process_is_told_and_prints_is_passed_on() -> None:
    code = "import sys; print(sys.stdin.read().upper()); print('and', file=sys.stderr); sys.exit(3)"
    ended = processes.run(sys.executable, "-c", code, environment=os.environ, told="é words")
    assert (ended[0], sorted(ended[1].splitlines())) == (3, ["and", "É WORDS"])


def test_a_process_that_reads_nothing_is_no_failure() -> None:
    assert processes.run("true", environment=os.environ, told="x" * 60_000) == (0, "")


def test_a_process_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LONGEST", 0.0)
    with pytest.raises(Problem, match="sleep did not end within 0 minutes"):
        processes.run("sleep", "600", environment=os.environ)


def test_a_signal_ends_the_process_and_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "child"

    class Signals(list[int]):
        """The signals that were noted: one, as soon as the child is there."""

        def __bool__(self) -> bool:
            return file.exists() and bool(file.read_text())

    monkeypatch.setattr(processes, "_signals", Signals([signal.SIGTERM]))
    with pytest.raises(processes.Ended) as ended:
        processes.run(sys.executable, "-c", PARENT, str(file), environment=os.environ)
    assert ended.value.number == signal.SIGTERM
    assert gone(file)
