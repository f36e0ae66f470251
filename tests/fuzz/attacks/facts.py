"""Promotions whose facts are made up: how long a release ran."""

from tests.fuzz.attacks.target import Attack, Pushed, Target
from tests.fuzz.operations import Operation, carry_out, written
from tests.fuzz.rules import HOUR

_LONG = 3 * HOUR  # seconds: longer than any soak of the rules


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


def _fresh(target: Target) -> Operation:
    """Bring a new release to stage, honestly; return the promotion that is too early."""
    history, app = target.history, target.place[0]
    tag = history.new_tag()
    carry_out(history, Operation("update", "dev", {app: tag}))
    history.pass_time()
    carry_out(history, Operation("promote", "stage", {app: tag}))
    history.pass_time()
    return Operation("promote", "prod", {app: tag}, "alice")


FACTS = {
    "a promotion ahead of its time": Attack(_ahead_of_time, needs={"soak": 2}, lasting=False),
    "a soak that is claimed": Attack(
        _backdated_soak, needs={"soak": 2}, audited=False, lasting=False
    ),
}
