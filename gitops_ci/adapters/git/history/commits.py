"""Reads the history newest first: commits only, fetched in growing steps, through one `git log` for
each step.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.values import Commit
from gitops_ci.base.errors import GitError
from gitops_ci.base.redaction import one_line
from gitops_ci.model import commit_dates

EVERYTHING = 2**31 - 1  # what git itself calls an infinite depth
STEPS = (200, 2_000, 10_000, EVERYTHING)
_FORMAT = "%H%x00%P%x00%ae%x00%an%x00%ct%x00%ce%x00%B"
_FIELDS = 7


def read(git: Git, commit: str, deepen: Callable[[int], None]) -> Iterator[Commit]:
    """Yield the history of a commit that is at hand, newest first; ``deepen`` fetches so many
    commits of it.
    """
    seen = 0
    for depth in STEPS:
        edge = _edge(git.folder)
        for record in islice(_log(git, commit), seen, None):
            # git shows no parents of a commit at the edge, and behind it the order would differ
            # from the whole history's
            if record.id in edge:
                break
            seen += 1
            yield record
        else:
            return
        deepen(depth)
    yield from islice(_log(git, commit), seen, None)


def _edge(folder: Path) -> frozenset[str]:
    """Return the commits whose parents have not been fetched."""
    try:
        return frozenset((folder / "shallow").read_text(encoding="ascii").split())
    except FileNotFoundError:
        return frozenset()


def _log(git: Git, commit: str) -> Iterator[Commit]:
    finished = git.run(
        "log",
        "-z",
        "--no-show-signature",
        "--no-notes",
        "--no-mailmap",
        f"--format=tformat:{_FORMAT}",
        commit,
    )
    if finished.code:
        raise GitError(
            f"git can't read the history of {commit}: {one_line(finished.err)}",
            remedy="check Git's configuration here, and the repository with `git fsck` on the "
            "server",
        )
    fields = iter(finished.out.split(b"\x00"))
    while len(batch := list(islice(fields, _FIELDS))) == _FIELDS:
        yield _commit([field.decode("utf-8", "replace") for field in batch])


def _commit(fields: list[str]) -> Commit:
    oid, parents, email, name, time, committer, message = fields
    return Commit(
        oid, tuple(parents.split()), email, name, commit_dates.read(time), message, committer
    )
