"""The order of arrival: a merge brings what its side line holds, whenever that was committed."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.adapters.git import Commit
from gitops_ci.usecases.ledger.arrivals import Arrivals, LedgerArrival


def commit(name: str, *parents: str) -> Commit:
    return Commit(name, parents, "a@example.com", "A", 0, "")


def arrived(*commits: Commit) -> list[tuple[str, str, str | None]]:
    return [(each.commit.id, each.arrival.id, each.through) for each in in_order(commits)]


def in_order(commits: Sequence[Commit]) -> list[LedgerArrival]:
    arrivals = Arrivals()
    found = [each for one in commits for each in arrivals.add(one)]
    return [*found, *arrivals.rest()]


def test_without_merges_each_commit_is_certain_at_once() -> None:
    arrivals = Arrivals()
    for one in (commit("c", "b"), commit("b", "a"), commit("a")):
        assert [each.commit.id for each in arrivals.add(one)] == [one.id]
    assert arrivals.rest() == []


def test_what_a_merge_brought_stands_before_what_was_there_though_it_is_older() -> None:
    history = [commit("m", "y", "s"), commit("y", "z"), commit("s", "z"), commit("z")]
    assert arrived(*history) == [
        ("m", "m", None),
        ("s", "m", "s"),
        ("y", "y", None),
        ("z", "z", None),
    ]


def test_of_two_merges_of_one_line_the_older_one_brought_it() -> None:
    history = [
        commit("n", "m", "t"),
        commit("t", "s"),
        commit("m", "z", "s"),
        commit("s", "z"),
        commit("z"),
    ]
    assert arrived(*history) == [
        ("n", "n", None),
        ("t", "n", "t"),
        ("m", "m", None),
        ("s", "m", "s"),
        ("z", "z", None),
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[Commit]:
    """Return the reachable part of any graph, children first."""
    count = draw(st.integers(1, 12))
    parents = [
        draw(st.lists(st.integers(0, index - 1), min_size=1, max_size=3, unique=True))
        if index
        else []
        for index in range(count)
    ]
    reached = {count - 1}
    for index in reversed(range(count)):
        reached |= set(parents[index]) if index in reached else set()
    return [
        commit(str(index), *map(str, parents[index]))
        for index in reversed(range(count))
        if index in reached
    ]


@given(histories())
def test_every_commit_arrives_once_with_the_oldest_commit_of_the_line_that_has_it(
    history: list[Commit],
) -> None:
    by_id = {each.id: each for each in history}

    def ancestors(name: str) -> set[str]:
        return {name}.union(*(ancestors(parent) for parent in by_id[name].parents))

    line = [history[0].id]
    while by_id[line[-1]].parents:
        line.append(by_id[line[-1]].parents[0])
    found = in_order(history)
    assert sorted(each.commit.id for each in found) == sorted(by_id)
    for each in found:
        assert each.arrival.id == [name for name in line if each.commit.id in ancestors(name)][-1]
        assert (each.through is None) == (each.commit.id in line)
    places = [line.index(each.arrival.id) for each in found]
    assert places == sorted(places)
