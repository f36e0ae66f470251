"""Reads a whole history oldest first, each commit with what it changed, through one `git log`."""

import os
import select
import subprocess
from collections.abc import Iterable, Iterator, Sequence

from gitops_ci.adapters.git.connection.process import Git, TimedOutError, lines
from gitops_ci.base import processes
from gitops_ci.base.errors import GitError
from gitops_ci.base.processes import Process
from gitops_ci.model import commit_dates
from gitops_ci.model.commits import Delta, LoggedCommit

_CHUNK = 1 << 20
_FORMAT = "tformat:%x01%H%x00%P%x00%ct%x00%ae%x00%ce%x00%B"
_HEADER = 6  # fields of a commit before its changes
_CLAIM = "Gitops-"
_SUBJECT = 200  # characters that are kept of a message without trailers: nobody reads more of it
_DIFFERENCES = (
    "-z",
    "--raw",
    "-t",
    "--no-abbrev",
    "--no-renames",
    "--no-color",
    "--no-ext-diff",
    "--ignore-submodules=none",
)
_OPTIONS = (
    *_DIFFERENCES,
    "--topo-order",
    "--reverse",
    "--root",
    "--diff-merges=first-parent",
    "--no-show-signature",
    "--no-notes",
    "--no-mailmap",
)


def walk(git: Git, heads: Iterable[str], known: Iterable[str] = ()) -> Iterator[LoggedCommit]:
    """Yield every commit that the heads reach and the ``known`` ones don't, parents before
    children; raises GitError and, at the deadline, TimedOutError.
    """
    process = git.start(
        "log", *_OPTIONS, f"--format={_FORMAT}", "--stdin", "--", stderr=subprocess.PIPE
    )
    try:
        if process.stdin is None or process.stderr is None:
            raise GitError("git log has no pipes")
        process.stdin.write(lines([*heads, *(f"^{name}" for name in known)]))
        process.stdin.close()
        yield from _commits(_fields(git, process))
        if process.wait():
            err = process.stderr.read().decode("utf-8", "replace").strip()
            raise GitError(
                f"git can't read the history: {err}", remedy="check the repository with `git fsck`"
            )
    finally:
        processes.stop(process)


def differences(
    git: Git, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Delta, ...]]:
    """Return what changed from the second commit of each pair to the first; raises GitError."""
    # a commit and one more in a line: the second stands for all of its parents
    finished = git.run(
        "diff-tree",
        "--stdin",
        "--always",
        "-r",
        "-m",
        *_DIFFERENCES,
        stdin=lines(map(" ".join, pairs)),
    )
    if finished.code:
        raise GitError(
            f"git can't compare merges with their parents: {finished.err.strip()}",
            remedy="check the repository with `git fsck`",
        )
    found: list[list[Delta]] = []
    fields = iter(finished.out.split(b"\x00"))
    for field in fields:
        if field.startswith(b":"):
            found[-1].append(_delta(field, next(fields)))
        elif field:
            found.append([])
    return {pair: tuple(deltas) for pair, deltas in zip(pairs, found, strict=True)}


def _fields(git: Git, process: Process) -> Iterator[bytes]:
    """Yield what stands between zero bytes, as it comes."""
    if process.stdout is None:
        return
    stream = process.stdout.fileno()
    rest = b""
    while True:
        if not select.select([stream], [], [], git.deadline.remaining())[0]:
            raise TimedOutError(
                f"git log did not end within the {git.deadline.seconds:g} s of "
                f"{git.deadline.option}",
                remedy=f"raise {git.deadline.option}",
            )
        chunk = os.read(stream, _CHUNK)
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\x00")
        yield from whole
    if rest:
        yield rest


def _commits(fields: Iterator[bytes]) -> Iterator[LoggedCommit]:
    header: list[bytes] = []
    deltas: list[Delta] = []
    for raw in fields:
        field = raw
        if len(header) == _HEADER:
            field = raw.lstrip(b"\n")
            if field.startswith(b":"):
                deltas.append(_delta(field, next(fields)))
                continue
            if not field.startswith(b"\x01"):
                continue  # between a message and its changes
            yield _logged(header, deltas)
            header, deltas = [], []
        header.append(field)
    if len(header) == _HEADER:
        yield _logged(header, deltas)


def _delta(entry: bytes, path: bytes) -> Delta:
    mode_before, mode, before, after, _ = entry[1:].decode("ascii").split(" ")
    name = path.decode("utf-8", "surrogateescape")
    return Delta(
        name,
        mode_before,
        before if before.strip("0") else None,
        mode,
        after if after.strip("0") else None,
    )


def _logged(header: list[bytes], deltas: list[Delta]) -> LoggedCommit:
    oid, parents, time, author, committer, message = (
        field.decode("utf-8", "replace") for field in header
    )
    if _CLAIM not in message:
        message = message.partition("\n")[0][:_SUBJECT]
    return LoggedCommit(
        oid[1:],
        tuple(parents.split()),
        commit_dates.read(time),
        author,
        committer,
        message,
        tuple(deltas),
    )
