"""Runs git: one process group each, bounded by the deadline, never left behind."""

import logging
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitops_ci.adapters.git.connection.environment import with_settings
from gitops_ci.base import processes, progress
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UnavailableError
from gitops_ci.base.processes import FinishedProcess, Process

log = logging.getLogger(__name__)

# what may take long enough that people want to know
_STEPS = {
    "clone": "waiting for the Git server",
    "fetch": "waiting for the Git server",
    "ls-remote": "waiting for the Git server",
    "push": "publishing",
    "log": "reading the history",
}

# what talks to the server: nothing else gets the login, nor the programs that it starts (gpg)
_REMOTE = frozenset({"clone", "fetch", "ls-remote", "push"})


class TimedOutError(UnavailableError):
    """git was still running at the deadline."""


@dataclass(frozen=True)
class Git:
    """How git is started for one throw-away repository; ``login``: settings for what talks to the
    server.
    """

    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    deadline: Deadline
    login: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def run(
        self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> FinishedProcess:
        """Run git and return how it ended; raises TimedOutError when it is still running at the
        deadline.
        """
        return self.finish(
            self.start(*arguments, extra=extra, stderr=subprocess.PIPE), _verb(arguments), stdin
        )

    def finish(self, process: Process, verb: str, stdin: bytes = b"") -> FinishedProcess:
        """Wait for a process that was started and return how it ended; raises TimedOutError as
        `run` does.
        """
        try:
            return processes.finish(process, self.deadline.remaining(), stdin)
        except subprocess.TimeoutExpired:
            raise TimedOutError(
                f"git {verb} did not end within the {self.deadline.seconds:g} s of "
                f"{self.deadline.option}",
                remedy=f"the server is silent or slow: try again, or raise {self.deadline.option}",
            ) from None

    def start(
        self,
        *arguments: str,
        extra: Mapping[str, str] | None = None,
        stderr: int = subprocess.DEVNULL,
    ) -> Process:
        """Start git without a terminal, with pipes for stdin and stdout."""
        log.debug("git %s", " ".join(arguments))
        if arguments[0] in _STEPS:
            progress.step(_STEPS[arguments[0]])
        try:
            return processes.start(
                ["git", *arguments],
                folder=self.folder,
                environ=self._environment(_verb(arguments), extra or {}),
                stdin=subprocess.PIPE,
                stderr=stderr,
            )
        except FileNotFoundError as error:
            raise GitError(
                "git is not installed, or not on PATH", remedy="install git 2.31 or newer"
            ) from error
        except OSError as error:
            raise GitError(
                f"git can't be started: {error.strerror}", remedy="check the git installation"
            ) from error

    def _environment(self, verb: str, extra: Mapping[str, str]) -> Mapping[str, str]:
        environment = {**self.environment, **extra}
        return with_settings(environment, self.login) if verb in _REMOTE else environment


def lines(items: Iterable[str]) -> bytes:
    """Return what goes to the stdin of a git command: each item with a line end."""
    return "".join(f"{item}\n" for item in items).encode("utf-8", "surrogateescape")


def _verb(arguments: tuple[str, ...]) -> str:
    return arguments[2] if arguments[0] == "-c" else arguments[0]
