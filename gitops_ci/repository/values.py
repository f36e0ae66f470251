"""The values that reading and publishing hand out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Head:
    """The newest commit of a branch, as the server answered when asked."""

    branch: str
    commit: str


@dataclass(frozen=True)
class Published:
    """The commit is on the branch; ``already`` when that was found out after a push without a clear answer."""

    commit: str
    already: bool


@dataclass(frozen=True)
class Moved:
    """The branch moved meanwhile to ``head``, which is fresh: plan again on it."""

    head: Head


@dataclass(frozen=True)
class Commit:
    """One commit of the history; ``committer_time`` is in seconds since the epoch."""

    id: str
    parents: tuple[str, ...]
    author_email: str
    author_name: str
    committer_time: int
    message: str
