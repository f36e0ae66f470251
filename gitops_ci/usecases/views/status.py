"""The overview: which release stands where, since when, by whom, how far behind, and what keeps the
next one.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, RefusedError
from gitops_ci.core.gates.argocd import LIVE
from gitops_ci.core.gates.digest import DIGESTS
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
    Verdict,
)
from gitops_ci.model.release import Release
from gitops_ci.usecases import clock
from gitops_ci.usecases.facts import FactQuery, FactReaders, FactSources
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.judge import judge, make_plan
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.views.deployments import DeploymentTarget, Survey, survey_deployments

Key = tuple[str, str]  # application, environment


def deployment_statuses(
    repository: Repository,
    location: RepositoryLocation,
    deadline: Deadline,
    apps: Sequence[str] = (),
    environments: Sequence[str] = (),
    *,
    digests: bool = False,
    argocd: bool = False,
) -> Overview:
    """Return where each application stands; none named means all of them.

    ``digests`` and ``argocd``: ask the registries and Argo CD too, for the gates that keep the next
    release, and for what really runs. Raises GitopsError.
    """
    survey = survey_deployments(repository, location, apps, environments)
    ledger_reader = LedgerReader(repository, survey.snapshot)
    records = ledger_reader.newest_by_place([target.target for target in survey.spots])
    ledger_reader.read_first(
        [
            spot.target
            for spot in survey.spots
            if spot.release and spot.release.fully_deployed and _key(spot) not in records
        ]
    )
    behind = _behind(survey, ledger_reader)
    # an overview renders nothing: what does not render is told by a plan
    skipped = {RENDERED} | (set() if digests else {DIGESTS}) | (set() if argocd else {LIVE})
    readers = FactReaders(FactSources(repository, location, deadline), skipped)
    waiting = _waiting(repository, survey, ledger_reader, readers)
    statuses = [
        _standing(spot, records.get(_key(spot)), ledger_reader)
        for spot in survey.spots
        if not environments or spot.target.environment.name in environments
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
    notes: tuple[str, ...] = ()
    if argocd:
        from gitops_ci.usecases.views.live_status import with_live  # few ask for it

        complete, notes = with_live(complete, config, location, deadline)
    return Overview(config, survey.snapshot.policy_commit, complete, notes)


def _key(target: DeploymentTarget) -> Key:
    return target.target.app.name, target.target.environment.name


def _standing(
    spot: DeploymentTarget, record: Record | None, ledger_reader: LedgerReader
) -> DeploymentStatus:
    target, release = spot.target, spot.release
    environment = target.environment
    status = DeploymentStatus(
        target.app.name,
        environment.name,
        target.branch,
        target.file,
        release,
        spot.problem,
        source=environment.source,
    )
    if release is None:
        lost = (
            f"{target.file} is gone, which had {record.release}" if record and spot.absent else ""
        )
        return replace(status, drift=lost or ("" if spot.absent else spot.problem))
    if record and release.satisfies(record.release):
        return replace(
            status, release=release.completed_by(record.release), record=record, since=record.time
        )
    if not release.fully_deployed:
        emptied = (
            f"the tag was emptied by hand after {record.operation} to {record.release}"
            if record
            else ""
        )
        return replace(status, drift=emptied)
    if record:
        return replace(
            status,
            drift=f"{release} was written by hand after {record.operation} to {record.release}",
        )
    undone = ledger_reader.undone(target)
    if undone:
        what = f"{undone.operation} to {undone.release} (commit {undone.commit[:12]})"
        return replace(status, drift=f"{release} stands there because a merge took back {what}")
    if ledger_reader.adopted(target):
        return replace(status, adopted=True)
    return replace(status, drift=f"{release} was written by hand: no operation put it there")


def _behind(found: Survey, ledger_reader: LedgerReader) -> dict[Key, int]:
    """Count the releases that ``from`` has had since the one that runs in each spot, as the
    messages claim.

    Nothing is decided by the number, and proving each of them would cost more than all the rest.
    """
    at = {_key(target): target for target in found.spots}
    counts: dict[Key, int] = {}
    unknown: list[tuple[DeploymentTarget, DeploymentTarget, int]] = []
    for spot in found.spots:
        name = spot.target.environment.source
        source = at.get((spot.target.app.name, name)) if name else None
        if (
            source is None
            or source.release is None
            or spot.release is None
            or not spot.release.fully_deployed
        ):
            continue
        count, known = _newer(spot.release, source.release, ledger_reader.claims.of(source.target))
        if known:
            counts[_key(spot)] = count
        else:
            unknown.append((spot, source, count))
    ledger_reader.read_first([source.target for _, source, _ in unknown])
    for spot, source, count in unknown:
        first = ledger_reader.first(source.target)
        if spot.release and first and first.same_content(spot.release):
            counts[_key(spot)] = count
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


def _waiting(
    repository: Repository, found: Survey, ledger_reader: LedgerReader, readers: FactReaders
) -> dict[Key, tuple[Verdict, ...]]:
    """Return which gates keep what runs in ``from`` from each spot."""
    at = {_key(target): target for target in found.spots}
    waiting: dict[Key, tuple[Verdict, ...]] = {}
    for environment in found.snapshot.config.environments.values():
        pairs = [
            (spot, source)
            for spot in found.spots
            if spot.target.environment.name == environment.name
            and environment.source
            and (source := at.get((spot.target.app.name, environment.source)))
            and not spot.problem
            and source.release
            and source.release.fully_deployed
        ]
        for verdict in _judged(repository, found, ledger_reader, readers, pairs):
            key = (verdict.app, environment.name)
            waiting[key] = (*waiting.get(key, ()), verdict)
    return waiting


def _judged(
    repository: Repository,
    found: Survey,
    ledger_reader: LedgerReader,
    readers: FactReaders,
    pairs: Sequence[tuple[DeploymentTarget, DeploymentTarget]],
) -> Iterable[Verdict]:
    """Judge a promotion of every pair at once; where that can't be planned, one by one."""
    if not pairs:
        return []
    try:
        return _open_gates(repository, found, ledger_reader, readers, pairs)
    except GitopsError as error:
        if len(pairs) > 1:
            middle = len(pairs) // 2
            halves = (pairs[:middle], pairs[middle:])
            return [
                verdict
                for half in halves
                for verdict in _judged(repository, found, ledger_reader, readers, half)
            ]
        target = pairs[0][0].target
        gate = error.gate if isinstance(error, RefusedError) else "plan"
        return [
            Verdict(
                gate, target.app.name, target.environment.name, REFUSED, error.message, error.remedy
            )
        ]


def _open_gates(
    repository: Repository,
    found: Survey,
    ledger_reader: LedgerReader,
    readers: FactReaders,
    pairs: Sequence[tuple[DeploymentTarget, DeploymentTarget]],
) -> list[Verdict]:
    targets = tuple(target.target for target, _ in pairs)
    selection = Selection(found.snapshot, targets, tuple(source.target for _, source in pairs))
    actor = Actor((), reason="-")  # whoever promotes will give a reason where one is asked for
    request = Request(PROMOTE, targets[0].environment.name, actor, every=True, dry_run=True)
    planned = make_plan(repository, request, selection, ledger_reader, readers)
    judgement = judge(FactQuery(planned, request, selection, ledger_reader, clock.now()), readers)
    verdicts = [verdict for verdict in judgement.verdicts if verdict.cause != "not-asked"]
    return [verdict for verdict in verdicts if verdict.state not in {PASSED, OVERRIDDEN}]


def _checks(
    repository: Repository, statuses: Sequence[DeploymentStatus]
) -> dict[Key, tuple[CheckResult, ...]]:
    commits = {status.record.commit for status in statuses if status.record}
    texts = repository.notes(commits).texts if commits else {}
    found = {}
    for each in statuses:
        text = texts.get(each.record.commit) if each.record else None
        if text and each.release:
            found[each.app, each.environment] = of_release(
                parse(text).results, each.app, each.environment, each.release
            )
    return found
