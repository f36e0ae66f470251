"""Pure: in which order commits reached a branch; what a merge brought stands with the merge, not
with its own time.
"""

import msgspec

from gitops_ci.adapters.git import Commit


class LedgerArrival(msgspec.Struct, frozen=True):
    """A commit, the commit of the branch's own line with which it came, and the merged commit
    through which (None: itself).
    """

    commit: Commit
    arrival: Commit
    through: str | None = None


class Arrivals:
    """Takes the commits of a history, children first, and gives them back in the order of their
    arrival, newest first.
    """

    def __init__(self) -> None:
        self._line: set[str] = set()  # the first parents of the branch, as far as they are known
        self._length = 0
        # parents on side lines that have not been read: position and commit of the merge, and what
        # was merged
        self._open: dict[str, tuple[int, Commit, str]] = {}
        self._waiting: list[tuple[int, LedgerArrival]] = []

    def add(self, commit: Commit) -> list[LedgerArrival]:
        """Take the next commit; return those whose place is certain now."""
        if not self._length or commit.id in self._line:
            position, arrived = self._length, LedgerArrival(commit, commit)
            sides = commit.parents[1:]
            self._length += 1
            self._line.update(commit.parents[:1])
            for parent in commit.parents[:1]:
                self._open.pop(parent, None)
        else:
            position, arrival, through = self._open.pop(commit.id)
            arrived, sides = LedgerArrival(commit, arrival, through), commit.parents
        self._waiting.append((position, arrived))
        for parent in sides:
            # where two merges have it in their history, the older one brought it
            is_older = self._open.get(parent, (-1,))[0] < position
            if parent not in self._line and is_older:
                self._open[parent] = (position, arrived.arrival, arrived.through or parent)
        return self._settled(min((merge[0] for merge in self._open.values()), default=self._length))

    def rest(self) -> list[LedgerArrival]:
        """Return what still waits when the history has ended."""
        return self._settled(self._length)

    def _settled(self, limit: int) -> list[LedgerArrival]:
        """Return, once, what stands no later than the newest merge of which a side line is still
        open.
        """
        ready = [waiting for waiting in self._waiting if waiting[0] <= limit]
        self._waiting = [waiting for waiting in self._waiting if waiting[0] > limit]
        return [arrived for _, arrived in sorted(ready, key=lambda waiting: waiting[0])]
