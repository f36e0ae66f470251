"""Commits as an audit sees them: what each changed, and how it is signed."""

from typing import Literal

import msgspec

from gitops_ci.model.git_modes import REGULAR as REGULAR


class Delta(msgspec.Struct, frozen=True, gc=False):
    """One path that a commit changed against its first parent: mode and object id before and after,
    None where nothing is.

    A folder has mode ``040000``.
    """

    path: str
    mode_before: str
    before: str | None
    mode: str
    after: str | None


class LoggedCommit(msgspec.Struct, frozen=True):
    """One commit; ``time`` is the committer's, in seconds since the epoch; a message without
    trailers is its first line.
    """

    id: str
    parents: tuple[str, ...]
    time: int
    author: str
    committer: str
    message: str
    deltas: tuple[Delta, ...]


class TaggedCommit(msgspec.Struct, frozen=True):
    """A Git tag: the object that its name leads to, and the commit (None: it leads to something
    else than a commit).

    ``inner`` is the name that an annotated tag's object itself has, None for a lightweight one;
    ``time`` is the tagger's, in seconds since the epoch, and ``message`` what the object says.
    """

    name: str
    oid: str
    commit: str | None
    inner: str | None = None
    time: int = 0
    message: str = ""


class Signature(msgspec.Struct, frozen=True):
    """How a commit's signature stands: ``good``, ``unsigned`` or ``wrong``; ``words`` say by whom,
    or what is wrong.
    """

    state: Literal["good", "unsigned", "wrong"]
    words: str
