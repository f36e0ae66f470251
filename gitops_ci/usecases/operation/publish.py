"""Puts one try on the server: on the target's branch, or as a proposal on a branch of its own."""

from msgspec.structs import replace

from gitops_ci.adapters.git import Moved, Repository
from gitops_ci.model.operation import GitTag, Proposal
from gitops_ci.model.outcome import Outcome
from gitops_ci.usecases.operation.outcome import outcome_of
from gitops_ci.usecases.operation.prepare import Prepared


def publish(repository: Repository, prepared: Prepared, attempts: int) -> Outcome | Moved:
    """Publish a try; return how it ended, or where the branch is now when the race was lost.

    Raises GitopsError.
    """
    if prepared.proposal:
        return _propose(repository, prepared, prepared.proposal, attempts)
    git_tag = prepared.git_tag
    if git_tag and not prepared.plan.changes:
        commit = git_tag.commit or prepared.head
        repository.push_tag(*_tag(repository, prepared, git_tag, commit))
        return outcome_of(prepared, attempts, commit=commit, published=True)
    commit = _commit(repository, prepared)
    tag = _tag(repository, prepared, git_tag, commit) if git_tag else None
    pushed = repository.push(prepared.branch, prepared.head, commit, tag)
    if isinstance(pushed, Moved):
        return pushed
    return outcome_of(prepared, attempts, commit=commit, published=True)


def _tag(
    repository: Repository, prepared: Prepared, git_tag: GitTag, commit: str
) -> tuple[str, str]:
    """Return the name and the object id of the tag, made here and not pushed yet."""
    from gitops_ci.usecases.operation.git_tag import tag_message

    message = tag_message(git_tag.name, prepared.plan)
    return git_tag.name, repository.make_tag(git_tag.name, commit, message)


def _commit(repository: Repository, prepared: Prepared) -> str:
    files, message = prepared.query.files, prepared.message
    removed = {path: None for change in prepared.plan.changes for path in change.removed}
    if removed:
        return repository.commit(prepared.head, files, message, entries=removed)
    if not any(change.carried for change in prepared.plan.changes):
        return repository.commit(prepared.head, files, message)
    from gitops_ci.usecases.operation.chart_promotion import entries

    return repository.commit(prepared.head, files, message, entries=entries(prepared.plan))


def _propose(
    repository: Repository, prepared: Prepared, proposal: Proposal, attempts: int
) -> Outcome | Moved:
    from gitops_ci.usecases.operation.propose import still_valid

    head = repository.find(proposal.branch)
    if head and still_valid(repository, prepared.query, head):
        proposal = replace(proposal, made=True, kept=True)
        return outcome_of(prepared, attempts, commit=head.commit, proposal=proposal)
    commit = _commit(repository, prepared)
    pushed = repository.replace(proposal.branch, head.commit if head else None, commit)
    if isinstance(pushed, Moved):
        return pushed
    proposal = replace(proposal, made=True, words=pushed.words)
    return outcome_of(prepared, attempts, commit=commit, proposal=proposal)
