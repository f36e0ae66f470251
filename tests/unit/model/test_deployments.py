"""What follows from the deployments of an environment, whichever way they are read."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.state.environment_states import NOTHING, State, Value
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.deployment import (
    Deployment,
    Withdrawal,
    deciding_deployment,
    deployments_around,
    soak_of,
)
from gitops_ci.model.operation import ADOPT, PROMOTE, ROLLBACK, Record
from gitops_ci.model.release import Image, Release

RELEASES = [Release((Image("r.example.com/shop", tag),)) for tag in ("14", "15", "16")]
OPERATIONS = st.tuples(st.sampled_from((PROMOTE, ROLLBACK, ADOPT)), st.sampled_from(RELEASES))
SPANS = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted)
NOW = 60


def records(operations: list[tuple[str, Release]]) -> list[Record]:
    """Return the records of operations, the oldest first; each knows what ran before it."""
    found: list[Record] = []
    for number, (operation, release) in enumerate(operations):
        previous = found[-1].release.images if found else ()
        record = Record(
            f"{number:040}", None, number, operation, "shop", "prod", release, previous=previous
        )
        found.append(record)
    return found


def at(time: int) -> ArrivedCommit:
    """Return a step that arrived at a time."""
    commit = LoggedCommit("", (), time, "", "", "", ())
    return ArrivedCommit("main", commit, time, time, time, time)


def replayed(history: list[Record]) -> State:
    """Return the state to which the audit comes, from the oldest record on."""
    state = State(NOTHING)
    for record in history:
        left = state.current and not state.current.of(record.release)
        if record.operation == ROLLBACK and left:
            state.withdraw(Withdrawal(record.commit, record.requested_by, record.reason))
        state.arrive(Value({}, record.release), at(record.time), record)
    return state


@given(st.lists(OPERATIONS, max_size=12), st.sampled_from(RELEASES))
def test_the_ledger_read_backwards_and_the_replay_say_the_same_of_a_withdrawal(
    operations: list[tuple[str, Release]], release: Release
) -> None:
    history = records(operations)
    backwards = deciding_deployment(
        (each for record in reversed(history) for each in deployments_around(record)), release
    )
    forwards = deciding_deployment(reversed(replayed(history).deployments), release)
    assert (backwards and backwards.withdrawal) == (forwards and forwards.withdrawal)


def test_a_release_that_a_person_wrote_back_stays_withdrawn_until_an_operation_brings_it() -> None:
    story = replayed(records([(PROMOTE, RELEASES[1]), (ROLLBACK, RELEASES[0])]))
    story.arrive(Value({}, RELEASES[1]), at(5))
    found = deciding_deployment(reversed(story.deployments), RELEASES[1])
    assert found
    assert found.withdrawal == Withdrawal(f"{1:040}", None, None)
    story.arrive(Value({}, RELEASES[1]), at(6), records([(ADOPT, RELEASES[1])])[0])
    found = deciding_deployment(reversed(story.deployments), RELEASES[1])
    assert found
    assert found.withdrawal is None


@given(st.lists(SPANS, max_size=6), st.integers(1, 50))
def test_a_soak_is_the_same_in_any_order_and_no_more_is_asked_for_than_is_enough(
    spans: list[list[int]], enough: int
) -> None:
    ended = [Deployment(RELEASES[0], since, until) for since, until in spans]
    running = [*ended, Deployment(RELEASES[0], NOW - 5)]
    assert soak_of(running, NOW) == soak_of(reversed(running), NOW)
    assert soak_of(running, NOW).since == NOW - 5
    whole = soak_of(ended, NOW)
    assert (soak_of(ended, NOW, enough).seconds >= enough) == (whole.seconds >= enough)
