"""The chart: a promotion to another branch takes it along as it was at the commit that deployed the
release.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.base.errors import UsageError
from gitops_ci.model.config import Config
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Chart, ChartEntry, Choice, Plan, Record, Target
from gitops_ci.model.paths import join
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.chart_boundary import ChartBoundary, boundary_of
from gitops_ci.usecases.operation.chart_listings import (
    Entry,
    FolderRoute,
    Listing,
    chart_entries,
    listings,
)
from gitops_ci.usecases.operation.snapshot import Selection

_LOOKED_BACK = 5  # charts that came along earlier, to which the target may have been taken back


class _ChartRoute(FolderRoute, frozen=True):
    """From a ``commit`` of another ``branch`` to the ``head`` of the target's."""

    target: Target
    branch: str
    commit: str
    head: str


class _ChartMove(msgspec.Struct, frozen=True):
    """A route with the chart that is there and the one that comes."""

    route: _ChartRoute
    before: Listing
    after: Listing

    @property
    def app(self) -> str:
        return self.route.target.app.name

    @property
    def carried(self) -> tuple[ChartEntry, ...]:
        return chart_entries(self.route.into, self.before, self.after)


def charts_to_promote(
    repository: Repository,
    selection: Selection,
    choices: Sequence[Choice],
    ledger_reader: LedgerReader,
) -> dict[str, Chart]:
    """Return what goes along by application, nothing where source and target are on one branch."""
    sources = {source.app.name: source.environment.name for source in selection.sources}
    routes = [
        route
        for target, choice in zip(selection.targets, choices, strict=True)
        if (route := _route(selection, target, choice, sources[target.app.name]))
    ]
    if not routes:
        return {}
    config = selection.snapshot.config
    boundary = boundary_of(config, [route.target.app for route in routes])
    moves = _moves(repository, routes, boundary)
    changing = [move for move in moves if move.carried]
    bases = {move.app: _bases(config, move.route, ledger_reader) for move in changing}
    own = _own_changes(repository, changing, bases, boundary)
    return {
        move.app: Chart(move.route.branch, move.route.commit, move.carried, own.get(move.app, ()))
        for move in moves
    }


def entries(plan: Plan) -> dict[str, Entry | None]:
    """Return what a plan carries by path, None for what is removed; raises UsageError where two
    applications disagree.
    """
    first: dict[str, tuple[str, Entry | None]] = {}
    for change in plan.changes:
        for carried in change.carried:
            entry = (carried.mode, carried.after) if carried.mode and carried.after else None
            app, other = first.setdefault(carried.path, (change.app.name, entry))
            if other != entry:
                raise UsageError(
                    f"{app} and {change.app.name} share {carried.path}, but were "
                    "deployed with different versions of it",
                    remedy="promote them one by one: the last one decides",
                )
    return {path: entry for path, (_, entry) in first.items()}


def _route(selection: Selection, target: Target, choice: Choice, source: str) -> _ChartRoute | None:
    """Return the route from where the release was deployed, else from the head of that branch; None
    on one branch.
    """
    snapshot, origin = selection.snapshot, choice.origin
    name = (origin.environment if origin else None) or source
    branch = snapshot.branch_of(snapshot.config.environments[name])
    if branch == target.branch:
        return None
    path = target.app.path
    return _ChartRoute(
        folder=fill(path, env=name),
        into=fill(path, env=target.environment.name),
        target=target,
        branch=branch,
        commit=origin.record.commit if origin and origin.record else snapshot.heads[branch],
        head=snapshot.heads[target.branch],
    )


def _moves(
    repository: Repository, routes: Sequence[_ChartRoute], boundary: ChartBoundary
) -> list[_ChartMove]:
    """List both ends of all routes in one go; a branch with values files alone has no chart to
    give.
    """
    there = [(route, route.head, route.into) for route in routes]
    coming = [(route, route.commit, route.folder) for route in routes]
    listed = listings(repository, [*there, *coming], boundary)
    ends = zip(routes, listed[: len(routes)], listed[len(routes) :], strict=True)
    return [_ChartMove(route, before, after) for route, before, after in ends if after]


def _own_changes(
    repository: Repository,
    moves: Sequence[_ChartMove],
    bases: Mapping[str, Iterator[tuple[str, str]]],
    boundary: ChartBoundary,
) -> dict[str, tuple[str, ...]]:
    """Return by application what was changed on the target's branch itself, compared with the
    ``bases`` that may have come from the source.

    One base that the target's chart equals is enough; else what differs from the newest base is
    what a person wants to hear of.
    """
    own: dict[str, tuple[str, ...]] = {}
    waiting = list(moves)
    while waiting:
        charts = [(move, base) for move in waiting if (base := next(bases[move.app], None))]
        listed = listings(repository, [(move.route, *base) for move, base in charts], boundary)
        for (move, _), listing in zip(charts, listed, strict=True):
            lost = _lost_paths(move, listing)
            own[move.app] = own.get(move.app, lost) if lost else ()
        for move in waiting:
            own.setdefault(move.app, _lost_paths(move, {}))
        waiting = [move for move, _ in charts if own[move.app]]
    return own


def _lost_paths(move: _ChartMove, base: Listing) -> tuple[str, ...]:
    """Return the paths that differ from what was there before, unless they are as they are going to
    be.
    """
    return tuple(
        join(move.route.into, name)
        for name in sorted({*move.before, *base})
        if move.before.get(name) not in {base.get(name), move.after.get(name)}
    )


def _bases(
    config: Config, route: _ChartRoute, ledger_reader: LedgerReader
) -> Iterator[tuple[str, str]]:
    """Yield the commit and folder from where the target's chart may come: what came along before,
    newest first, and where the branches parted.
    """
    for record in islice(_earlier_charts(config, route, ledger_reader), _LOOKED_BACK):
        source = record.source if record.source in config.environments else None
        folder = fill(route.target.app.path, env=source) if source else route.folder
        yield record.chart or "", folder
    common = ledger_reader.branches.common(route.target.branch, route.branch)
    if common:
        yield from ((common, folder) for folder in dict.fromkeys((route.into, route.folder)))


def _earlier_charts(
    config: Config, route: _ChartRoute, ledger_reader: LedgerReader
) -> Iterator[Record]:
    """Yield claims that a chart of this folder came along; a commit that the source does not have
    proves nothing.
    """
    target = route.target
    sharing = {app.name for app in config.apps.values() if app.path == target.app.path}
    sharing.add(target.app.name)
    seen: set[str] = set()
    for record in ledger_reader.claims.on(target.branch):
        chart = record.chart if record.app in sharing else None
        if chart and chart not in seen:
            seen.add(chart)
            if ledger_reader.branches.has(route.branch, chart):
                yield record
