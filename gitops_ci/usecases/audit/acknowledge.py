"""Acknowledges a violation of the past: a line in a tracked file, approved as its place asks."""

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import Moved, Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, RefusedError, UnavailableError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.base.retry import Retry
from gitops_ci.core import acknowledgement, ledger
from gitops_ci.model.acknowledgement import FILE, AcknowledgeOutcome, FindingName
from gitops_ci.model.ledger_views import VIOLATION, Audit, Finding
from gitops_ci.model.operation import PASSED, Actor, Verdict
from gitops_ci.usecases.audit.run import AuditRequest, audit
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import read_policy


class AcknowledgeRequest(msgspec.Struct, frozen=True):
    """Which finding, by whom and why; ``publish_branch`` is a branch of its own, to be merged."""

    finding: str
    actor: Actor
    publish_branch: str | None = None
    dry_run: bool = False


class _Prepared(msgspec.Struct, frozen=True):
    """What would be published on top of a commit."""

    head: str
    branch: str
    content: bytes
    name: FindingName
    plan: str
    verdicts: tuple[Verdict, ...]

    @property
    def open(self) -> bool:
        return all(verdict.state == PASSED for verdict in self.verdicts)


def acknowledge(
    repository: Repository,
    location: RepositoryLocation,
    request: AcknowledgeRequest,
    deadline: Deadline,
) -> AcknowledgeOutcome:
    """Acknowledge a finding; what its environment's rule refuses is an outcome.

    Raises GitopsError where there is no such violation of the past, and for all else that keeps it
    from being done.
    """
    reason = ledger.sanitised((request.actor.reason or "").strip())
    if not reason:
        raise UsageError("an acknowledgement needs a reason", remedy="give --reason TEXT")
    request = replace(request, actor=replace(request.actor, reason=reason))
    retry = Retry(deadline, 0.5, steps=3)
    while True:
        outcome = _try(repository, location, request, deadline)
        if outcome is not None:
            return replace(outcome, attempts=retry.attempt)
        retry.wait(
            UnavailableError(
                f"the branch kept moving: {retry.attempt} tries lost the race",
                remedy="try again, or give a longer --timeout",
            )
        )


def _try(
    repository: Repository,
    location: RepositoryLocation,
    request: AcknowledgeRequest,
    deadline: Deadline,
) -> AcknowledgeOutcome | None:
    """Return how it ended, None where the branch moved meanwhile."""
    audited = audit(location, AuditRequest(), deadline)
    finding = _finding(audited, request.finding)
    if finding.severity != VIOLATION:
        plan = audited.acknowledged.get(str(finding.name), "")
        return AcknowledgeOutcome(finding.name, finding.message, plan, (), already=True)
    prepared = _prepare(repository, location, request, audited, finding)
    if prepared is None:
        return None
    outcome = AcknowledgeOutcome(
        finding.name, finding.message, prepared.plan, prepared.verdicts, dry_run=request.dry_run
    )
    if request.dry_run or not prepared.open:
        return outcome
    return _publish(repository, request, prepared, outcome)


def _prepare(
    repository: Repository,
    location: RepositoryLocation,
    request: AcknowledgeRequest,
    audited: Audit,
    finding: Finding,
) -> _Prepared | None:
    policy = read_policy(repository, location, read_only=request.dry_run)
    if policy.policy_commit != audited.end:
        return None
    name, actor = finding.name, request.actor
    content = repository.read([(policy.policy_commit, FILE)])[policy.policy_commit, FILE]
    prior = audited.acknowledged.get(str(name))
    plan = acknowledgement.plan_of(name, actor.reason or "", policy.config, prior)
    return _Prepared(
        policy.policy_commit,
        policy.policy_branch,
        acknowledgement.with_line(content, str(name), actor.reason or ""),
        name,
        plan,
        acknowledgement.judge(name, plan, policy.config, actor, finding.by),
    )


def _publish(
    repository: Repository,
    request: AcknowledgeRequest,
    prepared: _Prepared,
    outcome: AcknowledgeOutcome,
) -> AcknowledgeOutcome | None:
    message = acknowledgement.message(prepared.name, prepared.plan, prepared.head, request.actor)
    commit = repository.commit(prepared.head, {FILE: prepared.content}, message)
    branch = request.publish_branch
    if branch is None:
        pushed = repository.push(prepared.branch, prepared.head, commit)
    else:
        _check_proposal(repository, branch, prepared)
        pushed = repository.replace(branch, None, commit)
    if isinstance(pushed, Moved):
        return None
    return replace(outcome, commit=commit, branch=branch)


def _check_proposal(repository: Repository, branch: str, prepared: _Prepared) -> None:
    """Raise UsageError for a branch that is in use: what is on it may be somebody's work."""
    if branch == prepared.branch or repository.find(branch):
        raise UsageError(
            f"the branch {one_line(branch)} exists already",
            remedy="give --publish-branch a name of its own",
        )


def _finding(audited: Audit, text: str) -> Finding:
    """Return the finding that a person names, a violation before a notice; raises GitopsError."""
    named = [finding for finding in audited.findings if finding.name.is_called(text)]
    names = {str(finding.name) for finding in named}
    if not named:
        raise GitopsError(
            f"there is no finding {one_line(text)}",
            remedy="gitops-ci audit lists what it finds, and how each of it can be closed",
        )
    if len(names) > 1:
        raise UsageError(
            f"{one_line(text)} fits {len(names)} findings",
            remedy=f"give the whole id: {' or '.join(sorted(names))}",
        )
    violations = [finding for finding in named if finding.severity == VIOLATION]
    for finding in violations:
        _check_past(finding)
    return next(iter(violations), named[0])


def _check_past(finding: Finding) -> None:
    """Raise RefusedError for what is the case now: that is mended, not acknowledged."""
    if not finding.by:
        raise RefusedError(
            f"{finding.name.short} is about what is there now: {finding.message}",
            remedy=finding.remedy,
        )
    if finding.stands:
        raise RefusedError(
            f"what {finding.name.short} is about still stands there: {finding.message}",
            remedy=finding.remedy,
        )
