"""The values that reading and publishing hand out."""

from collections.abc import Mapping

import msgspec

from gitops_ci.base.errors import GitopsError

Content = bytes | GitopsError | None  # of a file: why it can't be read, None where there is none


class Head(msgspec.Struct, frozen=True):
    """The newest commit of a branch, as the server answered when asked."""

    branch: str
    commit: str


class Published(msgspec.Struct, frozen=True):
    """The commit is on the branch; ``already`` when that was found out after a push without a clear
    answer.

    ``words`` are what the server said to it, fit for a terminal.
    """

    commit: str
    already: bool
    words: tuple[str, ...] = ()


class Moved(msgspec.Struct, frozen=True):
    """The branch moved meanwhile to ``head``, which is fresh (None: it is gone): plan again on
    it.
    """

    head: Head | None


class Tag(msgspec.Struct, frozen=True):
    """A tag as the server has it: its object, and the commit to which that leads."""

    name: str
    object: str
    commit: str


class Commit(msgspec.Struct, frozen=True):
    """One commit of the history; ``committer_time`` is in seconds since the epoch."""

    id: str
    parents: tuple[str, ...]
    author_email: str
    author_name: str
    committer_time: int
    message: str
    committer_email: str = ""


class Notes(msgspec.Struct, frozen=True):
    """Notes of commits: ``commit`` is the head of the notes that were read, None where there are
    none; ``texts`` by commit.

    ``asked`` are the commits that were asked for.
    """

    commit: str | None
    texts: Mapping[str, bytes]
    asked: tuple[str, ...] = ()
