"""Runs git: one process group each, bounded by the deadline, never left behind."""

import contextlib
import logging
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gitops_ci import progress
from gitops_ci.deadline import Deadline
from gitops_ci.errors import GitError, UnavailableError

log = logging.getLogger(__name__)

# what may take long enough that people want to know
_STEPS = {
    "clone": "waiting for the Git server",
    "fetch": "waiting for the Git server",
    "ls-remote": "waiting for the Git server",
    "push": "publishing",
    "log": "reading the history",
}
_GRACE = 2.0  # seconds in which git removes its lock files after SIGTERM


class TimedOutError(UnavailableError):
    """git was still running at the deadline."""


class Finished(msgspec.Struct, frozen=True):
    """What a git process left: exit code, stdout, and stderr as text."""

    code: int
    out: bytes
    err: str


@dataclass(frozen=True)
class Git:
    """How git is started for one throw-away repository."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    deadline: Deadline

    def run(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> Finished:
        """Run git and return how it ended; raises TimedOutError when it is still running at the deadline."""
        return self.finish(self.start(*arguments, extra=extra, stderr=subprocess.PIPE), _verb(arguments), stdin)

    def finish(self, process: "subprocess.Popen[bytes]", verb: str, stdin: bytes = b"") -> Finished:
        """Wait for a process that was started and return how it ended; raises TimedOutError as `run` does."""
        try:
            out, err = process.communicate(stdin, timeout=self.deadline.remaining())
        except subprocess.TimeoutExpired:
            stop(process)
            raise TimedOutError(
                f"git {verb} did not end within the {self.deadline.seconds:g} s of --timeout",
                remedy="the server is silent or slow: try again, or raise --timeout",
            ) from None
        except BaseException:
            stop(process)
            raise
        return Finished(process.returncode, out, err.decode("utf-8", "replace"))

    def start(
        self, *arguments: str, extra: Mapping[str, str] | None = None, stderr: int = subprocess.DEVNULL
    ) -> "subprocess.Popen[bytes]":
        """Start git in a process group of its own, without a terminal, with pipes for stdin and stdout."""
        log.debug("git %s", " ".join(arguments))
        if arguments[0] in _STEPS:
            progress.step(_STEPS[arguments[0]])
        try:
            return subprocess.Popen(
                ["git", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=self.folder,
                env={**self.environment, **(extra or {})},
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise GitError("git is not installed, or not on PATH", remedy="install git 2.31 or newer") from error
        except OSError as error:
            raise GitError(f"git can't be started: {error.strerror}", remedy="check the git installation") from error


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process and all it started; returns when they are gone."""
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            # the pipes close when the last process of the group has ended
            with contextlib.suppress(subprocess.TimeoutExpired, ValueError, OSError):
                process.communicate(timeout=_GRACE)
                return
    finally:
        close_pipes(process)


def close_pipes(process: "subprocess.Popen[bytes]") -> None:
    """Close what is still open of a process's pipes: whoever reads or writes there is gone."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with contextlib.suppress(OSError, ValueError):
                pipe.close()


def _verb(arguments: tuple[str, ...]) -> str:
    return arguments[2] if arguments[0] == "-c" else arguments[0]
