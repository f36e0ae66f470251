"""What a run of the tests leaves behind: with a process, a mount or a file left, it has failed."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import mounts
from tests.run_folder import VARIABLE, RunFolder

PATIENCE = 10.0  # seconds for what is about to end
_PROCESSES = Path("/proc")
_HOME = {".authorities", ".gitconfig"}  # what belongs into the home folder


@dataclass(frozen=True)
class Process:
    """A process that outlived the run; ``test`` is the one that started it, where that is known."""

    number: int
    command: str
    test: str

    def __str__(self) -> str:
        started = f", started by {self.test}" if self.test else ""
        return f"process {self.number}: {self.command}{started}"


class Leftovers:
    """A pytest plugin of the process that ends last; ``keep`` what failed tests wrote."""

    def __init__(self, folder: RunFolder, *, keep: bool) -> None:
        self.folder = folder
        self.keep = keep
        self.found: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.keep = self.keep and session.testsfailed > 0
        self.found = search(self.folder)
        if self.found and session.exitstatus in {
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        }:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.found:
            terminalreporter.section("left behind")
        for each in self.found:
            terminalreporter.line(f"FAILED, the run left behind: {each}", red=True)
        if self.keep:
            terminalreporter.line(f"what the failed tests wrote is kept in {self.folder.keep()}")

    def pytest_unconfigure(self) -> None:
        end(self.folder)
        self.folder.remove(but_of_tests=self.keep)


def search(folder: RunFolder) -> list[str]:
    """Return in words what a run has left; waits a little for processes that are about to end."""
    deadline = time.monotonic() + PATIENCE
    while (running := processes(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    lines = [str(process) for process in running]
    lines += [f"mount {place}" for place in mounts.below(folder.path)]
    lines += [f"temporary file {path}" for path in sorted(folder.temporary.iterdir())]
    foreign = [path for path in sorted(folder.home.iterdir()) if path.name not in _HOME]
    lines += [f"file in the home folder {path}" for path in foreign]
    return lines


def end(folder: RunFolder) -> None:
    """End and unmount what a run has left."""
    for process in processes(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.number, signal.SIGKILL)
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        mounts.release(folder.path)


def processes(folder: RunFolder) -> list[Process]:
    """Return the processes that a run has started, without the one that asks."""
    places = (place for place in _PROCESSES.glob("[0-9]*") if place.name != str(os.getpid()))
    return [process for place in places if (process := _of_run(place, folder))]


def _of_run(place: Path, folder: RunFolder) -> Process | None:
    try:
        environment = _words(place / "environ")
        command = " ".join(_words(place / "cmdline"))
        parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:  # it has ended meanwhile, or is another user's
        return None
    variables = dict(each.partition("=")[::2] for each in environment)
    marked = Path(variables.get(VARIABLE, "/")).is_relative_to(folder.path)
    # nginx and sshd write their title over their environment
    orphan = parent == "1" and f"{folder.path}/" in command
    if not command or not (marked or orphan):
        return None
    return Process(int(place.name), command, variables.get("PYTEST_CURRENT_TEST", ""))


def _words(file: Path) -> list[str]:
    return [word for word in file.read_bytes().decode("utf-8", "replace").split("\0") if word]
