"""Pushes one commit as compare-and-swap on the branch, and finds out what an unclear answer meant."""

import logging
import time
from collections.abc import Callable, Iterator

import msgspec

from gitops_ci.errors import GitError, GitopsError, UnavailableError
from gitops_ci.redaction import one_line
from gitops_ci.repository import failures
from gitops_ci.repository.process import Git, TimedOutError
from gitops_ci.repository.values import Commit, Head, Moved, Published

log = logging.getLogger(__name__)


class Report(msgspec.Struct, frozen=True):
    """What a failed push said; ``unsent`` when git saw that the branch had moved before it sent anything.

    A "[remote rejected]" is not as clear: libcurl repeats a request whose connection died, and the second one is rejected
    because of what the first one did.
    """

    text: str
    unsent: bool


def push_once(git: Git, reference: str, old: str, new: str) -> Report | None:
    """Push a commit that descends from ``old`` ('': there is no such reference yet); return None when the server took it.

    Raises TimedOutError, after which nobody knows whether it did.
    """
    # the lease makes git compare with what was read; as `new` descends from it, nothing is ever overwritten
    lease = f"--force-with-lease={reference}:{old}"
    finished = git.run("push", "--porcelain", "--no-verify", lease, "origin", f"{new}:{reference}")
    if finished.code == 0:
        return None
    refusals = _refusals(finished.out.decode("utf-8", "replace"))
    return Report(f"{finished.err}\n{refusals}", "[rejected]" in refusals)


class Pushing:
    """One commit on its way to a branch; ``head`` asks the server for the branch, ``history`` reads commits."""

    def __init__(self, git: Git, url: str, head: Callable[[str], Head], history: Callable[[str], Iterator[Commit]]) -> None:
        self._git = git
        self._url = url
        self._head = head
        self._history = history

    def push(self, branch: str, old: str, new: str) -> Published | Moved:
        """Put ``new`` on the branch if it still is at ``old``; raises GitError when refused, UnavailableError out of time."""
        attempt = 1
        start = time.monotonic()
        while True:
            report = self._try(branch, old, new)
            if report is None:
                return Published(new, already=False)
            error = failures.failure(f"can't publish on {one_line(branch)} of {self._url}", report.text)
            outcome = self._find_out(branch, old, new, error, look=attempt > 1 or not report.unsent)
            if outcome:
                return outcome
            if not isinstance(error, UnavailableError):
                raise error
            if not self._git.deadline.pause(attempt, max(0.2, (time.monotonic() - start) / attempt)):
                raise error
            log.info("%s; trying again", error.message)
            attempt += 1

    def _try(self, branch: str, old: str, new: str) -> Report | None:
        """Push once; return None when the server took it, else what git said."""
        try:
            return push_once(self._git, f"refs/heads/{branch}", old, new)
        except TimedOutError as error:
            raise _unclear(error, branch, new) from error

    def _find_out(self, branch: str, old: str, new: str, error: GitopsError, *, look: bool) -> Published | Moved | None:
        """Look where the branch is after a failed push; None when it has not moved."""
        if hopeless(error):
            return None
        try:
            head = self._head(branch)
        except UnavailableError as second:
            raise _unclear(second, branch, new) from second
        except GitError as second:
            raise GitError(f"{second.message}; it was there before the push", remedy=second.remedy) from second
        if head.commit == old:
            return None
        if head.commit == new or (look and self._contains(head.commit, old, new)):
            return Published(new, already=True)
        return Moved(head)

    def _contains(self, tip: str, old: str, new: str) -> bool:
        for commit in self._history(tip):
            if commit.id == new:
                return True
            if commit.id == old:
                return False
        return False


def _unclear(error: UnavailableError, branch: str, new: str) -> UnavailableError:
    """Return the error for a push of which nobody knows whether the server took it."""
    return UnavailableError(
        f"{error.message}; it could not be found out whether commit {new[:12]} is on {one_line(branch)} now",
        remedy="run the same again: it looks first, and does nothing when it is there",
    )


def hopeless(error: GitopsError) -> bool:
    """Tell whether even asking again would fail: without rights there is nothing to find out."""
    return any(word in error.message for word in ("Authentication failed", "could not read Username", "could not read Password"))


def _refusals(report: str) -> str:
    """Return the lines of the push report that say why a branch was refused."""
    lines = (line.split("\t") for line in report.splitlines() if line.startswith("!"))
    return "\n".join(fields[-1] for fields in lines)
