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
    first_record: Record | None
    second_record: Record | None

    @property
    def name(self) -> str:
        return self.first.app.name

    @property
    def one_branch(self) -> bool:
        return self.first.branch == self.second.branch

    @property
    def same(self) -> bool:
        return self.first.release.same_content(self.second.release)

    @property
    def first_release(self) -> Release:
        """With the digests and origin that the record knows."""
        return _completed(self.first, self.first_record)

    @property
    def second_release(self) -> Release:
        """With the digests and origin that the record knows."""
        return _completed(self.second, self.second_record)


def _completed(target: Target, record: Record | None) -> Release:
    return target.release.completed_by(record.release) if record else target.release


def environment_pairs(selection: Selection, ledger_reader: LedgerReader) -> list[EnvironmentPair]:
    """Return the applications that both environments have."""
    seconds = {target.app.name: target for target in selection.targets}
    both = [
        (source, seconds[source.app.name])
        for source in selection.sources
        if source.app.name in seconds
    ]
    first_records = ledger_reader.newest([first for first, _ in both])
    second_records = ledger_reader.newest([second for _, second in both])
    return [
        EnvironmentPair(
            first,
            second,
            first.brought_by(first_records.get(first.app.name)),
            second.brought_by(second_records.get(first.app.name)),
        )
        for first, second in both
    ]


def releases_between(
    pairs: Sequence[EnvironmentPair], ledger_reader: LedgerReader
) -> list[AppDifference]:
    """Return what runs in both environments and the releases between them, newest first."""
    moving = [pair for pair in pairs if not pair.same]
    limit = max(2, min(_SHOWN, _SHOWN_TOGETHER // max(1, len(moving))))
    _read_ahead(moving, ledger_reader, limit)
    return [_between(pair, ledger_reader, limit) for pair in pairs]


def _read_ahead(pairs: Sequence[EnvironmentPair], ledger_reader: LedgerReader, limit: int) -> None:
    """Read all that will be verified at once: a fetch for each application would take minutes."""
    without_claim = [
        pair
        for pair in pairs
        if pair.second.release.deployed
        and not _claimed(pair.first, pair.second.release, ledger_reader)
    ]
    if without_claim:
        ledger_reader.read_first(
            [target for pair in without_claim for target in (pair.first, pair.second)]
        )
    claims: list[Claim] = []
    for pair in pairs:
        claims += _first_claims(pair, ledger_reader, limit)
        claims += _second_claims(pair, ledger_reader, limit)
    ledger_reader.verified(claims)


def _first_claims(
    pair: EnvironmentPair, ledger_reader: LedgerReader, limit: int
) -> Iterator[Claim]:
    target = pair.first
    newest = islice(ledger_reader.claims.of(target), limit + _BATCH)
    for record in (*newest, *_claimed(target, pair.second.release, ledger_reader)):
        yield target, record


def _second_claims(
    pair: EnvironmentPair, ledger_reader: LedgerReader, limit: int
) -> Iterator[Claim]:
    """Yield what is looked at only where the second environment may be ahead."""
    target = pair.second
    ahead = _claimed(target, pair.first.release, ledger_reader)
    if ahead:
        for record in (*islice(ledger_reader.claims.of(target), limit + _BATCH), *ahead):
            yield target, record


def _claimed(target: Target, release: Release, ledger_reader: LedgerReader) -> list[Record]:
    """Return the newest claim that a release came to an environment, if there is one."""
    return list(islice(ledger_reader.claims.bringing(target, release), 1))


def _between(pair: EnvironmentPair, ledger_reader: LedgerReader, limit: int) -> AppDifference:
    direction = _direction(pair, ledger_reader)
    changes: list[ReleaseChange] = []
    more = False
    if direction not in {SAME, EMPTY}:
        changes, more = _changes(pair, direction, ledger_reader, limit)
    return AppDifference(
        pair.name,
        pair.first_release,
        pair.second_release,
        direction,
        tuple(changes),
        more,
        pair.second_record,
    )


def _changes(
    pair: EnvironmentPair, direction: Direction, ledger_reader: LedgerReader, limit: int
) -> tuple[list[ReleaseChange], bool]:
    """Return the releases of the environment that is ahead, and whether it had more of them."""
    if direction == BACKWARD:
        target, record, stop = pair.second, pair.second_record, pair.first.release
    else:
        target, record, stop = pair.first, pair.first_record, pair.second.release
    common = direction != APART and stop.deployed
    most = limit if common else min(limit, _SHOWN_APART)
    releases = _until(target, record, stop if common else None, ledger_reader)
    changes = list(islice(releases, most + 1))
    return changes[:most], len(changes) > most


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
