"""Promotions whose facts are made up: how long a release ran, and what a check said of it."""

from tests.fuzz.attacks.target import Attack, Pushed, Target
from tests.fuzz.operations import NOTES, Operation, carry_out, written
from tests.fuzz.rules import CHECK, HOUR
from tests.fuzz.server import NewCommit

_LONG = 3 * HOUR  # seconds: longer than any soak of the rules
_SHORT = 300  # seconds: the release was in stage already


def _ahead_of_time(target: Target) -> Pushed | None:
    """Promote what has just come to stage, by a clock that is ahead."""
    if target.place[1] != "prod" or not target.history.rules.soak:
        return None
    operation = _fresh(target)
    target.server.now += _LONG
    commit = written(target.history, operation)
    target.server.now -= _LONG
    return target.push(commit)


def _backdated_soak(target: Target) -> Pushed | None:
    """Bring a release to stage and to prod in one push; the first commit claims to be old."""
    history, server, (app, environment) = target.history, target.server, target.place
    if environment != "prod" or not history.rules.soak:
        return None
    tag = history.new_tag()
    carry_out(history, Operation("update", "dev", {app: tag}))
    before = target.head
    server.now -= _LONG
    answer = server.run(*Operation("promote", "stage", {app: tag}).words)
    server.now += _LONG
    assert answer.result["changed"], answer
    pushed = target.push(written(history, Operation("promote", "prod", {app: tag}, "alice")))
    server.move(target.push(before))
    return pushed


def _result_taken_away(target: Target) -> Pushed | None:
    """Push notes in which the results are not any more, as a fast-forward."""
    if not target.history.rules.checks or target.place[1] != "prod":
        return None
    _fresh(target)
    notes = _recorded(target, "--failed")
    files = dict.fromkeys(target.server.files(notes))
    target.server.move({NOTES: notes})
    return {NOTES: target.server.commit(NewCommit(files=files, parents=(notes,)))}


def _result_afterwards(target: Target) -> Pushed | None:
    """Promote without the check, and record it with an old date."""
    if not target.history.rules.checks or target.place[1] != "prod":
        return None
    operation = _fresh(target)
    promotion = target.push(written(target.history, operation))
    target.server.now -= _SHORT
    notes = _recorded(target, "--passed")
    target.server.now += _SHORT
    return {**promotion, NOTES: notes}


def _fresh(target: Target) -> Operation:
    """Bring a new release to stage, honestly; return the promotion that is too early."""
    history, app = target.history, target.place[0]
    tag = history.new_tag()
    carry_out(history, Operation("update", "dev", {app: tag}))
    history.pass_time()
    carry_out(history, Operation("promote", "stage", {app: tag}))
    history.pass_time()
    return Operation("promote", "prod", {app: tag}, "alice")


def _recorded(target: Target, result: str) -> str:
    """Return the notes with one result more; they are not in the repository yet."""
    before = target.server.references().get(NOTES)
    words = ("check", target.place[0], "--env", "stage", "--name", CHECK, result)
    answer = target.server.run(*words, "--requested-by", "mallory")
    assert not answer.code, answer
    notes = target.server.references()[NOTES]
    target.server.move({NOTES: before})
    return notes


FACTS = {
    "a promotion ahead of its time": Attack(_ahead_of_time, needs={"soak": 2}, lasting=False),
    "a soak that is claimed": Attack(
        _backdated_soak, needs={"soak": 2}, audited=False, lasting=False
    ),
    "a result that is taken away": Attack(
        _result_taken_away, needs={"checks": True}, audited=False, lasting=False
    ),
    "a result that comes afterwards": Attack(
        _result_afterwards, needs={"checks": True}, lasting=False
    ),
}
