"""The use case ``check``: records what a test said of a release in an environment, in the notes of the deploying commit."""

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import RefusedError, UsageError
from gitops_ci.model import check_results
from gitops_ci.model.check_results import CheckOutcome, CheckResult, ReportFile
from gitops_ci.model.operation import Actor, Request, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases import clock
from gitops_ci.usecases.facts import deployments
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.select_release import check_choice
from gitops_ci.usecases.operation.snapshot import read_targets

_SKEW = 300  # seconds by which the clocks of two machines may differ


class CheckRequest(msgspec.Struct, frozen=True):
    """What a check said, before it is known of which commit.

    ``started``: when it began, in seconds since the epoch; the release has to have been there all the time since then.
    """

    name: str
    passed: bool
    url: str | None = None
    report: ReportFile | None = None
    started: int | None = None


def record_check(
    repository: Repository, request: Request, said: CheckRequest, place: RepositoryLocation, deadline: Deadline
) -> CheckOutcome:
    """Record a result on the commit that deployed the release; raises RefusedError when the release never was there."""
    check_choice(request)
    now = clock.now()
    if said.started is not None and said.started > now + _SKEW:
        raise UsageError("--started lies in the future", remedy="give the time at which the check began; look at the clocks")
    scene = read_targets(repository, place, request.environment, request.apps)
    if len(scene.targets) != 1:
        raise UsageError("a check is recorded for one application", remedy="name one APP")
    target = scene.targets[0]
    past = LedgerReader(repository, scene.snapshot)
    release, commit = _deployed(target, request, past)
    if said.started is not None:
        _check_deployment(target, release, said.started, now, past)
    result = _result(request.actor, target, release, said, now)
    if request.dry_run:
        return CheckOutcome(result, release, commit, None)
    word = "passed" if said.passed else "failed"
    message = f"check({target.app.name}): {result.name} {word} in {target.environment.name}\n"
    published = repository.annotate({commit: f"{check_results.line(result)}\n".encode()}, message)
    return CheckOutcome(result, release, commit, published.commit, published.already)


def _deployed(target: Target, request: Request, past: LedgerReader) -> tuple[Release, str]:
    """Return the release that is meant, and the newest commit that deployed it."""
    if request.commit:
        found = _recorded(target, past, commit=request.commit)
    elif request.tag:
        found = _recorded(target, past, tag=request.tag) or _unrecorded(target, request.tag, past)
    else:
        return _running(target, past)
    name, environment = target.app.name, target.environment.name
    if not found:
        raise _refused(
            target,
            f"{name} {request.tag or request.commit} never ran in {environment}",
            f"gitops-ci history {name} --env {environment} shows what did",
        )
    if len(found) > 1:
        commits = ", ".join(commit[:12] for _, commit in found)
        raise _refused(
            target,
            f"{request.tag or request.commit} fits {len(found)} releases of {name} in {environment}",
            f"name the deploying commit with --commit: {commits}",
        )
    release, commit = found[0]
    newest = past.bringing(target, release) if request.commit else None
    return release, newest.commit if newest else commit


def _recorded(target: Target, past: LedgerReader, **wanted: str) -> list[tuple[Release, str]]:
    """Return the different releases of records that fit, each with the newest commit."""
    found: list[tuple[Release, str]] = []
    for record in past.records(target, **wanted):
        if not any(record.release.same_content(release) for release, _ in found):
            found.append((record.release, record.commit))
    return found


def _unrecorded(target: Target, tag: str, past: LedgerReader) -> list[tuple[Release, str]]:
    """Return what no record has: what runs there now, or ran there when gitops.yaml was added."""
    if target.release.has_tag(tag):
        return [_running(target, past)]
    first = past.first(target)
    if first and first.has_tag(tag):
        return [(first, past.bootstrap(target.branch))]
    return []


def _running(target: Target, past: LedgerReader) -> tuple[Release, str]:
    name, environment = target.app.name, target.environment.name
    if not target.release.fully_deployed:
        raise _refused(target, f"{name} runs nothing in {environment} yet", f"bring a release to {environment} first")
    record = past.newest([target]).get(name)
    if record and target.brought_by(record):
        return target.release.completed_by(record.release), record.commit
    if record is None and past.adopted(target):
        return target.release, past.bootstrap(target.branch)
    raise _refused(
        target,
        f"{name} {target.release} was written into {environment} by hand: there is no operation to record a result for",
        f"record it first: gitops-ci adopt {name} --env {environment} --reason TEXT",
    )


def _check_deployment(target: Target, release: Release, started: int, now: int, past: LedgerReader) -> None:
    deployment = deployments.current_deployment(past, target, release, now=now, back_to=started)
    what = f"{target.app.name} {release}"
    if deployment is None:
        message = f"{what} does not run in {target.environment.name} any more: what was tested to the end was something else"
        raise _refused(target, message, "run the check again on what runs there now")
    if deployment.since > started:
        message = f"{what} came to {target.environment.name} after the check had started: it began with something else"
        raise _refused(target, message, "run the check again")


def _result(actor: Actor, target: Target, release: Release, said: CheckRequest, now: int) -> CheckResult:
    return CheckResult(
        app=target.app.name,
        environment=target.environment.name,
        digest=check_results.release_digest(release),
        name=said.name,
        passed=said.passed,
        when=now,
        by=actor.requested_by,
        url=said.url,
        tag=str(release),
        report=said.report,
    )


def _refused(target: Target, message: str, remedy: str) -> RefusedError:
    return RefusedError(message, remedy=remedy, app=target.app.name, environment=target.environment.name)
