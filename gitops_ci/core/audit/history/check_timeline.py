"""Which results of checks were recorded when: by the history of the notes, not by what a line
claims.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from gitops_ci.core.believed_dates import dated
from gitops_ci.model import check_results
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.git_modes import REGULAR


class _Noted(msgspec.Struct, frozen=True):
    """A result, and the position of the commit of the notes that added its line."""

    position: int
    result: CheckResult


class CheckTimeline:
    """The results in the notes, a line from where it was added on: nothing is ever taken away.

    ``commits`` are those of the notes, parents before children, ``contents`` the notes by object
    id; ``now`` is in seconds since the epoch.
    """

    def __init__(
        self,
        commits: Sequence[LoggedCommit] = (),
        contents: Mapping[str, bytes | None] | None = None,
        now: int = 0,
    ) -> None:
        self._commits = commits
        self._positions = {commit.id: position for position, commit in enumerate(commits)}
        self._linear = all(
            commit.parents == (before.id,) for before, commit in itertools.pairwise(commits)
        )
        self._arrived = [each.latest for each in dated([each.time for each in commits], now)]
        self._noted: dict[str, list[_Noted]] = {}
        self._ancestors: dict[str, frozenset[int]] = {}
        seen: dict[str, set[bytes]] = {}
        for position, commit in enumerate(commits):
            for noted, text in _texts(commit, contents or {}):
                self._add(noted, text, position, seen.setdefault(noted, set()))

    def knows(self, notes: str | None) -> bool:
        """Tell whether a commit is in the history of the notes."""
        return notes in self._positions

    def at(self, notes: str | None, commits: Iterable[str]) -> list[CheckResult]:
        """Return the results on some commits that were recorded at a commit of the notes; none for
        one that is not in their history.
        """
        if notes not in self._positions:
            return []
        end, known = self._positions[notes], self._known(notes)
        return [
            noted.result
            for commit in dict.fromkeys(commits)
            for noted in self._noted.get(commit, ())
            if (noted.position <= end if known is None else noted.position in known)
        ]

    def newest(self) -> str | None:
        return self._commits[-1].id if self._commits else None

    def outdated(self, notes: str | None, time: int) -> str | None:
        """Return the newest commit of the notes that was there at a time, None for an older one."""
        position = self._positions.get(notes or "")
        if position is None:
            return None
        for newer in range(len(self._commits) - 1, position, -1):
            if self._arrived[newer] <= time:
                return self._commits[newer].id
        return None

    def _add(self, commit: str, text: bytes, position: int, seen: set[bytes]) -> None:
        lines = dict.fromkeys(line for line in text.split(b"\n") if line not in seen)
        seen.update(lines)
        results = check_results.parse(b"\n".join(lines)).results
        self._noted.setdefault(commit, []).extend(_Noted(position, each) for each in results)

    def _known(self, notes: str) -> frozenset[int] | None:
        """Return the positions in the history of a commit; None where they are all before it."""
        if self._linear:
            return None
        if notes not in self._ancestors:
            known: set[int] = set()
            waiting = [notes]
            while waiting:
                position = self._positions.get(waiting.pop())
                if position is not None and position not in known:
                    known.add(position)
                    waiting += self._commits[position].parents
            self._ancestors[notes] = frozenset(known)
        return self._ancestors[notes]


def blobs(commits: Iterable[LoggedCommit]) -> Iterator[str]:
    """Yield the object ids of the notes that commits write."""
    for commit in commits:
        for delta in commit.deltas:
            if delta.after and delta.mode in REGULAR:
                yield delta.after


def noted_commit(path: str) -> str:
    """Return the commit whose note a file is, whatever the folders (ab/cdef..., abcdef...)."""
    return path.replace("/", "")


def _texts(
    commit: LoggedCommit, contents: Mapping[str, bytes | None]
) -> Iterator[tuple[str, bytes]]:
    for delta in commit.deltas:
        text = contents.get(delta.after or "") if delta.mode in REGULAR else None
        if text:
            yield noted_commit(delta.path), text
