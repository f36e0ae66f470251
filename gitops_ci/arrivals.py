"""Pure: when each commit of a branch reached it, which for a merged proposal is the time of the merge."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol


class Commit(Protocol):
    """What is looked at of a commit; the time is in seconds since the epoch."""

    @property
    def id(self) -> str:
        """Return the object id."""
        ...

    @property
    def parents(self) -> tuple[str, ...]:
        """Return the parents' ids, the first one is that of the branch itself."""
        ...

    @property
    def committer_time(self) -> int:
        """Return the committer's time."""
        ...


def arrivals(commits: Iterable[Commit], head: str) -> dict[str, int]:
    """Return, for each commit that is in ``head``, the time of the first-parent commit that brought it."""
    by_id = {commit.id: commit for commit in commits}
    times: dict[str, int] = {}
    for link in reversed(first_parents(by_id, head)):
        waiting = [link.id]
        while waiting:  # what an older link brought was there already
            commit = by_id.get(waiting.pop())
            if commit and commit.id not in times:
                times[commit.id] = link.committer_time
                waiting.extend(commit.parents)
    return times


def first_parents(by_id: Mapping[str, Commit], head: str) -> Sequence[Commit]:
    """Return the commits that were the head of the branch one after the other, newest first."""
    chain: list[Commit] = []
    commit = by_id.get(head)
    while commit:
        chain.append(commit)
        commit = by_id.get(commit.parents[0]) if commit.parents else None
    return chain
