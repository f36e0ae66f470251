"""The deployments of a release in an environment: between the commits that brought it to the branch
and took it away.

Looked at are the commits that the branch itself went through (first parents): a proposal arrives
with its merge. What counts is the value in the file, whoever wrote it.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from gitops_ci.adapters.git import Commit
from gitops_ci.core.believed_dates import Dated, dated
from gitops_ci.model.deployment import Deployment
from gitops_ci.model.operation import Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.ledger.reader import LedgerReader

# commits whose trees are fetched in one go: few at first, because most releases came lately
_SIZES = (8, 32, 128)
_STEP = 50  # commits at least below one whose dates are held against its own


def current_deployment(
    ledger_reader: LedgerReader, target: Target, release: Release, *, now: int, back_to: int = 0
) -> Deployment | None:
    """Return the deployment of a release that runs in the target now, None otherwise.

    It is looked at no further back than to ``back_to``, in seconds since the epoch.
    """
    history = _BranchHistory(ledger_reader, target, release, now)
    index = history.beginning(back_to)
    if index is None:
        return None
    return Deployment(release, history.dated(index).latest, commit=history.commits[index].id)


def prefetch(ledger_reader: LedgerReader, targets: Sequence[Target], *, back_to: int) -> None:
    """Read for many targets of one branch in one go what `present` looks at first."""
    commits: list[str] = []
    for commit in islice(ledger_reader.branches.line(targets[0].branch), _SIZES[0]):
        commits.append(commit.id)
        if commit.committer_time <= back_to:
            break
    ledger_reader.releases.fetch([(target, commit) for target in targets for commit in commits])


def earlier_deployments(
    ledger_reader: LedgerReader,
    target: Target,
    release: Release,
    *,
    now: int,
    enough: int | None = None,
) -> Iterator[Deployment]:
    """Yield the deployments that operations began, or that gitops.yaml found, and that are over,
    the oldest first.

    Reads the whole history, and the values only around them: one that lasted for ``enough`` seconds
    is not followed to its end.
    """
    history = _BranchHistory(ledger_reader, target, release, now)
    claims = [(target, record) for record in ledger_reader.claims.bringing(target, release)]
    begun = [record.commit for _, record in ledger_reader.verified(claims)]
    beginnings = history.arrivals([*begun, ledger_reader.bootstrap(target.branch)])
    ended: int | None = None  # where the last one did
    for index in sorted(beginnings, reverse=True):
        if (ended is None or index <= ended) and history.holds(index):
            since = history.dated(index).latest
            ended = history.end(index, since, enough)
            if ended is None:
                return  # it is there still
            until = history.dated(ended).earliest
            yield Deployment(release, since, until, history.commits[index].id)


class _BranchHistory:
    """The commits that a branch went through, the newest first, and whether they hold a release."""

    def __init__(
        self, ledger_reader: LedgerReader, target: Target, release: Release, now: int
    ) -> None:
        self.commits: list[Commit] = []
        self._ledger_reader = ledger_reader
        self._target = target
        self._release = release
        self._now = now
        self._dated: list[Dated] = []  # of the commits that have been read
        self._chain = ledger_reader.branches.line(target.branch)

    def dated(self, index: int) -> Dated:
        """Return when a commit came to the branch, as the audit sees it: what begins with it began
        at the latest, what ends at the earliest.

        Where a date among those that are looked at can't be, all of the history is.
        """
        self._reach((index // _STEP + 2) * _STEP)
        self._date()
        if not all(each.believed for each in self._dated):
            self._reach(None)
            self._date()
        return self._dated[index]

    def _date(self) -> None:
        if len(self._dated) < len(self.commits):
            dates = [commit.committer_time for commit in reversed(self.commits)]
            self._dated = dated(dates, self._now)[::-1]

    def holds(self, index: int) -> bool:
        """Tell whether the release is there at an index."""
        return self._held([index])[0]

    def beginning(self, back_to: int) -> int | None:
        """Return the index at which the release came that is there now, None where it is not there.

        An index that is as old as ``back_to`` is not followed further.
        """
        beginning: int | None = None
        for size in _sizes():
            indexes = self._window(0 if beginning is None else beginning + 1, size, back_to)
            for index, held in zip(indexes, self._held(indexes), strict=True):
                if not held:
                    return beginning
                beginning = index
                if self._is_as_old_as(back_to, index):
                    return beginning
            if not indexes:
                break
        return beginning

    def _is_as_old_as(self, time: int, index: int) -> bool:
        return self.commits[index].committer_time <= time and self.dated(index).latest <= time

    def end(self, index: int, since: int, enough: int | None) -> int | None:
        """Return the index at which the release was gone, or had been there long enough; None where
        it still is.
        """
        for size in _sizes():
            indexes = list(range(index - 1, max(-1, index - 1 - size), -1))
            for newer, held in zip(indexes, self._held(indexes), strict=True):
                if not held or (
                    enough is not None and self.dated(newer).earliest - since >= enough
                ):
                    return newer
            if not indexes:
                break
            index = indexes[-1]
        return None

    def arrivals(self, commits: Sequence[str]) -> set[int]:
        """Return the indexes at which commits came to the branch: their own, or those of the merges
        that brought them. The whole history has to be read.
        """
        self._reach(None)
        own = {commit.id: index for index, commit in enumerate(self.commits)}
        arrival = self._ledger_reader.branches.arrival
        arrived = {arrival(self._target.branch, commit) for commit in commits}
        return {own[commit] for commit in arrived & own.keys()}

    def _window(self, index: int, size: int, back_to: int) -> list[int]:
        """Return the next indexes to look at: up to the first that may be old enough."""
        self._reach(index + size - 1)
        indexes: list[int] = []
        for following in range(index, min(index + size, len(self.commits))):
            indexes.append(following)
            if self.commits[following].committer_time <= back_to:
                break
        return indexes

    def _held(self, indexes: Sequence[int]) -> list[bool]:
        commits = [self.commits[index].id for index in indexes]
        releases = self._ledger_reader.releases.of(self._target, commits)
        return [release is not None and release.same_content(self._release) for release in releases]

    def _reach(self, index: int | None) -> None:
        """Read on to an index, or to the end."""
        missing = None if index is None else index + 1 - len(self.commits)
        if missing is None or missing > 0:
            self.commits.extend(islice(self._chain, missing))


def _sizes() -> Iterator[int]:
    yield from _SIZES
    while True:
        yield _SIZES[-1]
