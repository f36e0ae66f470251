"""Holds the plan that a record names against what its commit does, as the audit does it: text alone
proves nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.base.errors import GitopsError
from gitops_ci.core import plan_id
from gitops_ci.core.audit import rebuilt_operation
from gitops_ci.core.audit.rebuilt_operation import RebuiltChange
from gitops_ci.core.audit.state.environment_states import Value, read_value
from gitops_ci.core.audit.state.values_index import AuditedTarget, ValuesIndex
from gitops_ci.core.config import reader as configuration
from gitops_ci.core.config.implicit import implicit_config
from gitops_ci.model.config import Config
from gitops_ci.model.names import fill, is_name
from gitops_ci.model.operation import Chart, ChartEntry, Record, Snapshot, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.operation.chart_boundary import kept_apart
from gitops_ci.usecases.operation.chart_listings import (
    FolderRoute,
    Listing,
    chart_entries,
    listings,
)

_ID = re.compile(r"[0-9a-f]{40,64}")
Claim = tuple[Target, Record]
Place = tuple[str, str]  # commit, path
Files = Callable[[set[Place]], Mapping[Place, bytes | None]]
Charts = Mapping[
    tuple[str, str], tuple[ChartEntry, ...]
]  # what came along, by commit and application
_LOOKED_BACK = (
    3  # records before one that it may have followed: of those between, some may be forged
)


class _ClaimedOperation(msgspec.Struct, frozen=True):
    """What one commit claims to have done in an environment, of which one plan is in question, and
    the rules that held then.
    """

    plan: str
    records: tuple[Record, ...]
    config: Config
    spots: Mapping[str, AuditedTarget]


class RecordedPlans:
    """Computes each plan of a commit once.

    ``files`` reads contents, ``records`` returns what a commit of a branch claims, and ``older``
    yields, newest first, what was recorded of a target before a commit and is what the commits do.
    """

    def __init__(
        self,
        repository: Repository,
        snapshot: Snapshot,
        files: Files,
        records: Callable[[str, str], Sequence[Record]],
        older: Callable[[Target, str], Iterator[Record]],
    ) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._files = files
        self._records = records
        self._older = older
        self._judged: dict[tuple[str, str], bool] = {}
        self._configs: dict[bytes, Config | None] = {}

    def rules(self, claims: Sequence[Claim]) -> Iterator[Place]:
        """Yield what `of` reads of the rules, so that it can be fetched with something else."""
        for target, record in claims:
            commit = self._ruled_by(target, record)
            if commit:
                yield commit, configuration.FILE

    def of(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return those claims whose plan is the one of their commit; the commits do what their
        messages say.
        """
        open_claims = {
            (record.commit, record.plan or ""): (target, record)
            for target, record in claims
            if (record.commit, record.plan or "") not in self._judged
        }
        claimed_operations = {
            place: claimed_operation
            for place, claim in open_claims.items()
            if (claimed_operation := self._done(*claim))
        }
        self._files(
            {
                (commit, spot.file)
                for each in claimed_operations.values()
                for spot, one in _pairs(each)
                for commit in _commits(one)
            }
        )
        charts = self._charts(list(claimed_operations.values()))
        for place in open_claims:
            self._judged[place] = place in claimed_operations and self._holds(
                claimed_operations[place], charts
            )
        return [
            (target, record)
            for target, record in claims
            if self._judged[record.commit, record.plan or ""]
        ]

    def _ruled_by(self, target: Target, record: Record) -> str | None:
        """Return the commit whose gitops.yaml held: the one before it, or on another branch the one
        that it had read.
        """
        if target.branch == self._snapshot.policy_branch:
            return record.parent
        return record.policy if record.policy and _ID.fullmatch(record.policy) else None

    def _done(self, target: Target, record: Record) -> _ClaimedOperation | None:
        config = self._config(target, record)
        if config is None or not record.plan:
            return None
        places = ValuesIndex(config, self._snapshot.policy_branch)
        records = tuple(
            each
            for each in self._records(target.branch, record.commit)
            if each.environment == record.environment and is_name(each.app)
        )
        spots = {each.app: places.find((each.app, each.environment)) for each in records}
        return _ClaimedOperation(
            record.plan, records, config, {name: spot for name, spot in spots.items() if spot}
        )

    def _config(self, target: Target, record: Record) -> Config | None:
        commit = self._ruled_by(target, record)
        if not commit:
            return None
        content = self._files({(commit, configuration.FILE)})[commit, configuration.FILE]
        if content is None:
            # before there was a gitops.yaml; or a squash left the commit behind that had been read
            own = target.branch == self._snapshot.policy_branch or self._snapshot.config.implicit
            return implicit_config(record.app) if own else self._snapshot.config
        if content not in self._configs:
            self._configs[content] = _parsed(content)
        return self._configs[content]

    def _holds(self, done: _ClaimedOperation, charts: Charts) -> bool:
        """Tell whether the plan is that of everything which the commit did under its name.

        Most plans name the record before each change: it is looked for only where the plan is not
        the one without.
        """
        known = plan_id.read(done.plan)
        if known is None or self._goes_back(done, known.form):
            return False
        if self._fits(done, charts, {}):
            return True
        if known.form == plan_id.FIRST:
            return False
        if known.form > plan_id.FORM:
            # nobody here can compute it: views show what it says, operations refuse to build on it
            return True
        commit = done.records[0].commit
        before = {name: self._older(_target(target), commit) for name, target in done.spots.items()}
        for _ in range(_LOOKED_BACK):
            last = {
                name: record for name, records in before.items() if (record := next(records, None))
            }
            if not last:
                return False
            if self._fits(done, charts, last):
                return True
        return False

    def _goes_back(self, done: _ClaimedOperation, form: int) -> bool:
        """Tell whether a record is of an older form than the one before it at its place: the audit
        refuses it.
        """
        if form >= plan_id.FORM:
            return False
        commit = done.records[0].commit
        before = (
            next(self._older(_target(target), commit), None) for target in done.spots.values()
        )
        return any(plan_id.goes_back(form, record) for record in before)

    def _fits(self, done: _ClaimedOperation, charts: Charts, last: Mapping[str, Record]) -> bool:
        """Tell whether the plan is the one if these records, by application, were those before
        it.
        """
        rebuilts: list[RebuiltChange] = []
        for target in done.spots.values():
            name = target.app.name
            records = [record for record in done.records if record.app == name]
            before, after = (self._value(target, commit) for commit in _commits(records[0]))

            def chart(record: Record, name: str = name) -> Chart | None:
                known = charts.get((record.commit, name))
                return (
                    Chart("", record.chart, known) if record.chart and known is not None else None
                )

            rebuilts += rebuilt_operation.carried_out(
                target, records, before, after, chart, last.get(name)
            )
        made = [rebuilt for rebuilt in rebuilts if rebuilt.record.plan == done.plan]
        return bool(made) and rebuilt_operation.fits(made)

    def _value(self, target: AuditedTarget, commit: str) -> Value:
        return read_value(self._files({(commit, target.file)})[commit, target.file], target)

    def _charts(self, done: Sequence[_ClaimedOperation]) -> Charts:
        """Return by commit and application what came along of charts, as the commits have it."""
        found: dict[tuple[str, str], tuple[ChartEntry, ...]] = {}
        for claimed_operation in done:
            for target, record in _pairs(claimed_operation):
                if record.chart:
                    found[record.commit, target.app.name] = self._chart(
                        target, record, claimed_operation.config
                    )
        return found

    def _chart(
        self, target: AuditedTarget, record: Record, config: Config
    ) -> tuple[ChartEntry, ...]:
        source = config.environments.get(record.source or target.environment.source or "")
        into = fill(target.app.path, env=target.environment.name)
        folder = fill(target.app.path, env=source.name) if source else into
        way = FolderRoute(folder, into)
        before, after = self._listed(
            [(way, commit, into) for commit in _commits(record)], config, target
        )
        return chart_entries(into, before, after)

    def _listed(
        self, places: Sequence[tuple[FolderRoute, str, str]], config: Config, target: AuditedTarget
    ) -> Sequence[Listing]:
        return listings(self._repository, places, kept_apart(config, [target.app]))


def _pairs(done: _ClaimedOperation) -> Iterator[tuple[AuditedTarget, Record]]:
    for record in done.records:
        if record.app in done.spots:
            yield done.spots[record.app], record


def _target(target: AuditedTarget) -> Target:
    return Target(target.app, target.environment, target.branch, target.file, Release(()))


def _commits(record: Record) -> tuple[str, str]:
    return record.parent or "", record.commit


def _parsed(content: bytes) -> Config | None:
    try:
        return configuration.read(content)
    except GitopsError:
        return None
