"""The chart: a promotion to another branch takes it along as it was at the commit that deployed the
release.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.base.errors import UsageError
from gitops_ci.model.config import Config
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Chart, ChartEntry, Choice, Plan, Record, Target
from gitops_ci.model.paths import join
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.chart_boundary import Kept, kept_apart
from gitops_ci.usecases.operation.chart_listings import Entry, Listing, chart_entries, listings
from gitops_ci.usecases.operation.snapshot import Selection

_LOOKED_BACK = 5  # charts that came along earlier, to which the target may have been taken back


class _ChartRoute(msgspec.Struct, frozen=True):
    """From where to where an application's chart goes: commits and folders."""

    target: Target
    branch: str
    commit: str
    folder: str
    head: str
    into: str


class _Move(msgspec.Struct, frozen=True):
    """A way with the chart that is there and the one that comes."""

    way: _ChartRoute
    before: Listing
    after: Listing

    @property
    def name(self) -> str:
        """Return the name of the application."""
        return self.way.target.app.name

    @property
    def carried(self) -> tuple[ChartEntry, ...]:
        """Return what changes."""
        return chart_entries(self.way.into, self.before, self.after)


def charts_to_promote(
    repository: Repository,
    selection: Selection,
    choices: Sequence[Choice],
    ledger_reader: LedgerReader,
) -> dict[str, Chart]:
    """Return what goes along by application, nothing where source and target are on one branch."""
    sources = {source.app.name: source.environment.name for source in selection.sources}
    pairs = zip(selection.targets, choices, strict=True)
    ways = [
        way
        for target, choice in pairs
        if (way := _way(selection, target, choice, sources[target.app.name]))
    ]
    if not ways:
        return {}
    kept = kept_apart(selection.snapshot.config, [way.target.app for way in ways])
    places = [(way, way.head, way.into) for way in ways] + [
        (way, way.commit, way.folder) for way in ways
    ]
    found = listings(repository, places, kept)
    moves = [
        _Move(way, before, after)
        for way, before, after in zip(ways, found, found[len(ways) :], strict=False)
    ]
    moves = [
        move for move in moves if move.after
    ]  # a branch with values files alone has no chart to give
    own = _own_changes(
        repository,
        selection.snapshot.config,
        [move for move in moves if move.carried],
        kept,
        ledger_reader,
    )
    return {
        move.name: Chart(move.way.branch, move.way.commit, move.carried, own.get(move.name, ()))
        for move in moves
    }


def entries(plan: Plan) -> dict[str, Entry | None]:
    """Return what a plan carries by path, None for what is removed; raises UsageError where two
    applications disagree.
    """
    wanted: dict[str, tuple[str, Entry | None]] = {}
    for change in plan.changes:
        for chart_entry in change.carried:
            entry = (
                (chart_entry.mode, chart_entry.after)
                if chart_entry.mode and chart_entry.after
                else None
            )
            app, other = wanted.setdefault(chart_entry.path, (change.app.name, entry))
            if other != entry:
                raise UsageError(
                    f"{app} and {change.app.name} share {chart_entry.path}, but were "
                    "deployed with different versions of it",
                    remedy="promote them one by one: the last one decides",
                )
    return {path: entry for path, (_, entry) in wanted.items()}


def _way(selection: Selection, target: Target, choice: Choice, source: str) -> _ChartRoute | None:
    """Return the way from where the release was deployed, else from the head of that branch; None
    on one branch.
    """
    snapshot = selection.snapshot
    origin = choice.origin
    name = (origin.environment if origin else None) or source
    environment = snapshot.config.environments[name]
    branch = snapshot.branch_of(environment)
    if branch == target.branch:
        return None
    commit = origin.record.commit if origin and origin.record else snapshot.heads[branch]
    into = fill(target.app.path, env=target.environment.name)
    return _ChartRoute(
        target, branch, commit, fill(target.app.path, env=name), snapshot.heads[target.branch], into
    )


def _own_changes(
    repository: Repository,
    config: Config,
    moves: Sequence[_Move],
    kept: Kept,
    ledger_reader: LedgerReader,
) -> dict[str, tuple[str, ...]]:
    """Return by application what was changed on the target's branch itself, compared with what may
    have come from the source.
    """
    own: dict[str, tuple[str, ...]] = {}
    known = {move.name: _known(config, move.way, ledger_reader) for move in moves}
    waiting = list(moves)
    while waiting:
        pairs = [(move, place) for move in waiting if (place := next(known[move.name], None))]
        bases = listings(
            repository, [(move.way, commit, folder) for move, (commit, folder) in pairs], kept
        )
        asked = {move.name: base for (move, _), base in zip(pairs, bases, strict=True)}
        for move in waiting:
            if move.name not in asked and move.name in own:
                continue
            lost = _lost(move, asked.get(move.name, {}))
            # what differs from the newest is what a person wants to hear of
            own[move.name] = own.get(move.name, lost) if lost else ()
        waiting = [move for move in waiting if move.name in asked and own[move.name]]
    return own


def _lost(move: _Move, base: Listing) -> tuple[str, ...]:
    """Return the paths that differ from what was there before, unless they are as they are going to
    be.
    """
    names = sorted({*move.before, *base})
    changed = (
        name
        for name in names
        if move.before.get(name) not in {base.get(name), move.after.get(name)}
    )
    return tuple(join(move.way.into, name) for name in changed)


def _known(
    config: Config, way: _ChartRoute, ledger_reader: LedgerReader
) -> Iterator[tuple[str, str]]:
    """Yield where the target's chart may come from: what came along before, newest first, and where
    the branches parted.
    """
    for record in islice(_earlier(config, way, ledger_reader), _LOOKED_BACK):
        source = record.source if record.source in config.environments else None
        yield record.chart or "", fill(way.target.app.path, env=source) if source else way.folder
    common = ledger_reader.branches.common(way.target.branch, way.branch)
    if common:
        yield from ((common, folder) for folder in dict.fromkeys((way.into, way.folder)))


def _earlier(config: Config, way: _ChartRoute, ledger_reader: LedgerReader) -> Iterator[Record]:
    """Yield claims that a chart of this folder came along; a commit that the source does not have
    proves nothing.
    """
    sharing = {app.name for app in config.apps.values() if app.path == way.target.app.path} | {
        way.target.app.name
    }
    seen: set[str] = set()
    for record in ledger_reader.claims.on(way.target.branch):
        if record.chart and record.app in sharing and record.chart not in seen:
            seen.add(record.chart)
            if ledger_reader.branches.has(way.branch, record.chart):
                yield record
