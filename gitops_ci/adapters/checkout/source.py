"""Facts of the source checkout that an image is built from, read with git."""

import logging
import re
import subprocess
from pathlib import Path

import msgspec

from gitops_ci.base import processes
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UsageError
from gitops_ci.base.redaction import one_line, redact

log = logging.getLogger(__name__)

_FORMAT = "%H%x00%ae%x00%cs%x00%(trailers:key=Co-authored-by,valueonly,separator=%x01)"
_ADDRESS = re.compile(r"<([^<>\s@]+@[^<>\s]+)>")
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_URL_LOGIN = re.compile(r"(?<=://)[^/\s]*@")


class SourceCheckout(msgspec.Struct, frozen=True):
    """The commit that is built: full id, e-mail addresses of author and co-authors, day (YYYYMMDD),
    changed tracked files.
    """

    revision: str
    authors: tuple[str, ...] = ()
    date: str | None = None
    url: str | None = None
    dirty: tuple[str, ...] = ()


def read_source(
    folder: Path, revision: str | None, hint: str | None, deadline: Deadline
) -> SourceCheckout:
    """Read the checkout in a folder.

    ``revision`` is what the user says and must be the checkout's; ``hint`` (GIT_COMMIT) counts only
    where there is no checkout. Raises UsageError when no revision is known or they contradict each
    other, GitError when git fails.
    """
    if revision and not _REVISION.fullmatch(revision):
        raise UsageError(
            f"--revision {one_line(revision)!r} is not a full commit id",
            remedy="give all 40 digits",
        )
    try:
        log_line = _git(
            folder, deadline, "log", "-1", "--no-show-signature", f"--format={_FORMAT}", "HEAD"
        )
    except GitError as error:
        given = revision or (hint if hint and _REVISION.fullmatch(hint) else None)
        if not given:
            raise UsageError(
                f"the revision of the source is not known: {error.message}",
                remedy="run in a Git checkout, name it with --source, or give --revision",
            ) from error
        log.warning("the authors of %s are not known: %s", given[:12], error.message)
        return SourceCheckout(given)
    return _source(folder, log_line, revision, deadline)


def _source(
    folder: Path, log_line: str, revision: str | None, deadline: Deadline
) -> SourceCheckout:
    head, author, date, trailers = log_line.rstrip("\n").split("\0")
    if revision and revision != head:
        raise UsageError(
            f"the checkout {folder} is at {head}, not at {revision}", remedy="leave --revision out"
        )
    co_authors = (
        match.group(1) for trailer in trailers.split("\x01") for match in _ADDRESS.finditer(trailer)
    )
    authors = dict.fromkeys(
        one_line(address) for address in (author, *co_authors) if address.strip()
    )
    changed = _git(
        folder, deadline, "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames"
    )
    dirty = tuple(one_line(entry[3:]) for entry in changed.split("\0") if entry)
    return SourceCheckout(
        head, tuple(authors), date.replace("-", ""), _url(folder, deadline), dirty
    )


def _url(folder: Path, deadline: Deadline) -> str | None:
    try:
        url = _git(folder, deadline, "config", "--get", "remote.origin.url")
    except GitError:
        return None
    return without_login(url) or None


def without_login(url: str) -> str:
    """Return a URL in one line, without user and password."""
    return _URL_LOGIN.sub("", one_line(url))


def _git(folder: Path, deadline: Deadline, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *arguments]
    environ = {
        name: value
        for name, value in processes.inherited_environment().items()
        if not name.startswith("GIT_")
    }
    environ |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        finished = processes.run(command, max(0.1, deadline.remaining()), environ=environ)
    except subprocess.TimeoutExpired as error:
        raise GitError(
            f"git did not answer in {folder} in time", remedy="raise --timeout"
        ) from error
    except (OSError, ValueError) as error:
        raise GitError(f"git can't be run in {folder}: {error}", remedy="install git") from error
    if finished.code != 0:
        raise GitError(
            f"git says in {folder}: {one_line(redact(finished.err)) or finished.code}",
            remedy="name the checkout with --source",
        )
    return finished.out.decode(errors="replace")
