"""Runs one call of the program many times, each in a process of its own that is sent a signal
somewhere on the way.

``python -m tests.integration.endings.tries CALL SIGNAL FOLDER TRIES``: FOLDER/bin holds the programs
that the call would start, each of which sleeps. A try ends by the signal's exception and then does what
the program does at its end.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from gitops_ci.adapters import docker_config
from gitops_ci.adapters.checkout import git_library
from gitops_ci.adapters.checkout.source import read_source
from gitops_ci.adapters.container_engines import process as engine_process
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.history.commit_log import walk
from gitops_ci.adapters.git.history.signatures import verify
from gitops_ci.adapters.helm import HelmJob, template
from gitops_ci.base import interrupts, temporary
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError

_LATEST = 0.004  # seconds behind the start of the program, in which it has begun
_MOST_LINES = 250  # a call that waits by looking passes lines for ever
_WATCHED = (
    "/gitops_ci/",
    "/git/cmd.py",
    "/subprocess.py",
    "/threading.py",
    "/tempfile.py",
    "/contextlib.py",
)
_KEY = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n"


def calls(folder: Path) -> dict[str, Callable[[], object]]:
    """Return what is tried, by name: each starts one of the programs and waits for it."""
    deadline = Deadline.after(600)
    git = Git(folder, dict(os.environ), deadline)

    def in_a_temporary_folder() -> None:
        with temporary.folder("try"):
            git.run("fetch")

    return {
        "git": in_a_temporary_folder,
        "log": lambda: list(walk(git, ["HEAD"])),
        "signatures": lambda: verify(git, ["0" * 40], b""),
        "gpg": lambda: verify(git, ["0" * 40], _KEY),
        "engine": lambda: engine_process.run(["podman", "build"], None, deadline),
        "helm": lambda: template([HelmJob("a", "b", {}, b"")] * 2, deadline),
        "helper": lambda: docker_config._ask_helper("tries", "registry.example.com", deadline),
        "source": lambda: read_source(folder, None, None, deadline),
        "library": lambda: git_library.run(folder, ["log"], 600, {}),
    }


def main(name: str, number: signal.Signals, folder: Path, tries: int) -> None:
    """Try a call with the signal at every line of its way, then ``tries`` times with the signal
    whenever the program has begun.
    """
    call = calls(folder)[name]
    lines = _lines(call)
    for line in range(1, lines + 1):
        _fork(partial(_at_line, call, line, number))
    for each in range(tries):
        _fork(partial(_after, call, each * _LATEST / tries, number))
    sys.stdout.write(f"{lines} lines\n")


def _lines(call: Callable[[], object]) -> int:
    """Return how many lines are run until the program has been started and is waited for."""
    read, write = os.pipe()

    def counted() -> None:
        passed: list[None] = []

        def enough(_number: int, _frame: FrameType | None) -> None:
            sys.settrace(None)
            os.write(write, str(len(passed)).encode())
            raise interrupts.Terminated

        signal.signal(signal.SIGALRM, enough)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        _at_each_line(lambda: passed.append(None))
        call()

    _fork(counted)
    return min(int(os.read(read, 20)), _MOST_LINES)


def _at_line(call: Callable[[], object], line: int, number: signal.Signals) -> None:
    left = iter(range(line, 0, -1))

    def count() -> None:
        if next(left) == 1:
            sys.settrace(None)
            os.kill(os.getpid(), number)

    _at_each_line(count)
    call()


def _at_each_line(work: Callable[[], None]) -> None:
    """Do something before every line of the program, and of what Python brings to start processes
    and make folders.
    """

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if not any(part in frame.f_code.co_filename for part in _WATCHED):
            return None
        if event == "line":
            work()
        return trace

    sys.settrace(trace)


def _after(call: Callable[[], object], seconds: float, number: signal.Signals) -> None:
    target = os.getpid()
    if os.fork() == 0:
        time.sleep(seconds)
        os.kill(target, number)
        os._exit(0)
    call()


def _fork(work: Callable[[], None]) -> None:
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    try:
        interrupts.install()
        work()
    except (KeyboardInterrupt, interrupts.Terminated, GitopsError):
        pass
    finally:
        sys.settrace(None)
        interrupts.finish()
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], signal.Signals[sys.argv[2]], Path(sys.argv[3]), int(sys.argv[4]))
