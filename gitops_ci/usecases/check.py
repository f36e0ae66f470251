"""The use case ``check``: records what a test said of a release in an environment, in the notes of
the deploying commit.
"""

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UsageError
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
from gitops_ci.usecases.refusal import refusal

_SKEW = 300  # seconds by which the clocks of two machines may differ


class CheckRequest(msgspec.Struct, frozen=True):
    """What a check said, before it is known of which commit.

    ``started``: when it began, in seconds since the epoch; the release has to have been there all
    the time since then.
    """

    name: str
    passed: bool
    url: str | None = None
    report: ReportFile | None = None
    started: int | None = None


def record_check(
    repository: Repository,
    request: Request,
    check: CheckRequest,
    location: RepositoryLocation,
    deadline: Deadline,
) -> CheckOutcome:
    """Record a result on the commit that deployed the release; raises RefusedError when the release
    never was there.
    """
    check_choice(request)
    now = clock.now()
    if check.started is not None and check.started > now + _SKEW:
        raise UsageError(
            "--started lies in the future",
            remedy="give the time at which the check began; look at the clocks",
        )
    selection = read_targets(repository, location, request.environment, request.apps)
    if len(selection.targets) != 1:
        raise UsageError("a check is recorded for one application", remedy="name one APP")
    target = selection.targets[0]
    ledger_reader = LedgerReader(repository, selection.snapshot)
    release, commit = _deployed_release(target, request, ledger_reader)
    if check.started is not None:
        _check_deployment(target, release, check.started, now, ledger_reader)
    result = _result(request.actor, target, release, check, now)
    if request.dry_run:
        return CheckOutcome(result, release, commit, None)
    word = "passed" if check.passed else "failed"
    message = f"check({target.app.name}): {result.name} {word} in {target.environment.name}\n"
    published = repository.notes.append(
        {commit: f"{check_results.line(result)}\n".encode()}, message
    )
    return CheckOutcome(result, release, commit, published.commit, published.already)


def _deployed_release(
    target: Target, request: Request, ledger_reader: LedgerReader
) -> tuple[Release, str]:
    """Return the release that is meant, and the newest commit that deployed it."""
    if not request.commit and not request.tag:
        return _running_release(target, ledger_reader)
    deployed = _matching_releases(target, request, ledger_reader)
    name, environment = target.app.name, target.environment.name
    if not deployed:
        raise refusal(
            target,
            f"{name} {request.tag or request.commit} never ran in {environment}",
            f"gitops-ci history {name} --env {environment} shows what did",
        )
    if len(deployed) > 1:
        commits = ", ".join(commit[:12] for _, commit in deployed)
        raise refusal(
            target,
            f"{request.tag or request.commit} fits {len(deployed)} releases of {name} in "
            f"{environment}",
            f"name the deploying commit with --commit: {commits}",
        )
    release, commit = deployed[0]
    newest = ledger_reader.bringing(target, release) if request.commit else None
    return release, newest.commit if newest else commit


def _matching_releases(
    target: Target, request: Request, ledger_reader: LedgerReader
) -> list[tuple[Release, str]]:
    if request.commit:
        return _recorded_releases(target, ledger_reader, commit=request.commit)
    tag = request.tag or ""
    return _recorded_releases(target, ledger_reader, tag=tag) or _unrecorded_releases(
        target, tag, ledger_reader
    )


def _recorded_releases(
    target: Target, ledger_reader: LedgerReader, **criteria: str
) -> list[tuple[Release, str]]:
    """Return the different releases of records that fit, each with the newest commit."""
    recorded: list[tuple[Release, str]] = []
    for record in ledger_reader.records(target, **criteria):
        if not any(record.release.same_content(release) for release, _ in recorded):
            recorded.append((record.release, record.commit))
    return recorded


def _unrecorded_releases(
    target: Target, tag: str, ledger_reader: LedgerReader
) -> list[tuple[Release, str]]:
    """Return what no record has: what runs there now, or ran there when gitops.yaml was added."""
    if target.release.has_tag(tag):
        return [_running_release(target, ledger_reader)]
    first = ledger_reader.first(target)
    if first and first.has_tag(tag):
        return [(first, ledger_reader.bootstrap(target.branch))]
    return []


def _running_release(target: Target, ledger_reader: LedgerReader) -> tuple[Release, str]:
    name, environment = target.app.name, target.environment.name
    if not target.release.fully_deployed:
        raise refusal(
            target,
            f"{name} runs nothing in {environment} yet",
            f"bring a release to {environment} first",
        )
    record = ledger_reader.newest([target]).get(name)
    if record and target.brought_by(record):
        return target.release.completed_by(record.release), record.commit
    if record is None and ledger_reader.adopted(target):
        return target.release, ledger_reader.bootstrap(target.branch)
    raise refusal(
        target,
        f"{name} {target.release} was written into {environment} by hand: there is no "
        "operation to record a result for",
        f"record it first: gitops-ci adopt {name} --env {environment} --reason TEXT",
    )


def _check_deployment(
    target: Target, release: Release, started: int, now: int, ledger_reader: LedgerReader
) -> None:
    deployment = deployments.current_deployment(
        ledger_reader, target, release, now=now, back_to=started
    )
    what = f"{target.app.name} {release}"
    if deployment is None:
        message = (
            f"{what} does not run in {target.environment.name} any more: what was tested to the "
            "end was something else"
        )
        raise refusal(target, message, "run the check again on what runs there now")
    if deployment.since > started:
        message = (
            f"{what} came to {target.environment.name} after the check had started: it began "
            "with something else"
        )
        raise refusal(target, message, "run the check again")


def _result(
    actor: Actor, target: Target, release: Release, request: CheckRequest, now: int
) -> CheckResult:
    return CheckResult(
        app=target.app.name,
        environment=target.environment.name,
        digest=check_results.release_digest(release),
        name=request.name,
        passed=request.passed,
        when=now,
        by=actor.requested_by,
        url=request.url,
        tag=str(release),
        report=request.report,
    )
