"""Judges records by the gates of their time, as the audit does: nothing is built on what did not
hold.

Judged are the gates whose facts are records themselves (order, digest, approval, withdrawn, and who
was named for an override), up the chain of environments as far as these asked for an approval. How
long a release soaked, what was checked and when releases were frozen is not judged a second time.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile

from msgspec.structs import replace

from gitops_ci.core import gates
from gitops_ci.core.audit import rejudge
from gitops_ci.core.audit.history.check_timeline import CheckTimeline
from gitops_ci.core.audit.rebuilt_operation import RebuiltChange
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.audit.state.values_index import AuditedTarget, ValuesIndex
from gitops_ci.core.believed_dates import GRACE
from gitops_ci.model.config import Config
from gitops_ci.model.deployment import Deployment, deciding_deployment, deployments_around
from gitops_ci.model.operation import Choice, Record, Snapshot, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.facts.withdrawn import FIRST_FETCH, is_build
from gitops_ci.usecases.ledger.reader import LedgerReader

_Key = tuple[str, str, str]


def judged_origins(
    choices: Sequence[Choice], snapshot: Snapshot, ledger_reader: LedgerReader
) -> list[Choice]:
    """Return choices that say where the operation which a release comes from did not hold."""
    records = [choice.origin.record for choice in choices if choice.origin and choice.origin.record]
    found = RecordedVerdicts(snapshot, ledger_reader).faults(records)
    faults = {record.app: fault for record, fault in zip(records, found, strict=True)}
    return [
        replace(choice, origin=replace(choice.origin, fault=faults.get(choice.app.name, "")))
        if choice.origin
        else choice
        for choice in choices
    ]


def holding(
    records: Mapping[str, Record], snapshot: Snapshot, ledger_reader: LedgerReader
) -> dict[str, Record]:
    """Return those of some verified records, by application, that others may be built on."""
    faults = RecordedVerdicts(snapshot, ledger_reader).faults(list(records.values()))
    pairs = zip(records.items(), faults, strict=True)
    return {app: record for (app, record), fault in pairs if not fault}


class RecordedVerdicts:
    """Judges each record once."""

    def __init__(self, snapshot: Snapshot, ledger_reader: LedgerReader) -> None:
        self._snapshot = snapshot
        self._ledger_reader = ledger_reader
        self._faults: dict[_Key, str] = {}

    def faults(self, records: Sequence[Record]) -> list[str]:
        """Return for each of some verified records why nothing is built on it, '' for nothing."""
        self._read_sources(records)
        return [self._fault(record) for record in records]

    def _read_sources(self, records: Sequence[Record]) -> None:
        """Read in one go for each environment of the chain what is judged most often."""
        level = list(records)
        while level:
            sources = [
                (source, found)
                for record in level
                if (source := self._source_of(record))
                and (found := next(self._bringing(source, record), None))
            ]
            verified = self._ledger_reader.verified(sources)
            level = [record for _, record in verified if self._asks_approval(record)]

    def _fault(self, record: Record) -> str:
        key = (record.commit, record.app, record.environment)
        if key not in self._faults:
            self._faults[key] = self._judged(record)
        return self._faults[key]

    def _judged(self, record: Record) -> str:
        rebuilt = self._rebuilt(record)
        operation = self._ledger_reader.plans.operation(record)
        if rebuilt is None or operation is None:
            return ""  # of a form that only a newer version knows: nothing is built on that anyway
        states = States()
        source = self._source_of(record)
        if source:
            states[source.app.name, source.environment.name].deployments = self._source(
                source, rebuilt
            )
        states[rebuilt.target.key].deployments = self._own(rebuilt)
        releases = {record.app: self._with_authors(rebuilt, operation.config)}
        facts = rejudge.ReplayFacts(states, CheckTimeline(), releases)
        verdicts = rejudge.judge([rebuilt], operation.config, facts, record.time, record.time)
        return rejudge.fault_of(verdicts, record.app)

    def _rebuilt(self, record: Record) -> RebuiltChange | None:
        operation = self._ledger_reader.plans.operation(record)
        changes = operation.changes if operation else ()
        return next((each for each in changes if each.target.app.name == record.app), None)

    def _asks_approval(self, record: Record) -> bool:
        rebuilt = self._rebuilt(record)
        return rebuilt is not None and rebuilt.target.environment.approval is not None

    def _source_of(self, record: Record) -> Target | None:
        """Return where a promoted release had to run by the rules of its time, None where it had
        not to.
        """
        operation, rebuilt = self._ledger_reader.plans.operation(record), self._rebuilt(record)
        if operation is None or rebuilt is None or not record.kind.from_before:
            return None
        index = ValuesIndex(operation.config, self._snapshot.policy_branch)
        source = index.find((record.app, rebuilt.target.environment.source or ""))
        return _target(source) if source else None

    def _source(self, source: Target, rebuilt: RebuiltChange) -> list[Deployment]:
        """Return the deployment of a release where it came from: the newest one that holds, else
        one that does not, else what nobody recorded.
        """
        record, release = rebuilt.record, rebuilt.change.after
        if source.branch not in self._snapshot.heads:
            # a branch that environments left since, of which nothing was read
            return [Deployment(release, record.time, record=record)]
        at_fault: list[Deployment] = []
        for found in self._bringing(source, record):
            if not self._ledger_reader.verified([(source, found)]):
                continue
            fault = self._fault(found) if rebuilt.target.environment.approval else ""
            known = release.completed_by(found.release)
            deployment = Deployment(known, found.time, record=found, fault=fault)
            if not fault:
                return [deployment]
            at_fault.append(deployment)
        return at_fault or self._unrecorded(source, rebuilt)

    def _bringing(self, source: Target, record: Record) -> Iterator[Record]:
        """Yield what claims to have brought the release of a record to where it came from, before
        it, newest first.
        """
        if source.branch not in self._snapshot.heads:
            return
        for found in self._before(source, record):
            brought = record.release.same_content(found.release)
            if brought and record.release.satisfies(found.release) and not found.kind.removes:
                yield found

    def _before(self, target: Target, record: Record) -> Iterator[Record]:
        """Yield what commits claim of a target before a record, newest first; on another branch by
        time.
        """
        own = self._branch_of(record)
        if target.branch != own:
            for found in self._ledger_reader.claims.of(target):
                if found.time <= record.time + GRACE:
                    yield found
            return
        claims = self._ledger_reader.claims.on(target.branch)
        key = (target.app.name, target.environment.name)
        for found in dropwhile(lambda found: found.commit != record.commit, claims):
            if (found.app, found.environment) == key:
                yield found

    def _branch_of(self, record: Record) -> str:
        rebuilt = self._rebuilt(record)
        return rebuilt.target.branch if rebuilt else ""

    def _unrecorded(self, source: Target, rebuilt: RebuiltChange) -> list[Deployment]:
        """Return what stood in a source then although no operation brought it, or before all."""
        record, release = rebuilt.record, rebuilt.change.after
        first = self._ledger_reader.first(source)
        if first and release.same_content(first) and release.satisfies(first):
            return [Deployment(first, 0, adopted=True)]
        there = self._ledger_reader.releases.at(source, self._commit_before(source, record))
        return [Deployment(there, record.time)] if there else []

    def _commit_before(self, source: Target, record: Record) -> str | None:
        """Return where the branch of a source stood before a record was made."""
        if source.branch == self._branch_of(record):
            return record.parent
        line = self._ledger_reader.branches.line(source.branch)
        return next((commit.id for commit in line if commit.committer_time <= record.time), None)

    def _own(self, rebuilt: RebuiltChange) -> list[Deployment]:
        """Return the deployment of the release in its own environment that decides whether it was
        withdrawn there, or lets a rollback go back to it.
        """
        record, release = rebuilt.record, rebuilt.change.after
        if not (record.kind.from_before or record.kind.goes_back):
            return []
        target = _target(rebuilt.target)
        for found in self._since_its_build(rebuilt):
            if (found.app, found.environment) != rebuilt.target.key:
                continue
            deployment = _own_deployment(record, found, release)
            if deployment is None or not self._ledger_reader.verified([(target, found)]):
                continue
            if deployment.withdrawal or record.kind.goes_back or not self._fault(found):
                return [deployment]
        first = self._ledger_reader.first(target) if record.kind.goes_back else None
        return [Deployment(first, 0, adopted=True)] if first else []

    def _since_its_build(self, rebuilt: RebuiltChange) -> Iterator[Record]:
        """Yield what a branch claims before an operation, back to the build that brought its
        release, where that lies further back than what is fetched anyway.
        """
        branch, commit = rebuilt.target.branch, rebuilt.record.commit
        branches, built = self._ledger_reader.branches, False
        claims = self._ledger_reader.claims.on(branch)
        for found in dropwhile(lambda found: found.commit != commit, claims):
            if found.commit != commit:
                yield found
            built = built or is_build(found, rebuilt.change)
            if built and branches.read_so_far(branch) >= FIRST_FETCH:
                return

    def _with_authors(self, rebuilt: RebuiltChange, config: Config) -> list[Release]:
        """Return what records say of a release whose authors may not have approved it."""
        record, approval = rebuilt.record, rebuilt.target.environment.approval
        if not gates.authors_count(record.operation, approval, record.requesters):
            return []
        index = ValuesIndex(config, self._snapshot.policy_branch)
        audited = (index.find((record.app, environment)) for environment in config.environments)
        targets = (_target(each) for each in audited if each)
        claims = [
            (target, found)
            for target in targets
            if target.branch in self._snapshot.heads
            for found in self._ledger_reader.claims.bringing(target, rebuilt.change.after)
            if found.release.source_authors
        ]
        return [found.release for _, found in self._ledger_reader.verified(claims)]


def _target(audited: AuditedTarget) -> Target:
    return Target(audited.app, audited.environment, audited.branch, audited.file, Release(()))


def _own_deployment(record: Record, found: Record, release: Release) -> Deployment | None:
    """Return the deployment around an older record that decides about an operation, if one does."""
    around = deployments_around(found)
    if record.kind.goes_back:
        ran = any(release.same_content(each.release) for each in around)
        return Deployment(release, found.time) if ran else None
    return deciding_deployment(around, release)
