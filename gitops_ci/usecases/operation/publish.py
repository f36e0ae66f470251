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

    scene: Selection
    past: LedgerReader
    outcome: Outcome
    publish: bool
    branch: str
    files: Mapping[str, bytes]
    message: str


def publish(repository: Repository, work: Attempt) -> Outcome | Moved:
    """Publish a try; return its outcome, or where the branch is now when the race was lost. Raises GitopsError."""
    if work.outcome.proposal:
        return _propose(repository, work, work.outcome.proposal)
    old = work.scene.snapshot.heads[work.branch]
    if not work.outcome.plan.changes:
        return _tag_alone(repository, work)
    commit = _commit(repository, work)
    pushed = repository.push(work.branch, old, commit, _tag(repository, work, commit))
    return pushed if isinstance(pushed, Moved) else replace(work.outcome, commit=commit, published=True)


def _tag(repository: Repository, work: Attempt, commit: str) -> tuple[str, str] | None:
    if work.outcome.git_tag is None:
        return None
    from gitops_ci.usecases.operation.git_tag import tag_message

    name = work.outcome.git_tag.name
    return name, repository.make_tag(name, commit, tag_message(name, work.outcome))


def _tag_alone(repository: Repository, work: Attempt) -> Outcome:
    commit = (work.outcome.git_tag.commit if work.outcome.git_tag else None) or work.scene.snapshot.heads[work.branch]
    tag = _tag(repository, work, commit)
    if tag:
        repository.push_tag(*tag)
    return replace(work.outcome, commit=commit, published=True)


def _commit(repository: Repository, work: Attempt) -> str:
    old = work.scene.snapshot.heads[work.branch]
    if not any(change.carried for change in work.outcome.plan.changes):
        return repository.commit(old, work.files, work.message)
    from gitops_ci.usecases.operation import chart_promotion

    return repository.commit(old, work.files, work.message, entries=chart_promotion.entries(work.outcome.plan))


def _propose(repository: Repository, work: Attempt, proposal: Proposal) -> Outcome | Moved:
    from gitops_ci.usecases.operation.propose import still_valid

    head = repository.find(proposal.branch)
    if head and still_valid(repository, work.past, work.scene, work.outcome.plan, head):
        return replace(work.outcome, commit=head.commit, proposal=replace(proposal, made=True, kept=True))
    commit = _commit(repository, work)
    pushed = repository.replace(proposal.branch, head.commit if head else None, commit)
    if isinstance(pushed, Moved):
        return pushed
    return replace(work.outcome, commit=commit, proposal=replace(proposal, made=True, words=pushed.words))
