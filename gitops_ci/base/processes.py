"""Child processes that end with this one: every one in a session of its own, bounded, and ended
with all that it started.

A child is registered in the same breath in which it is started (`hold_signals`), and every
registered one is ended before a signal is raised: no ``try`` has to stand around a start for the
sake of SIGTERM and Ctrl-C.
"""

import contextlib
import errno
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from gitops_ci.base import interrupts

GRACE = 2.0  # seconds to end after SIGTERM, in which git removes its lock files
_GONE = 1.0  # seconds to be gone after SIGKILL
_FIRST_LOOK, _LAST_LOOK = 0.0002, 0.05  # seconds between two looks whether a process has ended

_OURS = "GITOPS_CI_"
_SHARED = frozenset(
    {"ARGOCD_AUTH_TOKEN", "ARGOCD_TOKEN", "JENKINS_TOKEN", "JENKINS_API_TOKEN"}
)  # as adapters.credentials reads them

Process = subprocess.Popen[bytes]

_running: set[Process] = set()
_interrupted = False


class FinishedProcess(msgspec.Struct, frozen=True):
    """How a process ended: ``code`` as subprocess has it (minus the number of a signal), and what
    it wrote to its pipes.
    """

    code: int
    out: bytes
    err: str


def inherited_environment() -> dict[str, str]:
    """Return the environment of this process without what is a secret of ours: our variables, and
    the logins that we share with the programs of Argo CD and Jenkins.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and name not in _SHARED
    }


def start(
    words: Sequence[str],
    *,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
) -> Process:
    """Start a program in a session of its own and return it; raises OSError or ValueError where
    that can't be done.

    Whatever ``environ`` holds (None: `inherited_environment`), no variable of ours gets there: each
    may be a login, or an address with one.
    """
    variables = inherited_environment() if environ is None else environ
    with interrupts.hold_signals():
        # a thread that nobody waits for any more would leave its child behind
        if _interrupted and threading.current_thread() is not threading.main_thread():
            raise OSError(errno.ECANCELED, "the program is ending")
        process = subprocess.Popen(
            words,
            cwd=folder,
            env={name: variables[name] for name in variables if not name.startswith(_OURS)},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        _running.add(process)
    return process


def adopt(process: Process) -> Process:
    """Register a child that a library has started inside of `hold_signals`, in a session of its
    own.
    """
    _running.add(process)
    return process


def run(
    words: Sequence[str],
    seconds: float,
    *,
    stdin: bytes | None = None,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> FinishedProcess:
    """Run a program to its end; raises subprocess.TimeoutExpired, after it was ended, and what
    `start` raises.
    """
    pipe = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    return finish(start(words, folder=folder, environ=environ, stdin=pipe), seconds, stdin)


def finish(
    process: Process, seconds: float, stdin: bytes | None = None, *, grace: float = GRACE
) -> FinishedProcess:
    """Wait until a process has ended and its pipes are closed, and return how it ended.

    Raises subprocess.TimeoutExpired after it was ended: a program that it started may hold the
    pipes for ever.
    """
    try:
        out, err = process.communicate(stdin, timeout=max(0.0, seconds))
    except BaseException:
        stop(process, grace)
        raise
    _running.discard(process)
    return FinishedProcess(process.returncode, out or b"", (err or b"").decode("utf-8", "replace"))


def stop(process: Process, grace: float = GRACE) -> None:
    """End a process and all that it started, gently first.

    Returns when they are gone and its pipes are closed.
    """
    _stop([process], grace)


def stop_all() -> None:
    """End every child that is still there."""
    global _interrupted
    _interrupted = True
    _stop(_running, GRACE)


def wait(process: Process, seconds: float) -> bool:
    """Wait until a process has ended, and tell whether it has.

    Its exit code is not taken (`stop` does that).
    """
    return _look_until(lambda: ended(process), seconds)


def close_pipes(process: Process) -> None:
    """Close this side of a process's pipes."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with contextlib.suppress(OSError, ValueError):
                pipe.close()


def ended(process: Process) -> bool:
    """Tell whether a process has ended, without taking its exit code.

    Until then its group can't be another one's.
    """
    if process.returncode is not None:
        return True
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return process.poll() is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _stop(processes: Iterable[Process], grace: float) -> None:
    """End processes side by side.

    Waits by looking: this may run in a signal's handler, above a frame that holds the lock in which
    Popen waits.
    """
    with interrupts.hold_signals():
        chosen = list(processes)
        for process in chosen:
            if not ended(process):
                _signal_group(process, signal.SIGTERM)
        _look_until(lambda: all(ended(process) for process in chosen), grace)
        for process in chosen:
            if (
                process.returncode is None
            ):  # once its exit code was taken, its number may be that of another process
                _signal_group(process, signal.SIGKILL)
        _look_until(lambda: all(_reaped(process) for process in chosen), _GONE)
        _look_until(lambda: not any(_has_group(process) for process in chosen), _GONE)
        for process in chosen:
            close_pipes(process)
            _running.discard(process)


def _reaped(process: Process) -> bool:
    return process.poll() is not None


def _has_group(process: Process) -> bool:
    """Tell whether a program that the process has started is still there."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it became another user's, as the helpers of rootless engines do
    return True


def _signal_group(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _look_until(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    pause = _FIRST_LOOK
    while not condition():
        if time.monotonic() >= until:
            return False
        time.sleep(pause)
        pause = min(2 * pause, _LAST_LOOK)
    return True


interrupts.on_interrupt(stop_all)
interrupts.on_exit(stop_all)
