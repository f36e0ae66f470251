"""The releases that one environment had and the other one did not, from the ledger."""

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from gitops_ci.model.difference import (
    APART,
    BACKWARD,
    EMPTY,
    FORWARD,
    SAME,
    AppDifference,
    Direction,
    ReleaseChange,
)
from gitops_ci.model.operation import Record, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.ledger.claims import Claim
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection

_SHOWN = 100  # releases of one application
_SHOWN_APART = 20  # where there is no common one to begin with
_SHOWN_TOGETHER = 300  # of all applications, but some of each
_BATCH = 4  # what the ledger reads at once beyond what is asked for


class EnvironmentPair(msgspec.Struct, frozen=True):
    """An application in both environments, with the verified records of what runs there."""

    first: Target
    second: Target
    brought: Record | None
    since: Record | None

    @property
    def name(self) -> str:
        """Return the name of the application."""
        return self.first.app.name

    @property
    def one_branch(self) -> bool:
        """Tell whether both environments live on one branch."""
        return self.first.branch == self.second.branch

    @property
    def same(self) -> bool:
        """Tell whether both run the same release."""
        return self.first.release.same_content(self.second.release)


def environment_pairs(selection: Selection, ledger_reader: LedgerReader) -> list[EnvironmentPair]:
    """Return the applications that both environments have."""
    seconds = {target.app.name: target for target in selection.targets}
    both = [
        (source, seconds[source.app.name])
        for source in selection.sources
        if source.app.name in seconds
    ]
    records = ledger_reader.newest([source for source, _ in both])
    since = ledger_reader.newest([target for _, target in both])
    return [
        EnvironmentPair(
            first,
            second,
            first.brought_by(records.get(first.app.name)),
            second.brought_by(since.get(first.app.name)),
        )
        for first, second in both
    ]


def releases_between(
    pairs: Sequence[EnvironmentPair], ledger_reader: LedgerReader
) -> list[AppDifference]:
    """Return for each application what runs in both environments, and the releases between them,
    newest first.
    """
    moving = [pair for pair in pairs if not pair.same]
    limit = max(2, min(_SHOWN, _SHOWN_TOGETHER // max(1, len(moving))))
    _read_ahead(moving, ledger_reader, limit)
    return [_between(pair, ledger_reader, limit) for pair in pairs]


def _read_ahead(moving: Sequence[EnvironmentPair], ledger_reader: LedgerReader, limit: int) -> None:
    """Read all that will be verified at once: a fetch for each application would take minutes."""
    strangers = [
        pair
        for pair in moving
        if pair.second.release.deployed
        and not _claimed(pair.first, pair.second.release, ledger_reader)
    ]
    if strangers:
        ledger_reader.read_first(
            [target for pair in strangers for target in (pair.first, pair.second)]
        )
    claims: list[Claim] = []
    for pair in moving:
        ahead = _claimed(pair.second, pair.first.release, ledger_reader)
        claims += [
            (pair.first, record)
            for record in islice(ledger_reader.claims.of(pair.first), limit + _BATCH)
        ]
        claims += [
            (pair.first, record)
            for record in _claimed(pair.first, pair.second.release, ledger_reader)
        ]
        claims += [
            (pair.second, record)
            for record in islice(
                ledger_reader.claims.of(pair.second), limit + _BATCH if ahead else 0
            )
        ]
        claims += [(pair.second, record) for record in ahead]
    ledger_reader.verified(claims)


def _claimed(target: Target, release: Release, ledger_reader: LedgerReader) -> list[Record]:
    """Return the newest claim that a release came to an environment, if there is one."""
    return list(islice(ledger_reader.claims.bringing(target, release), 1))


def _between(pair: EnvironmentPair, ledger_reader: LedgerReader, limit: int) -> AppDifference:
    first = (
        pair.first.release.completed_by(pair.brought.release)
        if pair.brought
        else pair.first.release
    )
    second = (
        pair.second.release.completed_by(pair.since.release) if pair.since else pair.second.release
    )
    direction = _direction(pair, ledger_reader)
    changes: list[ReleaseChange] = []
    more = False
    if direction not in {SAME, EMPTY}:
        ahead = direction == BACKWARD
        target, running = (pair.second, pair.since) if ahead else (pair.first, pair.brought)
        stop = pair.first.release if ahead else pair.second.release
        common = direction != APART and stop.deployed
        steps = _until(target, running, stop if common else None, ledger_reader)
        changes = list(islice(steps, (limit if common else min(limit, _SHOWN_APART)) + 1))
        more = len(changes) > limit or (not common and len(changes) > _SHOWN_APART)
        changes = changes[:-1] if more else changes
    return AppDifference(pair.name, first, second, direction, tuple(changes), more, pair.since)


def _direction(pair: EnvironmentPair, ledger_reader: LedgerReader) -> Direction:
    first, second = pair.first.release, pair.second.release
    if not first.deployed:
        return EMPTY
    if pair.same:
        return SAME
    if not second.deployed or _had(pair.first, second, ledger_reader):
        return FORWARD
    return BACKWARD if _had(pair.second, first, ledger_reader) else APART


def _had(target: Target, release: Release, ledger_reader: LedgerReader) -> bool:
    """Tell whether an environment had a release: an operation brought it, or it was there when
    gitops.yaml was added.
    """
    claims = ledger_reader.claims.bringing(target, release)
    while some := [(target, record) for record in islice(claims, 2)]:
        if ledger_reader.verified(some):
            return True
    first = ledger_reader.first(target)
    return first is not None and first.same_content(release)


def _until(
    target: Target, running: Record | None, stop: Release | None, ledger_reader: LedgerReader
) -> Iterator[ReleaseChange]:
    """Yield an environment's releases, newest first, as far as to the one known to both."""
    if running is None:
        yield ReleaseChange(target.release, None)
    for record in ledger_reader.records(target):
        if stop and record.release.same_content(stop):
            return
        yield ReleaseChange(record.release, record)
