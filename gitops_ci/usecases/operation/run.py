"""The operations: snapshot -> plan -> gates -> publish, all of it again when the branch moved."""

import logging
from typing import TYPE_CHECKING

from gitops_ci.adapters.git import Head, Moved, Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UnavailableError, UsageError
from gitops_ci.base.retry import Retry
from gitops_ci.model.operation import Request
from gitops_ci.model.outcome import Outcome
from gitops_ci.usecases.facts import FactReaders, FactSources
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.outcome import outcome_of
from gitops_ci.usecases.operation.prepare import Prepared, prepare
from gitops_ci.usecases.operation.publish import publish
from gitops_ci.usecases.operation.select_release import check_choice

if TYPE_CHECKING:
    from gitops_ci.model.difference import Difference

log = logging.getLogger(__name__)

# measured with 32 writers on one branch: longer pauses lose fewer races, but leave the server idle
# for half of the time
_FIRST_PAUSE = 0.5  # seconds, or what a try takes where that is less
_DOUBLINGS = 3


def run_operation(
    repository: Repository, request: Request, location: RepositoryLocation, deadline: Deadline
) -> Outcome:
    """Carry out one operation on an open repository and return how it ended.

    A refusal by a gate is an outcome, nothing is published then. Raises GitopsError for all else
    that keeps it from being done.
    """
    _check(request)
    request = _with_revision(request, deadline)
    readers = FactReaders(FactSources(repository, location, deadline))
    retry = Retry(deadline, lambda seconds: min(seconds, _FIRST_PAUSE), steps=_DOUBLINGS)
    head: Head | None = None
    while True:
        prepared = prepare(repository, request, location, readers, head)
        if request.changelog and prepared.plan.changes:
            difference = _changelog(repository, prepared, deadline)
            return outcome_of(prepared, retry.attempt, brings=difference)
        if request.dry_run or not prepared.to_publish:
            return outcome_of(prepared, retry.attempt)
        if readers.outdated():
            log.info(
                "results of checks were recorded meanwhile: judging again (try %d)", retry.attempt
            )
            head = None
            retry.again()
            continue
        outcome = publish(repository, prepared, retry.attempt)
        if not isinstance(outcome, Moved):
            return outcome
        head = _head_after(outcome, prepared)
        _wait(prepared, retry, deadline)


def _head_after(moved: Moved, prepared: Prepared) -> Head | None:
    """Return where the policy branch is, where the lost race told: it need not be fetched again."""
    policy_branch = prepared.snapshot.policy_branch
    return moved.head if moved.head and moved.head.branch == policy_branch else None


def _wait(prepared: Prepared, retry: Retry, deadline: Deadline) -> None:
    branch = prepared.proposal.branch if prepared.proposal else prepared.branch
    log.info("%s moved meanwhile: planning again (try %d)", branch, retry.attempt)
    retry.wait(
        UnavailableError(
            f"branch {branch} kept moving: {retry.attempt} tries in {deadline.seconds:.0f} s "
            "lost the race",
            remedy="try again, or give a longer --timeout",
        )
    )


def _check(request: Request) -> None:
    check_choice(request)
    if request.changelog and not request.dry_run:
        raise UsageError(
            "--changelog is for plans and dry runs alone",
            remedy="gitops-ci plan promote --changelog, then promote",
        )
    if request.kind.needs_reason and not request.actor.reason:
        raise UsageError(
            f"{request.operation} needs a reason", remedy="give --reason TEXT; it is recorded"
        )
    if not request.kind.takes_image and (request.release or request.images):
        raise UsageError(f"{request.operation} takes no new image")


def _with_revision(request: Request, deadline: Deadline) -> Request:
    """Read what a source revision stands for: once, because it is the same at every try."""
    if request.revision is None:
        return request
    # what reads the source is loaded where it is needed
    from gitops_ci.usecases.operation.source_revision import with_lineage

    return with_lineage(request, deadline)


def _changelog(repository: Repository, prepared: Prepared, deadline: Deadline) -> "Difference":
    from gitops_ci.usecases.views.changelog import changelog  # reads the source, and few ask

    query = prepared.query
    return changelog(
        repository,
        query.selection,
        query.ledger_reader,
        prepared.plan,
        query.request.checkout,
        deadline,
    )
