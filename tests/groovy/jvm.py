"""A JVM that is kept: it runs one test of JUnit after the other, as it is asked."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tests.groovy.java import OPTIONS
from tests.surroundings import ROOT

LONGEST = 1800  # seconds until a test counts as one that hangs


class Outcome(msgspec.Struct, frozen=True):
    """What became of one run of a test; ``problem`` is the trace of Java where it did not
    succeed.
    """

    name: str
    outcome: str
    problem: str


class Answer(msgspec.Struct, frozen=True):
    """What became of a test, in each of its runs, and the signatures of Java and Groovy that the
    vars used in it.
    """

    tests: tuple[Outcome, ...]
    signatures: tuple[str, ...]


class Jvm:
    """Started when it is first asked, and again after it has ended."""

    def __init__(self, folder: Path, class_path: str, environment: Mapping[str, str]) -> None:
        self._log = folder / "log"
        self._seen = 0
        self._temporary = folder / "temporary"
        self._temporary.mkdir()
        self._class_path = class_path
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._answers = -1

    def run(self, test: str) -> Answer:
        """Run ``Class#method``."""
        return msgspec.json.decode(self._ask(test), type=Answer)

    def found(self, package: str) -> list[str]:
        """Return the tests that JUnit finds in a package, each as ``Class#method``."""
        return msgspec.json.decode(self._ask(package), type=list[str])

    def printed(self) -> str:
        """Return what it, and processes that write where it writes, have printed since the last
        question.
        """
        return self._log.read_bytes()[self._seen :].decode(errors="replace")

    def close(self) -> None:
        """End it, and what it has started."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired, BrokenPipeError):
            self._process.communicate(timeout=30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        os.close(self._answers)

    def _ask(self, question: str) -> bytes:
        process = self._running()
        assert process.stdin is not None
        self._seen = self._log.stat().st_size
        try:
            process.stdin.write(question.encode() + b"\n")
            process.stdin.flush()
            return self._line()
        except (OSError, TimeoutError) as problem:
            self.close()
            raise AssertionError(f"{question}: {problem}: {self.printed()[-5000:]}") from problem

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            self._answers, theirs = os.pipe()
            self._process = self._start(theirs)
            os.close(theirs)
        return self._process

    def _start(self, answers: int) -> "subprocess.Popen[bytes]":
        command = ["java", *OPTIONS, f"-Drepository={ROOT}", f"-Djava.io.tmpdir={self._temporary}"]
        command += ["-cp", self._class_path, "harness.Runner", f"/dev/fd/{answers}"]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self._temporary,
                env=dict(self._environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[answers],
                start_new_session=True,
            )

    def _line(self) -> bytes:
        line = b""
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        end = time.monotonic() + LONGEST
        while not line.endswith(b"\n"):
            if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
                raise TimeoutError(f"no answer in {LONGEST} s")
            part = os.read(self._answers, 1 << 16)
            if not part:
                raise BrokenPipeError("the JVM has ended")
            line += part
        return line
