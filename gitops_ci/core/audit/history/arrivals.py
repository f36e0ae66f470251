"""What arrived on a branch, commit by commit: its first parents, and what each merge brought."""

from collections.abc import Mapping

import msgspec

from gitops_ci.core import ledger
from gitops_ci.core.believed_dates import AHEAD, dated
from gitops_ci.model.commits import Delta, LoggedCommit
from gitops_ci.model.operation import Record

_FOLDER = "040000"


class ArrivedCommit(msgspec.Struct, frozen=True):
    """One commit that arrived on a branch, and what came with it, oldest first, when it is a merge.

    Times are in seconds since the epoch. It arrived between ``arrived`` and ``latest``, which are
    one where its date is ``believed``, and not before ``before``, when the commit before it was
    made. It was ``made`` no later: both differ where it is being pushed now.
    """

    branch: str
    commit: LoggedCommit
    arrived: int
    latest: int
    before: int
    made: int
    believed: bool = True
    side: tuple[LoggedCommit, ...] = ()

    def made_at(self, commit: LoggedCommit) -> int:
        """Return when a commit that came with this one was made, as far as its date can be
        right.
        """
        if commit.id == self.commit.id:
            return self.made
        return min(max(commit.time, self.before), self.made)

    def disbelieved(self) -> list[LoggedCommit]:
        """Return the commits whose dates say nothing: of what a merge brought, those without one
        and those from after it.
        """
        wrong = [commit for commit in self.side if not 0 < commit.time <= self.latest + AHEAD]
        return wrong if self.believed else [*wrong, self.commit]


class Clock(msgspec.Struct, frozen=True):
    """What time it is for the judge, in seconds since the epoch.

    The commits that are ``pushed`` arrive now, whatever they claim.
    """

    now: int
    pushed: frozenset[str] = frozenset()


def chain(
    branch: str,
    head: str,
    commits: Mapping[str, LoggedCommit],
    clock: Clock,
    bounds: Mapping[str, int] | None = None,
) -> list[ArrivedCommit]:
    """Return what arrived on a branch, oldest first; ``bounds`` are times of commits that its
    operations had read.
    """
    line: list[LoggedCommit] = []
    here: LoggedCommit | None = commits.get(head)
    while here:
        line.append(here)
        here = commits.get(here.parents[0]) if here.parents else None
    line.reverse()
    steps: list[ArrivedCommit] = []
    seen: set[str] = set()
    made = 0
    for commit, date in zip(line, dated([each.time for each in line], clock.now), strict=True):
        side = _merged(commit, commits, seen)
        seen |= {commit.id, *(merged.id for merged in side)}
        read = [time for each in (*side, commit) for time in _read_at(each, bounds or {})]
        before, made = made, max(made, date.earliest, *read)
        arrived, latest = made, max(made, date.latest)
        if commit.id in clock.pushed:
            arrived = latest = clock.now
        steps.append(
            ArrivedCommit(branch, commit, arrived, latest, before, made, date.believed, side)
        )
    return steps


def records(commit: LoggedCommit) -> list[Record]:
    """Return what a commit's trailers claim."""
    return ledger.records(commit.id, commit.parents, commit.time, commit.message)


def claims_of(commit: LoggedCommit) -> dict[tuple[str, str], list[Record]]:
    """Return what a commit's trailers claim, by application and environment."""
    by_target: dict[tuple[str, str], list[Record]] = {}
    for record in records(commit):
        by_target.setdefault((record.app, record.environment), []).append(record)
    return by_target


def change_of_file(commit: LoggedCommit, path: str) -> Delta | None:
    return next((delta for delta in files(commit) if delta.path == path), None)


def files(commit: LoggedCommit) -> list[Delta]:
    """Return what a commit changed, without folders."""
    return [delta for delta in commit.deltas if _FOLDER not in {delta.mode, delta.mode_before}]


def _merged(
    commit: LoggedCommit, commits: Mapping[str, LoggedCommit], seen: set[str]
) -> tuple[LoggedCommit, ...]:
    """Return what a merge brought that its first parent did not have, parents before children."""
    merged: list[LoggedCommit] = []
    visited = {*commit.parents[:1], commit.id}
    waiting = [(parent, False) for parent in reversed(commit.parents[1:])]
    while waiting:
        name, parents_are_done = waiting.pop()
        ancestor = commits.get(name)
        if ancestor is None or name in seen:
            continue
        if parents_are_done:
            merged.append(ancestor)
        elif name not in visited:
            visited.add(name)
            waiting.append((name, True))
            waiting += [(parent, False) for parent in reversed(ancestor.parents)]
    return tuple(merged)


def _read_at(commit: LoggedCommit, bounds: Mapping[str, int]) -> list[int]:
    """Return the times of the commits that an operation says it read: it can't have been before
    them.
    """
    if not bounds:
        return []
    named = {name for record in records(commit) for name in (record.policy, record.chart) if name}
    return [bounds[name] for name in named if name in bounds]
