"""What the last or running sync says of the release: that it failed, or how far it is."""

from gitops_ci.core.rollout.answer import Answer
from gitops_ci.core.rollout.document import Operation
from gitops_ci.core.rollout.expectation import RolloutJudgement, State

_FAILURES = {"Failed": "failed", "Error": "ended with an error"}


def failed_sync(answer: Answer) -> RolloutJudgement | None:
    """Judge a sync of the release that failed.

    A failure belongs to the revision of its operation: an old one stays for ever after a revert.
    """
    operation = answer.live.operation
    if operation is None or answer.live.running or not operation.whole:
        return None
    if operation.phase not in _FAILURES or not answer.operates_ours:
        return None
    compared = [source.revision for source in answer.sources]
    # a newer commit may be synced next
    state: State = "failed" if answer.operated == compared else "failing"
    return RolloutJudgement(
        state,
        f"the sync {_FAILURES[operation.phase]}: {operation.message}",
        "see the application in Argo CD; a new commit, or a sync there, tries again",
        retry=True,
    )


def running_sync(answer: Answer) -> RolloutJudgement:
    """Judge an answer while an operation is asked for or under way."""
    operation, own = answer.live.operation, answer.operates_ours
    if operation is None or not operation.running:
        return RolloutJudgement("going", "a sync is asked for")
    if operation.between:
        return RolloutJudgement("going", retrying(operation, answer.live.name, own=own))
    whose = "" if own else "another revision is "
    what = "syncing" if operation.phase == "Running" else "the operation is being terminated"
    attempt = f" (try {operation.retries + 1})" if operation.retries else ""
    message = f": {operation.message}" if operation.message else ""
    return RolloutJudgement("going", f"{whose}{what}{attempt}{message}")


def retrying(operation: Operation, name: str, *, own: bool) -> str:
    """Return what to say of a sync that waits for its next try, ``own``: one of the release."""
    words = f"the sync fails and is tried again (retry {operation.retries}): {operation.message}"
    if own:
        return words
    if operation.renews:
        return f"an older revision is being synced, and the next try takes this one: {words}"
    return (
        "an older revision keeps this one from being synced until its retries end (argocd app "
        f"terminate-op {name}): {words}"
    )
