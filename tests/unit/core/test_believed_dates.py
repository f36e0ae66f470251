"""Laws of the dates that are believed."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.core.believed_dates import AHEAD, GRACE, dated, longest_run

NOW = 10_000
DATES = st.lists(st.integers(1, 60), max_size=9)


def runs(dates: list[int]) -> list[list[int]]:
    """Return all runs that never go back, by trying every subset."""
    found: list[list[int]] = [[]]
    for position, date in enumerate(dates):
        found += [[*run, position] for run in found if not run or dates[run[-1]] <= date]
    return found


@given(DATES)
def test_the_run_is_the_longest_of_all(dates: list[int]) -> None:
    chosen = [position for position, in_run in enumerate(longest_run(dates)) if in_run]
    assert chosen in runs(dates)
    assert len(chosen) == max(map(len, runs(dates)))


@given(DATES, st.integers(0, 9))
def test_of_several_the_one_that_was_there_first_stays(dates: list[int], extra: int) -> None:
    """A date that comes later takes belief from no earlier one unless the run gets longer by it."""
    before, after = longest_run(dates), longest_run([*dates, extra + 1])
    if sum(after) == sum(before):
        assert after == [*before, False]


@given(st.lists(st.integers(1, NOW), min_size=3, max_size=30), st.data())
def test_one_false_date_changes_none_of_the_others(steps: list[int], data: st.DataObject) -> None:
    """Neither the year 2099 nor 1970, wherever it stands."""
    dates = sorted(steps)
    place = data.draw(st.integers(1, len(dates)))
    forged = data.draw(st.sampled_from([0, 10**10, NOW + AHEAD + 1]))
    found = dated([*dates[:place], forged, *dates[place:]], NOW)
    assert not found[place].believed
    assert [each.earliest for each in found[:place] + found[place + 1 :]] == dates
    assert found[place].earliest == dates[place - 1]
    assert found[place].latest == (dates[place] if place < len(dates) else NOW)


@given(st.lists(st.integers(0, 2 * NOW), max_size=30))
def test_what_is_believed_never_goes_back(dates: list[int]) -> None:
    found = dated(dates, NOW)
    earliest = [each.earliest for each in found]
    assert earliest == sorted(earliest)
    for each in found:
        assert each.earliest <= each.latest <= NOW
        assert each.earliest == each.latest or not each.believed


def test_clocks_that_differ_a_little_are_believed() -> None:
    """The agent's clock is a minute ahead of the laptop's."""
    dates = [1000, 1060, 1010, 1020, 1030, 1025]
    found = dated(dates, NOW)
    assert all(each.believed for each in found)
    assert [each.earliest for each in found] == [1000, 1010, 1010, 1020, 1030, 1030]
    assert not dated([1000, 1031 + GRACE, 1010, 1020, 1030], NOW)[1].believed


def test_a_hundred_thousand_dates_are_no_trouble() -> None:
    """In both orders, and all the same."""
    many = range(1, 100_001)
    assert all(longest_run(list(many)))
    assert sum(longest_run(list(reversed(many)))) == 1
    assert all(longest_run([7] * len(many)))
