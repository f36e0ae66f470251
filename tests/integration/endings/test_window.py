"""A signal between the start of a child process and whatever waits for it leaves neither the child
nor a file behind.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.endings.tries import calls
from tests.surroundings import ROOT

PROGRAMS = ("git", "gpg", "podman", "helm", "docker-credential-tries")
SLEEPS = "#!/bin/sh\nexec sleep 600\n"


# one that is waited for by its pipes, one by looking; the others are ways to the same room
QUICK = {("git", signal.SIGTERM), ("engine", signal.SIGINT)}
# beside every line of the way, which is always tried: how often anywhere behind it
FEW, MANY = 40, 200
CASES = [
    *(pytest.param(call, number, FEW) for call, number in sorted(QUICK)),
    *(
        pytest.param(call, number, MANY, marks=pytest.mark.slow)
        for call in sorted(calls(Path()))
        for number in (signal.SIGTERM, signal.SIGINT)
        if number == signal.SIGTERM or call in {"git", "engine"}
    ),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a folder with a temporary folder of its own, and with programs that never end."""
    for name in ("bin", "tmp", "work"):
        (tmp_path / name).mkdir()
    for name in PROGRAMS:
        program = tmp_path / "bin" / name
        program.write_text(SLEEPS)
        program.chmod(0o755)
    return tmp_path


def left_behind(place: Path) -> list[str]:
    """Return what goes on running of all that had the folder's programs on its PATH.

    What was killed has to be gone from the table too, for which a busy machine takes its time;
    what was left runs for minutes.
    """
    running = _running(place)
    for _ in range(100):
        if running:
            time.sleep(0.1)
            running = _running(place)
    return running


def _running(place: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(place).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.parametrize(("call", "number", "tries"), CASES)
def test_nothing_is_left_at_any_line_of_the_way(
    call: str, number: signal.Signals, tries: int, place: Path
) -> None:
    environ = os.environ | {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "TMPDIR": str(place / "tmp"),
    }
    command = [
        sys.executable,
        "-m",
        "tests.integration.endings.tries",
        call,
        number.name,
        str(place / "work"),
        str(tries),
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 30, "the way was not followed"
    assert left_behind(place) == []
    assert list((place / "tmp").iterdir()) == []
