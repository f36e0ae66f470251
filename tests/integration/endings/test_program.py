"""The program, ended just when it has started another one: exit code and result say so, and nothing
goes on or stays.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.endings.test_window import left_behind
from tests.program import Run
from tests.surroundings import ROOT

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
FEW, MANY = 4, 200


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("bin", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def killer(place: Path, program: str, sent: signal.Signals) -> None:
    """Put a program into the folder that sends its parent a signal and sleeps."""
    file = place / "bin" / program
    file.write_text(ENDS_ITS_PARENT.format(name=sent.name.removeprefix("SIG")))
    file.chmod(0o755)


def environment(place: Path) -> dict[str, str]:
    return os.environ | {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "TMPDIR": str(place / "tmp"),
    }


def words_of(place: Path, program: str) -> list[str]:
    return [*COMMANDS[program], "--result-file", str(place / "result.json")]


def ignoring(ignored: signal.Signals | None, command: list[str]) -> list[str]:
    """Return a command that is started as a shell starts its children: with what it ignores."""
    if ignored is None:
        return command
    trap = f"trap '' {ignored.name.removeprefix('SIG')}; exec \"$@\""
    return ["sh", "-c", trap, "sh", *command]


def run(
    place: Path, program: str, sent: signal.Signals, ignored: signal.Signals | None = None
) -> tuple[int, str]:
    """Run a command whose ``program`` ends it; return exit code and output."""
    killer(place, program, sent)
    process = subprocess.Popen(
        ignoring(ignored, [sys.executable, "-m", "gitops_ci", *words_of(place, program)]),
        cwd=place,
        env=environment(place),
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


def run_again_and_again(
    place: Path, program: str, sent: signal.Signals, ignored: signal.Signals | None
) -> Iterator[tuple[int, str]]:
    """Yield exit code and output of one run after the other, as ``run`` returns them."""
    killer(place, program, sent)
    again = [sys.executable, "-m", "tests.integration.endings.again", *words_of(place, program)]
    command = ignoring(ignored, again)
    environ = environment(place) | {"PYTHONPATH": str(ROOT)}
    output = place / "output"
    with Run(command, cwd=place, env=environ, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(MANY):
            process.stdin.write(f"{output}\n")
            process.stdin.flush()
            code = process.stdout.readline()
            assert code, process.communicate()
            yield int(code), output.read_text()


def ended_in_order(place: Path, ran: tuple[int, str], code: int, category: str) -> None:
    """Check what is left of one run."""
    ended, output = ran
    assert ended == code, output
    assert "Traceback" not in output
    result = place / "result.json"
    assert json.loads(result.read_text())["category"] == category
    result.unlink()
    assert list((place / "tmp").iterdir()) == []


CASES = ("program", "sent", "ignored", "code", "category")


@pytest.mark.parametrize(CASES, [(program, *ending) for program in COMMANDS for ending in ENDINGS])
def test_nothing_goes_on_after_the_program(
    place: Path,
    program: str,
    sent: signal.Signals,
    ignored: signal.Signals | None,
    code: int,
    category: str,
) -> None:
    for _ in range(FEW):
        ended_in_order(place, run(place, program, sent, ignored), code, category)
    assert left_behind(place) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    CASES, [*(("git", *ending) for ending in ENDINGS), ("podman", *ENDINGS[0])]
)
def test_nothing_goes_on_however_often_it_is_tried(
    place: Path,
    program: str,
    sent: signal.Signals,
    ignored: signal.Signals | None,
    code: int,
    category: str,
) -> None:
    tries = 0
    for ran in run_again_and_again(place, program, sent, ignored):
        ended_in_order(place, ran, code, category)
        tries += 1
    assert tries == MANY
    assert left_behind(place) == []


def test_nohup_is_obeyed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGHUP that came in ignored does not end the program: its git is ended at the time limit."""
    monkeypatch.setenv("GITOPS_CI_TIMEOUT", "2s")
    ended, output = run(place, "git", signal.SIGHUP, signal.SIGHUP)
    assert ended == 4, output
    assert left_behind(place) == []
