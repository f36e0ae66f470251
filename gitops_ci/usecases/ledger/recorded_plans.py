"""Holds the plan that a record names against what its commit does, as the audit does it: text alone
proves nothing.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import dropwhile

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.base.errors import GitopsError
from gitops_ci.core import ledger, plan_id
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
from gitops_ci.usecases.ledger.claims import Claim, Claims
from gitops_ci.usecases.ledger.releases_at import BlobPath, ReleasesAt
from gitops_ci.usecases.operation.chart_boundary import boundary_of
from gitops_ci.usecases.operation.chart_listings import FolderRoute, chart_entries, listings

_COMMIT_ID = re.compile(r"[0-9a-f]{40,64}")
# what came along of charts, by commit and application
Charts = Mapping[tuple[str, str], tuple[ChartEntry, ...]]
# records before one that it may have followed: of those between, some may be forged
_LOOKED_BACK = 3


class RecordedOperation(msgspec.Struct, frozen=True):
    """What one commit did in an environment under a plan, and the rules that held then."""

    changes: Sequence[RebuiltChange]
    config: Config


class _ClaimedOperation(msgspec.Struct, frozen=True):
    """What one commit claims to have done in an environment, of which one plan is in question, and
    the rules that held then.
    """

    plan: str
    records: tuple[Record, ...]
    config: Config
    targets: Mapping[str, AuditedTarget]


class RecordedPlans:
    """Computes each plan of a commit once."""

    def __init__(
        self, repository: Repository, snapshot: Snapshot, claims: Claims, releases: ReleasesAt
    ) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._claims = claims
        self._releases = releases
        self._judged: dict[tuple[str, str], bool] = {}
        self._configs: dict[bytes, Config | None] = {}
        self._operations: dict[tuple[str, str], RecordedOperation] = {}

    def rules(self, claims: Sequence[Claim]) -> Iterator[BlobPath]:
        """Yield what `of` reads of the rules, so that it can be fetched with something else."""
        for target, record in claims:
            commit = self._ruled_by(target, record)
            if commit:
                yield commit, configuration.FILE

    def of(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return those claims whose plan is the one of their commit; the commits do what their
        messages say.
        """
        unjudged = {
            _key(record): (target, record)
            for target, record in claims
            if _key(record) not in self._judged
        }
        operations = {
            key: operation
            for key, claim in unjudged.items()
            if (operation := self._claimed(*claim))
        }
        self._fetch_values(operations.values())
        charts = self._charts(operations.values())
        for key in unjudged:
            self._judged[key] = key in operations and self._holds(operations[key], charts)
        return [(target, record) for target, record in claims if self._judged[_key(record)]]

    def operation(self, record: Record) -> RecordedOperation | None:
        """Return the operation of a record that `of` returned; None where its form is not known."""
        return self._operations.get(_key(record))

    def _fetch_values(self, operations: Collection[_ClaimedOperation]) -> None:
        self._releases.files(
            {
                (commit, target.file)
                for operation in operations
                for target, record in _pairs(operation)
                for commit in _commits(record)
            }
        )

    def _ruled_by(self, target: Target, record: Record) -> str | None:
        """Return the commit whose gitops.yaml held: the one before it, or on another branch the one
        that it had read.
        """
        if target.branch == self._snapshot.policy_branch:
            return record.parent
        return record.policy if record.policy and _COMMIT_ID.fullmatch(record.policy) else None

    def _claimed(self, target: Target, record: Record) -> _ClaimedOperation | None:
        config = self._config(target, record)
        if config is None or not record.plan:
            return None
        index = ValuesIndex(config, self._snapshot.policy_branch)
        records = tuple(
            other
            for other in self._claims.by(target.branch, record.commit)
            if other.environment == record.environment and is_name(other.app)
        )
        targets = {
            other.app: audited
            for other in records
            if (audited := index.find((other.app, other.environment)))
        }
        return _ClaimedOperation(record.plan, records, config, targets)

    def _config(self, target: Target, record: Record) -> Config | None:
        commit = self._ruled_by(target, record)
        if not commit:
            return None
        content = self._releases.files({(commit, configuration.FILE)})[commit, configuration.FILE]
        if content is None:
            # before there was a gitops.yaml; or a squash left the commit behind that had been read
            own = target.branch == self._snapshot.policy_branch or self._snapshot.config.implicit
            return implicit_config(record.app) if own else self._snapshot.config
        if content not in self._configs:
            self._configs[content] = _parse(content)
        return self._configs[content]

    def _holds(self, operation: _ClaimedOperation, charts: Charts) -> bool:
        """Tell whether the plan is that of everything which the commit did under its name.

        Most plans name the record before each change: it is looked for only where the plan is not
        the one without.
        """
        known = plan_id.read(operation.plan)
        if known is None or self._goes_back(operation, known.form):
            return False
        if self._fits(operation, charts, {}):
            return True
        if known.form > plan_id.FORM:
            # nobody here can compute it: views show what it says, operations refuse to build on it
            return True
        return known.form != plan_id.FIRST and any(
            self._fits(operation, charts, last) for last in self._predecessors(operation)
        )

    def _predecessors(self, operation: _ClaimedOperation) -> Iterator[dict[str, Record]]:
        """Yield by application the records that may be those before the operation, newest first."""
        older = {
            name: self._before(operation, target) for name, target in operation.targets.items()
        }
        for _ in range(_LOOKED_BACK):
            last = {
                name: record for name, records in older.items() if (record := next(records, None))
            }
            if not last:
                return
            yield last

    def _before(self, operation: _ClaimedOperation, audited: AuditedTarget) -> Iterator[Record]:
        """Yield what was recorded of a target before an operation, newest first, and is what its
        commits do.
        """
        target, commit = _target(audited), operation.records[0].commit
        records = self._claims.of(target)
        for record in dropwhile(lambda record: record.commit != commit, records):
            if record.commit != commit:
                before, after = self._releases.of(target, (record.parent, record.commit))
                if ledger.does(record, target.app, before, after):
                    yield record

    def _goes_back(self, operation: _ClaimedOperation, form: int) -> bool:
        """Tell whether a record is of an older form than the one before it in its target: the audit
        refuses it.
        """
        if form >= plan_id.FORM:
            return False
        before = (
            next(self._before(operation, target), None) for target in operation.targets.values()
        )
        return any(plan_id.goes_back(form, record) for record in before)

    def _fits(
        self, operation: _ClaimedOperation, charts: Charts, last: Mapping[str, Record]
    ) -> bool:
        """Tell whether the plan is the one if these records, by application, were those before
        it.
        """
        rebuilt: list[RebuiltChange] = []
        for name, target in operation.targets.items():
            records = [record for record in operation.records if record.app == name]
            before, after = (self._value(target, commit) for commit in _commits(records[0]))

            def chart(record: Record, name: str = name) -> Chart | None:
                carried = charts.get((record.commit, name))
                if not record.chart or carried is None:
                    return None
                return Chart("", record.chart, carried)

            rebuilt += rebuilt_operation.carried_out(
                target, records, before, after, chart, last.get(name)
            )
        of_plan = [rebuild for rebuild in rebuilt if rebuild.record.plan == operation.plan]
        if not of_plan or not rebuilt_operation.fits(of_plan):
            return False
        key = (of_plan[0].record.commit, operation.plan)
        self._operations[key] = RecordedOperation(of_plan, operation.config)
        return True

    def _value(self, target: AuditedTarget, commit: str) -> Value:
        return read_value(
            self._releases.files({(commit, target.file)})[commit, target.file], target
        )

    def _charts(self, operations: Collection[_ClaimedOperation]) -> Charts:
        return {
            (record.commit, target.app.name): self._chart(target, record, operation.config)
            for operation in operations
            for target, record in _pairs(operation)
            if record.chart
        }

    def _chart(
        self, target: AuditedTarget, record: Record, config: Config
    ) -> tuple[ChartEntry, ...]:
        """Return what came along of a chart, as the commit has it."""
        source = config.environments.get(record.source or target.environment.source or "")
        into = fill(target.app.path, env=target.environment.name)
        folder = fill(target.app.path, env=source.name) if source else into
        route = FolderRoute(folder, into)
        ends = [(route, commit, into) for commit in _commits(record)]
        boundary = boundary_of(config, [target.app])
        before, after = listings(self._repository, ends, boundary)
        return chart_entries(into, before, after)


def _key(record: Record) -> tuple[str, str]:
    return record.commit, record.plan or ""


def _pairs(operation: _ClaimedOperation) -> Iterator[tuple[AuditedTarget, Record]]:
    for record in operation.records:
        if record.app in operation.targets:
            yield operation.targets[record.app], record


def _target(target: AuditedTarget) -> Target:
    return Target(target.app, target.environment, target.branch, target.file, Release(()))


def _commits(record: Record) -> tuple[str, str]:
    return record.parent or "", record.commit


def _parse(content: bytes) -> Config | None:
    try:
        return configuration.read(content)
    except GitopsError:
        return None
