"""The overview: which release stands where, since when, by whom, how far behind, and what keeps the
next one.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, RefusedError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.gates.argocd import LIVE
from gitops_ci.core.gates.digest import DIGESTS
from gitops_ci.core.gates.gate import FactKind
from gitops_ci.core.gates.render import RENDERED
from gitops_ci.model.check_results import CheckResult, of_release, parse
from gitops_ci.model.ledger_views import DeploymentStatus, Overview
from gitops_ci.model.operation import (
    OVERRIDDEN,
    PASSED,
    PROMOTE,
    REFUSED,
    Actor,
    Record,
    Request,
    Target,
    Verdict,
)
from gitops_ci.model.release import Release
from gitops_ci.usecases import clock
from gitops_ci.usecases.facts import FactQuery, FactReaders, FactSources
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.judge import judge, make_plan
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.views.deployments import (
    DeploymentTarget,
    Survey,
    nameless_folders,
    survey_deployments,
)
from gitops_ci.usecases.views.hand_edits import edits_since

Key = tuple[str, str]  # application, environment
Pair = tuple[DeploymentTarget, DeploymentTarget]  # in an environment, and in the one before


class StatusRequest(msgspec.Struct, frozen=True):
    """No names: all of them. ``digests`` and ``argocd``: ask the registries and Argo CD too, for
    the gates that keep the next release, and for what really runs.
    """

    apps: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    digests: bool = False
    argocd: bool = False

    @property
    def skipped(self) -> set[FactKind[Any]]:
        """The facts that no gate gets. Nothing is rendered: that is a plan's part."""
        kinds: set[FactKind[Any]] = {RENDERED}
        if not self.digests:
            kinds.add(DIGESTS)
        if not self.argocd:
            kinds.add(LIVE)
        return kinds


class _Ledger(msgspec.Struct, frozen=True):
    """What the statuses are read from."""

    repository: Repository
    survey: Survey
    reader: LedgerReader
    facts: FactReaders


def deployment_statuses(
    repository: Repository, location: RepositoryLocation, request: StatusRequest, deadline: Deadline
) -> Overview:
    """Return what stands where; raises GitopsError."""
    survey = survey_deployments(repository, location, request.apps, request.environments)
    facts = FactReaders(FactSources(repository, location, deadline), request.skipped)
    ledger = _Ledger(repository, survey, LedgerReader(repository, survey.snapshot), facts)
    records = _records(ledger)
    behind = _behind(ledger)
    waiting = _waiting(ledger)
    statuses = [
        _status(deployment, records.get(_key(deployment)), ledger.reader)
        for deployment in survey.deployments
        if not request.environments or deployment.environment in request.environments
    ]
    checks = _checks(repository, statuses)
    complete = tuple(
        replace(
            status,
            behind=behind.get((status.app, status.environment)),
            waiting=waiting.get((status.app, status.environment), ()),
            checks=checks.get((status.app, status.environment), ()),
        )
        for status in statuses
    )
    config = survey.snapshot.config
    notes = () if request.apps else nameless_folders(repository, survey.snapshot)
    if request.argocd:
        from gitops_ci.usecases.views.live_status import with_live  # few ask for it

        complete, unknown = with_live(complete, config, location, deadline)
        notes += unknown
    return Overview(config, survey.snapshot.policy_commit, complete, notes)


def _key(deployment: DeploymentTarget) -> Key:
    return deployment.app, deployment.environment


def _records(ledger: _Ledger) -> dict[Key, Record]:
    """Return the newest record of each; the rest was there before gitops.yaml, and is read now."""
    deployments = ledger.survey.deployments
    records = ledger.reader.newest_by_target([each.target for each in deployments])
    ledger.reader.read_first(
        [
            each.target
            for each in deployments
            if each.release and each.release.fully_deployed and _key(each) not in records
        ]
    )
    return records


def _status(
    deployment: DeploymentTarget, record: Record | None, ledger_reader: LedgerReader
) -> DeploymentStatus:
    target, release = deployment.target, deployment.release
    status = DeploymentStatus(
        deployment.app,
        deployment.environment,
        target.branch,
        target.file,
        release,
        deployment.problem,
        source=target.environment.source,
    )
    if release is None and deployment.absent and record and record.kind.removes:
        problem = f"retired by commit {record.commit[:12]}"
        return replace(status, problem=problem, record=record, since=record.time)
    if release is None:
        return replace(status, drift=_lost(deployment, record))
    if record and not record.kind.removes and release.satisfies(record.release):
        return replace(
            status, release=release.completed_by(record.release), record=record, since=record.time
        )
    if not release.fully_deployed:
        return replace(status, drift=_emptied(record))
    if record is None and ledger_reader.adopted(target):
        return replace(status, adopted=True)
    drift = _by_hand(release, record, ledger_reader.undone(target))
    return replace(status, drift=f"{drift}{_writer(ledger_reader, target, record)}")


def _lost(deployment: DeploymentTarget, record: Record | None) -> str:
    if not deployment.absent:
        return deployment.problem
    return f"{deployment.target.file} is gone, which had {record.release}" if record else ""


def _emptied(record: Record | None) -> str:
    if record is None or record.kind.removes:
        return ""
    return f"the tag was emptied by hand after {record.operation} to {record.release}"


def _by_hand(release: Release, record: Record | None, undone: Record | None) -> str:
    if record and record.kind.removes:
        return f"{release} was put there by hand after commit {record.commit[:12]} retired it"
    tags = [image.tag for image in release.images]
    if record and tags == [image.tag for image in record.release.images]:
        return f"the digest beside {release} is not the one that its {record.operation} recorded"
    if record:
        return f"{release} was written by hand after {record.operation} to {record.release}"
    if undone:
        operation = f"{undone.operation} to {undone.release} (commit {undone.commit[:12]})"
        return f"{release} stands there because a merge took back {operation}"
    return f"{release} was written by hand: no operation put it there"


def _writer(ledger_reader: LedgerReader, target: Target, record: Record | None) -> str:
    """Return who wrote what stands there, and what the commit claims; '' where that is not seen."""
    edit = next(iter(edits_since(ledger_reader, target, record)), None)
    if edit is None:
        return ""
    words = f", by {edit.who} (commit {edit.commit.id[:12]})"
    claims = [
        claim
        for claim in ledger_reader.claims.by(target.branch, edit.commit.id)
        if (claim.app, claim.environment) == (target.app.name, target.environment.name)
    ]
    if not claims:
        return words
    claimed = claims[0].operation
    if claims[0].approved_by:
        claimed += f", approved by {' and '.join(claims[0].approved_by)}"
    return one_line(f"{words}; its trailers, copied or forged, claim: {claimed}")


def _fed(survey: Survey) -> Iterator[Pair]:
    """Yield each with the one in the environment before, where there is a release."""
    at = {_key(each): each for each in survey.deployments}
    for deployment in survey.deployments:
        name = deployment.target.environment.source
        source = at.get((deployment.app, name)) if name else None
        if source and source.release:
            yield deployment, source


def _behind(ledger: _Ledger) -> dict[Key, int]:
    """Count the releases that ``from`` has had since the one that runs in each environment, as the
    messages claim.

    Nothing is decided by the number, and proving each of them would cost more than all the rest.
    """
    counts: dict[Key, int] = {}
    unclaimed: list[tuple[Pair, int]] = []
    for deployment, source in _fed(ledger.survey):
        release = deployment.release
        if not release or not release.fully_deployed:
            continue
        claims = ledger.reader.claims.of(source.target)
        count, claimed = _newer(release, source.target.release, claims)
        if claimed:
            counts[_key(deployment)] = count
        else:
            unclaimed.append(((deployment, source), count))
    ledger.reader.read_first([source.target for (_, source), _ in unclaimed])
    for (deployment, source), count in unclaimed:
        first = ledger.reader.first(source.target)
        if first and first.same_content(deployment.target.release):
            counts[_key(deployment)] = count
    return counts


def _newer(release: Release, running: Release, claims: Iterable[Record]) -> tuple[int, bool]:
    """Return how many releases came after one, and whether that one is among the claims at all."""
    if release.same_content(running):
        return 0, True
    releases = [running]
    for record in claims:
        if record.release.same_content(release):
            return len(releases), True
        if not any(record.release.same_content(each) for each in releases):
            releases.append(record.release)
    return len(releases), False


def _waiting(ledger: _Ledger) -> dict[Key, tuple[Verdict, ...]]:
    """Return which gates keep what runs in ``from`` from each environment."""
    survey = ledger.survey
    promotions: dict[str, list[Pair]] = {name: [] for name in survey.snapshot.config.environments}
    for deployment, source in _fed(survey):
        if not deployment.problem and source.target.release.fully_deployed:
            promotions[deployment.environment].append((deployment, source))
    waiting: dict[Key, tuple[Verdict, ...]] = {}
    for pairs in promotions.values():
        for verdict in _judged(ledger, pairs):
            key = (verdict.app, verdict.environment)
            waiting[key] = (*waiting.get(key, ()), verdict)
    return waiting


def _judged(ledger: _Ledger, pairs: Sequence[Pair]) -> list[Verdict]:
    """Judge a promotion of every pair at once; where that can't be planned, one by one."""
    if not pairs:
        return []
    try:
        return _open_gates(ledger, pairs)
    except GitopsError as error:
        if len(pairs) == 1:
            return [_unplanned(pairs[0][0], error)]
        middle = len(pairs) // 2
        return [*_judged(ledger, pairs[:middle]), *_judged(ledger, pairs[middle:])]


def _unplanned(deployment: DeploymentTarget, error: GitopsError) -> Verdict:
    gate = error.gate if isinstance(error, RefusedError) else "plan"
    return Verdict(
        gate, deployment.app, deployment.environment, REFUSED, error.message, error.remedy
    )


def _open_gates(ledger: _Ledger, pairs: Sequence[Pair]) -> list[Verdict]:
    targets = tuple(deployment.target for deployment, _ in pairs)
    sources = tuple(source.target for _, source in pairs)
    selection = Selection(ledger.survey.snapshot, targets, sources)
    actor = Actor((), reason="-")  # whoever promotes will give a reason where one is asked for
    request = Request(PROMOTE, targets[0].environment.name, actor, every=True, dry_run=True)
    plan = make_plan(ledger.repository, request, selection, ledger.reader, ledger.facts)
    query = FactQuery(plan, request, selection, ledger.reader, clock.now())
    judgement = judge(query, ledger.facts)
    verdicts = [verdict for verdict in judgement.verdicts if verdict.cause != "not-asked"]
    return [verdict for verdict in verdicts if verdict.state not in {PASSED, OVERRIDDEN}]


def _checks(
    repository: Repository, statuses: Sequence[DeploymentStatus]
) -> dict[Key, tuple[CheckResult, ...]]:
    commits = {status.record.commit for status in statuses if status.record}
    texts = repository.notes.read(commits).texts if commits else {}
    checks = {}
    for status in statuses:
        text = texts.get(status.record.commit) if status.record else None
        if text and status.release:
            results = parse(text).results
            key = (status.app, status.environment)
            checks[key] = of_release(results, *key, status.release)
    return checks
