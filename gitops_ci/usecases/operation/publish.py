"""Puts one try on the server: on the target's branch, or as a proposal on a branch of its own."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import Moved, Repository
from gitops_ci.model.operation import Proposal
from gitops_ci.model.outcome import Outcome
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection


class Attempt(msgspec.Struct, frozen=True):
    """One try: its outcome if nothing is published, and what to publish."""

    selection: Selection
    ledger_reader: LedgerReader
    outcome: Outcome
    publish: bool
    branch: str
    files: Mapping[str, bytes]
    message: str


def publish(repository: Repository, attempt: Attempt) -> Outcome | Moved:
    """Publish a try; return its outcome, or where the branch is now when the race was lost. Raises
    GitopsError.
    """
    if attempt.outcome.proposal:
        return _propose(repository, attempt, attempt.outcome.proposal)
    old = attempt.selection.snapshot.heads[attempt.branch]
    if not attempt.outcome.plan.changes:
        return _tag_alone(repository, attempt)
    commit = _commit(repository, attempt)
    pushed = repository.push(attempt.branch, old, commit, _tag(repository, attempt, commit))
    return (
        pushed
        if isinstance(pushed, Moved)
        else replace(attempt.outcome, commit=commit, published=True)
    )


def _tag(repository: Repository, attempt: Attempt, commit: str) -> tuple[str, str] | None:
    if attempt.outcome.git_tag is None:
        return None
    from gitops_ci.usecases.operation.git_tag import tag_message

    name = attempt.outcome.git_tag.name
    return name, repository.make_tag(name, commit, tag_message(name, attempt.outcome))


def _tag_alone(repository: Repository, attempt: Attempt) -> Outcome:
    commit = (
        attempt.outcome.git_tag.commit if attempt.outcome.git_tag else None
    ) or attempt.selection.snapshot.heads[attempt.branch]
    tag = _tag(repository, attempt, commit)
    if tag:
        repository.push_tag(*tag)
    return replace(attempt.outcome, commit=commit, published=True)


def _commit(repository: Repository, attempt: Attempt) -> str:
    old = attempt.selection.snapshot.heads[attempt.branch]
    if not any(change.carried for change in attempt.outcome.plan.changes):
        return repository.commit(old, attempt.files, attempt.message)
    from gitops_ci.usecases.operation import chart_promotion

    return repository.commit(
        old, attempt.files, attempt.message, entries=chart_promotion.entries(attempt.outcome.plan)
    )


def _propose(repository: Repository, attempt: Attempt, proposal: Proposal) -> Outcome | Moved:
    from gitops_ci.usecases.operation.propose import still_valid

    head = repository.find(proposal.branch)
    if head and still_valid(
        repository, attempt.ledger_reader, attempt.selection, attempt.outcome.plan, head
    ):
        return replace(
            attempt.outcome, commit=head.commit, proposal=replace(proposal, made=True, kept=True)
        )
    commit = _commit(repository, attempt)
    pushed = repository.replace(proposal.branch, head.commit if head else None, commit)
    if isinstance(pushed, Moved):
        return pushed
    return replace(
        attempt.outcome, commit=commit, proposal=replace(proposal, made=True, words=pushed.words)
    )
