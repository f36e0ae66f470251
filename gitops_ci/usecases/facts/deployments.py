"""The deployments of a release in an environment: between the commits that brought it to the branch
and took it away.

Looked at are the commits that the branch itself went through (first parents): a proposal arrives
with its merge. What counts is the value in the file, whoever wrote it.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from gitops_ci.adapters.git import Commit
from gitops_ci.model.deployment import Deployment
from gitops_ci.model.operation import Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.ledger.reader import LedgerReader

_SIZES = (
    8,
    32,
    128,
)  # commits whose trees are fetched in one go: few at first, because most runs are short
_DOUBTED = 50  # commits below one whose dates are held against its own


def current_deployment(
    ledger_reader: LedgerReader, target: Target, release: Release, *, now: int, back_to: int = 0
) -> Deployment | None:
    """Return the deployment of a release that runs in the target now, None otherwise.

    It is looked at no further back than to ``back_to``, in seconds since the epoch.
    """
    history = _BranchHistory(ledger_reader, target, release, now)
    place = history.beginning(back_to)
    if place is None:
        return None
    return Deployment(release, history.arrival(place), commit=history.commits[place].id)


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
    newest = -1  # the place where the last one ended
    first = True
    for place in sorted(
        history.places([*begun, ledger_reader.bootstrap(target.branch)]), reverse=True
    ):
        if (first or place <= newest) and history.holds(place):
            since = history.arrival(place)
            end = history.end(place, since, enough)
            if end is None:
                return  # it is there still
            yield Deployment(release, since, history.arrival(end), history.commits[place].id)
            first, newest = False, end


def deployments_of(
    ledger_reader: LedgerReader, target: Target, release: Release, *, now: int
) -> list[Deployment]:
    """Return all deployments of a release in the target, the oldest first; reads the whole
    history.
    """
    running = current_deployment(ledger_reader, target, release, now=now)
    return [
        *earlier_deployments(ledger_reader, target, release, now=now),
        *([running] if running else []),
    ]


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
        self._chain = ledger_reader.branches.line(target.branch)

    def arrival(self, place: int) -> int:
        """Return when a commit came to the branch: not before those below it, so that a forged date
        gains nothing.

        Dates that lie in the future prove nothing.
        """
        commit = self.commits[place]
        if commit.committer_time > self._now:
            return self._now
        self._reach(place + _DOUBTED)
        below = [
            *self.commits[place : place + _DOUBTED + 1],
            *self._ledger_reader.branches.parents(self._target.branch, commit),
        ]
        return max(each.committer_time for each in below if each.committer_time <= self._now)

    def holds(self, place: int) -> bool:
        """Tell whether the release is there at a place."""
        return self._held([place])[0]

    def beginning(self, back_to: int) -> int | None:
        """Return the place at which the release came that is there now, None where it is not there.

        A place that is as old as ``back_to`` is not followed further.
        """
        found: int | None = None
        for size in _sizes():
            places = self._window(0 if found is None else found + 1, size, back_to)
            for place, held in zip(places, self._held(places), strict=True):
                if not held:
                    return found
                found = place
                if self.commits[place].committer_time <= back_to and self.arrival(place) <= back_to:
                    return found
            if not places:
                break
        return found

    def end(self, place: int, since: int, enough: int | None) -> int | None:
        """Return the place at which the release was gone, or had been there long enough; None where
        it still is.
        """
        for size in _sizes():
            places = list(range(place - 1, max(-1, place - 1 - size), -1))
            for newer, held in zip(places, self._held(places), strict=True):
                if not held or (enough is not None and self.arrival(newer) - since >= enough):
                    return newer
            if not places:
                break
            place = places[-1]
        return None

    def places(self, commits: Sequence[str]) -> set[int]:
        """Return the places at which commits came to the branch: their own, or those of the merges
        that brought them.
        """
        self._reach(None)
        own = {each.id: place for place, each in enumerate(self.commits)}
        wanted = set(commits) - own.keys()
        brought = {own[commit] for commit in commits if commit in own}
        seen: set[str] = set()
        for place in range(len(self.commits) - 1, -1, -1) if wanted else ():
            stack = [self.commits[place]]
            while stack:
                commit = stack.pop()
                brought |= {place} if commit.id in wanted else set()
                seen.add(commit.id)
                stack += [
                    each
                    for each in self._ledger_reader.branches.parents(self._target.branch, commit)
                    if each.id not in seen
                ]
        return brought

    def _window(self, place: int, size: int, back_to: int) -> list[int]:
        """Return the next places to look at: up to the first that may be old enough."""
        self._reach(place + size - 1)
        places: list[int] = []
        for each in range(place, min(place + size, len(self.commits))):
            places.append(each)
            if self.commits[each].committer_time <= back_to:
                break
        return places

    def _held(self, places: Sequence[int]) -> list[bool]:
        commits = [self.commits[place].id for place in places]
        releases = self._ledger_reader.releases.of(self._target, commits)
        return [release is not None and release.same_content(self._release) for release in releases]

    def _reach(self, place: int | None) -> None:
        """Read on to a place, or to the end."""
        missing = None if place is None else place + 1 - len(self.commits)
        if missing is None or missing > 0:
            self.commits.extend(islice(self._chain, missing))


def _sizes() -> Iterator[int]:
    yield from _SIZES
    while True:
        yield _SIZES[-1]
