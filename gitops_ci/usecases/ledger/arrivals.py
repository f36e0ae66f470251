"""Pure: in which order commits reached a branch; what a merge brought stands with the merge, not
with its own time.
"""

import msgspec

from gitops_ci.adapters.git import Commit


class ArrivedRecord(msgspec.Struct, frozen=True):
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
        self._open: dict[
            str, tuple[int, Commit, str]
        ] = {}  # parents on side lines that have not been read
        self._waiting: list[tuple[int, ArrivedRecord]] = []

    def add(self, commit: Commit) -> list[ArrivedRecord]:
        """Take the next commit; return those whose place is certain now."""
        if not self._length or commit.id in self._line:
            position, arrived, sides = (
                self._length,
                ArrivedRecord(commit, commit),
                commit.parents[1:],
            )
            self._length += 1
            self._line.update(commit.parents[:1])
            for parent in commit.parents[:1]:
                self._open.pop(parent, None)
        else:
            position, arrival, through = self._open.pop(commit.id)
            arrived, sides = ArrivedRecord(commit, arrival, through), commit.parents
        self._waiting.append((position, arrived))
        for parent in sides:
            if (
                parent not in self._line and self._open.get(parent, (-1,))[0] < position
            ):  # the older merge brought it
                self._open[parent] = (position, arrived.arrival, arrived.through or parent)
        return self._settled(
            min((place for place, _, _ in self._open.values()), default=self._length)
        )

    def rest(self) -> list[ArrivedRecord]:
        """Return what still waits when the history has ended."""
        return self._settled(self._length)

    def _settled(self, limit: int) -> list[ArrivedRecord]:
        """Return, once, what stands no later than the newest merge of which a side line is still
        open.
        """
        ready = sorted(
            (each for each in self._waiting if each[0] <= limit), key=lambda each: each[0]
        )
        self._waiting = [each for each in self._waiting if each[0] > limit]
        return [arrived for _, arrived in ready]
