"""Commits that claim to be operations."""

from tests.fuzz import forgery
from tests.fuzz.attacks.target import Attack, Pushed, Target
from tests.fuzz.operations import BY, Operation, written
from tests.fuzz.values import EVIL_TAG


def _forged(target: Target) -> Pushed:
    text = forgery.message(
        target.history, target.place, "99", Plan=f"2:{'0' * 64}", Approved_By="alice"
    )
    files = {target.file: forgery.with_release(target.history, target.place, "99").encode()}
    return target.push(target.commit(files, message=text))


def _without_a_plan(target: Target) -> Pushed:
    text = forgery.message(target.history, target.place, "99", Approved_By="alice")
    return target.push(target.commit({target.file: target.evil}, message=text))


def _without_trailers(target: Target) -> Pushed:
    app, environment = target.place
    words = f"promote({app}): stage -> {environment} 99\n"
    return target.push(target.commit({target.file: target.evil}, message=words))


def _copied(target: Target) -> Pushed | None:
    """Take the words of the newest operation for another value."""
    commits = target.operations
    if not commits:
        return None
    words = target.server.message(commits[0])
    return target.push(target.commit({target.file: target.evil}, message=words))


def _reverted(target: Target) -> Pushed | None:
    """Take the newest operation back by hand; the message quotes it."""
    commits = target.operations
    if not commits:
        return None
    words = target.server.message(commits[0])
    before = target.server.content(f"{commits[0]}^", target.file)
    if before == target.text:
        return None
    message = f'Revert "{words}"\n\nThis reverts commit {commits[0]}.\n\n{words}'
    return target.push(target.commit({target.file: before.encode()}, message=message))


def _again(target: Target) -> Pushed | None:
    """Write an earlier value, with the very words of the operation that brought it."""
    for commit in target.operations[1:]:
        text = target.server.content(commit, target.file)
        if target.place[1] == "prod" and text != target.text:
            words = target.server.message(commit)
            return target.push(target.commit({target.file: text.encode()}, message=words))
    return None


def _beside(target: Target) -> Pushed | None:
    """Hide the edit in the commit of an operation in another place."""
    operation = _operation_beside(target)
    if operation is None:
        return None
    honest = written(target.history, operation)
    message = target.server.message(honest)
    return target.push(
        target.commit({target.file: target.evil}, target.head, message=message, base=honest)
    )


def _operation_beside(target: Target) -> Operation | None:
    """Return an operation in another place of the same branch."""
    history, (app, environment) = target.history, target.place
    if target.branch == "main" and environment != "dev":
        return Operation("update", "dev", {app: history.new_tag()})
    other = "prod" if environment == "stage" else "stage"
    earlier = history.oracle.earlier((app, other))
    if environment == "dev" or not earlier:
        return None
    return Operation("rollback", other, {app: earlier[0]}, "alice")


def _unsigned(target: Target) -> Pushed | None:
    """Make the commit of an operation that may be done, without the key."""
    return _imitated(target, "alice") if target.history.rules.signers else None


def _approved_by_nobody_entitled(target: Target) -> Pushed | None:
    return _imitated(target, "mallory")


def _approved_by_the_requester(target: Target) -> Pushed | None:
    return _imitated(target, BY)


def _not_approved(target: Target) -> Pushed | None:
    return _imitated(target, "nobody")


def _imitated(target: Target, approver: str) -> Pushed | None:
    """Make the commit of a rollback of production as the program would make it."""
    earlier = target.history.oracle.earlier(target.place)
    if target.place[1] != "prod" or not earlier:
        return None
    tags = {target.place[0]: earlier[0]}
    return target.push(
        written(target.history, Operation("rollback", "prod", tags, approver), signed=False)
    )


def _never_there(target: Target) -> Pushed | None:
    """Return to a release that never ran there, with perfect words."""
    if target.place[1] != "prod":
        return None
    operation = Operation("rollback", "prod", {target.place[0]: EVIL_TAG}, "alice")
    return target.push(written(target.history, operation))


def _jumped(target: Target) -> Pushed | None:
    """Promote what never ran in the environment before, with perfect words."""
    if target.place[1] == "dev":
        return None
    operation = Operation("promote", target.place[1], {target.place[0]: EVIL_TAG}, "alice")
    return target.push(written(target.history, operation))


CLAIMS = {
    "a forged promotion": Attack(_forged, plain=True),
    "a promotion without a plan": Attack(_without_a_plan, plain=True),
    "a promotion without trailers": Attack(_without_trailers, plain=True),
    "copied trailers": Attack(_copied, plain=True),
    "a revert": Attack(_reverted),
    "an operation again": Attack(_again),
    "an operation that is not signed": Attack(_unsigned, needs={"signers": True}),
    "an approval by nobody entitled": Attack(_approved_by_nobody_entitled),
    "an approval by the requester": Attack(_approved_by_the_requester),
    "an operation without its approval": Attack(_not_approved),
    "a rollback to what never was there": Attack(_never_there),
    "a promotion of what never was before": Attack(_jumped),
    "an edit beside an operation": Attack(_beside, lasting=False),
}
