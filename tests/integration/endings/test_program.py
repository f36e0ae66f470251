"""The program, ended just when it has started another one: exit code and result say so, and nothing
goes on or stays.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.endings.test_window import left_behind

ENDS_ITS_PARENT = """#!/bin/sh
kill -{name} $PPID
exec sleep 600
"""
ENDINGS = [
    (signal.SIGTERM, None, 143, "terminated"),
    (signal.SIGINT, None, 130, "interrupted"),
    (
        signal.SIGTERM,
        signal.SIGINT,
        143,
        "terminated",
    ),  # a shell's background job, as Jenkins' sh step starts it
]
COMMANDS = {
    "git": ["status", "--repo", "https://git.example.com/shop.git"],
    "podman": ["doctor"],
}
CASES = [
    *(pytest.param(program, *ending, 10) for program in COMMANDS for ending in ENDINGS),
    *(pytest.param("git", *ending, 200, marks=pytest.mark.slow) for ending in ENDINGS),
    pytest.param("podman", *ENDINGS[0], 200, marks=pytest.mark.slow),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("bin", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def run(
    place: Path, program: str, sent: signal.Signals, ignored: signal.Signals | None = None
) -> tuple[int, str]:
    """Run a command whose ``program`` sends its parent a signal and sleeps; return exit code and
    output.
    """
    file = place / "bin" / program
    file.write_text(ENDS_ITS_PARENT.format(name=sent.name.removeprefix("SIG")))
    file.chmod(0o755)
    environ = os.environ | {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "TMPDIR": str(place / "tmp"),
    }
    command = [
        sys.executable,
        "-m",
        "gitops_ci",
        *COMMANDS[program],
        "--result-file",
        str(place / "result.json"),
    ]
    if ignored:  # a shell hands its children what it ignores
        command = [
            "sh",
            "-c",
            f"trap '' {ignored.name.removeprefix('SIG')}; exec \"$@\"",
            "sh",
            *command,
        ]
    process = subprocess.Popen(
        command,
        cwd=place,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, output


@pytest.mark.parametrize(("program", "sent", "ignored", "code", "category", "tries"), CASES)
def test_nothing_goes_on_after_the_program(
    place: Path,
    program: str,
    sent: signal.Signals,
    ignored: signal.Signals | None,
    code: int,
    category: str,
    tries: int,
) -> None:
    for _ in range(tries):
        ended, output = run(place, program, sent, ignored)
        assert ended == code, output
        assert "Traceback" not in output
        assert json.loads((place / "result.json").read_text())["category"] == category
        assert list((place / "tmp").iterdir()) == []
    assert left_behind(place) == []


def test_nohup_is_obeyed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGHUP that came in ignored does not end the program: its git is ended at the time limit."""
    monkeypatch.setenv("GITOPS_CI_TIMEOUT", "2s")
    ended, output = run(place, "git", signal.SIGHUP, signal.SIGHUP)
    assert ended == 4, output
    assert left_behind(place) == []
