"""Pushes one commit as compare-and-swap on the branch, and finds out what an unclear answer
meant.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

import msgspec

from gitops_ci.adapters.git.connection import failures
from gitops_ci.adapters.git.connection.process import Git, TimedOutError
from gitops_ci.adapters.git.references import References
from gitops_ci.adapters.git.values import Commit, Head, Moved, Published
from gitops_ci.base.errors import GitError, GitopsError, UnavailableError
from gitops_ci.base.redaction import one_line, redact
from gitops_ci.base.retry import Retry

_ATOMIC = re.compile(r"receiving end does not support --atomic")
_MOST_LINES = 10  # of the server that are passed on
_LONGEST_LINE = 300  # characters of one of them


class Update(msgspec.Struct, frozen=True):
    """A reference that is to be at ``new`` if it still is at ``old`` ('': if it does not exist
    yet).
    """

    reference: str
    old: str
    new: str


class PushReport(msgspec.Struct, frozen=True):
    """What a failed push said; ``unsent`` when git saw that the branch had moved before it sent
    anything.

    A "[remote rejected]" is not as clear: libcurl repeats a request whose connection died, and the
    second one is rejected because of what the first one did.
    """

    text: str
    unsent: bool


def push_once(git: Git, reference: str, old: str, new: str) -> PushReport | None:
    """Push a commit that descends from ``old`` ('': there is no such reference yet); return None
    when the server took it.

    Raises TimedOutError, after which nobody knows whether it did.
    """
    sent = send(git, [Update(reference, old, new)])
    return sent if isinstance(sent, PushReport) else None


def send(git: Git, updates: Sequence[Update]) -> tuple[str, ...] | PushReport:
    """Push all of the updates or none; return the server's words when it took them, else what git
    said.

    Raises TimedOutError, after which nobody knows whether it did.
    """
    # a lease makes the server compare with what was read: without it a push could overwrite what
    # nobody has looked at
    leases = [f"--force-with-lease={update.reference}:{update.old}" for update in updates]
    atomic = ["--atomic"] if len(updates) > 1 else []
    refspecs = [f"{update.new}:{update.reference}" for update in updates]
    finished = git.run("push", "--porcelain", "--no-verify", *atomic, *leases, "origin", *refspecs)
    if finished.code == 0:
        return _messages(finished.err)
    refusals = _refusals(finished.out.decode("utf-8", "replace"))
    return PushReport(f"{finished.err}\n{refusals}", "[rejected]" in refusals)


def _messages(text: str) -> tuple[str, ...]:
    """Return what the server had to say to a push that it took."""
    lines = (line for line in text.splitlines() if line.startswith("remote:"))
    messages = (one_line(redact(line.removeprefix("remote:"))) for line in lines)
    return tuple(message[:_LONGEST_LINE] for message in messages if message)[:_MOST_LINES]


class PublishingServer(Protocol):
    """What publishing asks of the server when an answer was not clear."""

    def head(self, branch: str) -> Head:
        """Return where a branch is."""

    def find(self, branch: str) -> Head | None:
        """Return where a branch is, None where there is none."""

    def history(self, commit: str) -> Iterator[Commit]:
        """Yield the history of a commit."""


class Push:
    """One commit on its way to a branch."""

    def __init__(
        self, git: Git, url: str, server: PublishingServer, references: References
    ) -> None:
        self._git = git
        self._url = url
        self._server = server
        self._references = references

    def push(self, branch: str, old: str, new: str, tag: Update | None = None) -> Published | Moved:
        """Put ``new`` on the branch if it still is at ``old``, together with a new tag.

        Moved also when the tag exists meanwhile. A server that can't take both at once gets the tag
        after the branch. Raises GitError when refused, UnavailableError out of time.
        """
        update = Update(f"refs/heads/{branch}", old, new)
        try:
            return self._until_clear(
                [update, *([tag] if tag else [])], partial(self._find_out, branch, old, new, tag)
            )
        except _NotAtomicError:
            published = self._until_clear([update], partial(self._find_out, branch, old, new, None))
        if tag and isinstance(published, Published):
            self.create(tag)
        return published

    def create(self, tag: Update) -> None:
        """Make a tag that does not exist; raises GitError when it does, or is refused."""
        self._until_clear([tag], partial(self._find_tag, tag))

    def replace(self, branch: str, old: str | None, new: str) -> Published | Moved:
        """Put ``new`` on a branch in the place of ``old`` (None: there is no such branch), whatever
        that holds.
        """
        return self._until_clear(
            [Update(f"refs/heads/{branch}", old or "", new)],
            partial(self._find_new, branch, old, new),
        )

    def _until_clear(
        self, updates: Sequence[Update], find_out: Callable[..., Published | Moved | None]
    ) -> Published | Moved:
        """Push until it is known how that ended; ``find_out`` looks after a failure, and says None
        where nothing has changed.
        """
        retry = Retry(self._git.deadline, lambda taken: max(0.2, taken))
        update = updates[-1]
        while True:
            report = self._try(updates)
            if not isinstance(report, PushReport):
                return Published(updates[0].new, already=False, words=report)
            error = failures.failure(
                f"can't publish on {_shown(update)} of {self._url}", report.text
            )
            if not is_permanent_auth_failure(error):
                outcome = find_out(look=retry.attempt > 1 or not report.unsent)
                if outcome:
                    return outcome
            if not isinstance(error, UnavailableError):
                raise error
            retry.wait(error)
            retry.tell(error)

    def _try(self, updates: Sequence[Update]) -> tuple[str, ...] | PushReport:
        """Push once; return the server's words when it took it, else what git said."""
        try:
            report = send(self._git, updates)
        except TimedOutError as error:
            raise _unclear(error, updates[0]) from error
        if isinstance(report, PushReport) and len(updates) > 1 and _ATOMIC.search(report.text):
            raise _NotAtomicError
        return report

    def _find_new(
        self, branch: str, old: str | None, new: str, *, look: bool
    ) -> Published | Moved | None:
        try:
            head = self._server.find(branch)
        except UnavailableError as second:
            raise _unclear(second, Update(f"refs/heads/{branch}", old or "", new)) from second
        commit = head.commit if head else None
        if commit == new:
            return Published(new, already=True)
        return None if commit == old else Moved(head)

    def _find_tag(self, tag: Update, *, look: bool) -> Published | None:
        try:
            oid = self._references.object_id(tag.reference)
        except UnavailableError as second:
            raise _unclear(second, tag) from second
        if oid is None:
            return None
        if oid != tag.new:
            raise GitError(
                f"{_shown(tag)} was made by somebody else meanwhile; a tag is never moved",
                remedy="run the same again: it looks what that tag holds",
            )
        return Published(tag.new, already=True)

    def _find_out(
        self, branch: str, old: str, new: str, tag: Update | None, *, look: bool
    ) -> Published | Moved | None:
        """Look where the branch is after a failed push; None when it has not moved."""
        try:
            head = self._server.head(branch)
            if head.commit == old:
                return Moved(head) if tag and self._references.object_id(tag.reference) else None
        except UnavailableError as second:
            raise _unclear(second, Update(f"refs/heads/{branch}", old, new)) from second
        except GitError as second:
            raise GitError(
                f"{second.message}; it was there before the push", remedy=second.remedy
            ) from second
        if head.commit == new or (look and self._contains(head.commit, old, new)):
            return Published(new, already=True)
        return Moved(head)

    def _contains(self, tip: str, old: str, new: str) -> bool:
        for commit in self._server.history(tip):
            if commit.id == new:
                return True
            if commit.id == old:
                return False
        return False


class _NotAtomicError(Exception):
    """The server takes one reference at a time."""


def _shown(update: Update) -> str:
    """Return a branch by its name, and a tag as one."""
    name = update.reference.removeprefix("refs/heads/")
    return one_line(
        f"tag {name.removeprefix('refs/tags/')}" if name.startswith("refs/tags/") else name
    )


def _unclear(error: UnavailableError, update: Update) -> UnavailableError:
    """Return the error for a push of which nobody knows whether the server took it."""
    return UnavailableError(
        f"{error.message}; it could not be found out whether {update.new[:12]} is on "
        f"{_shown(update)} now",
        remedy="run the same again: it looks first, and does nothing when it is there",
    )


def is_permanent_auth_failure(error: GitopsError) -> bool:
    """Tell whether even asking again would fail: without rights there is nothing to find out."""
    return any(
        word in error.message
        for word in ("Authentication failed", "could not read Username", "could not read Password")
    )


def _refusals(report: str) -> str:
    """Return the lines of the push report that say why a branch was refused."""
    lines = (line.split("\t") for line in report.splitlines() if line.startswith("!"))
    return "\n".join(fields[-1] for fields in lines)
