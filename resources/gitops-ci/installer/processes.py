"""Processes that are ended with us, and the signals that ask for it.

A signal is only noted, and looked at where something is waited for: an exception out of a handler
could come between the start of a process and the moment from which somebody would end it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from installer.words import Problem

LONGEST = 900.0  # seconds for one process
PAUSE = 0.05  # seconds between two looks

_signals: list[int] = []


class Ended(Exception):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


def note_signals() -> None:
    """Note SIGTERM, SIGINT and SIGHUP from now on; one that was ignored before stays so."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda given, _frame: _signals.append(given))


def go_on() -> None:
    """Raise Ended when a signal has asked for the end."""
    if _signals:
        raise Ended(_signals[0])


def run(*command: str, environment: Mapping[str, str], told: str = "") -> tuple[int, str]:
    """Run a process to its end; return its exit code and all that it printed.

    What it is told goes through a pipe, and what it prints stays in memory: both may be secret.
    """
    with open(os.memfd_create("printed"), "w+b") as printed:
        child = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _tell(child, told)
        late = _wait(child)
        go_on()
        if late:
            raise Problem(f"{Path(command[0]).name} did not end within {LONGEST / 60:.0f} minutes")
        printed.seek(0)
        return child.returncode, printed.read().decode("utf-8", "replace")


def _tell(child: subprocess.Popen[bytes], told: str) -> None:
    assert child.stdin is not None  # noqa: S101 # for the type checker: it is a pipe
    with suppress(BrokenPipeError), child.stdin as pipe:
        pipe.write(told.encode())


def _wait(child: subprocess.Popen[bytes]) -> bool:
    """Wait for the end of a process, or bring it about; tell whether it took too long."""
    end = time.monotonic() + LONGEST
    while child.poll() is None:
        late = time.monotonic() > end
        if late or _signals:
            _end(child)
            return late
        time.sleep(PAUSE)
    return False


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started, first politely."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(5)
