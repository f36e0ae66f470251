"""Freeze windows: when they hold, when all are over, and what is none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base.errors import UsageError
from gitops_ci.core.freeze_window import DAYS, Window, frozen_at, window
from tests.laws import fewer

ZURICH = "Europe/Zurich"
WEEKEND = window("Fri 16:00", "Mon 08:00", ZURICH, "weekend")


def at(text: str, zone: str = ZURICH, fold: int = 0) -> int:
    """Return a local time in seconds since the epoch."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-27 15:59:59", None),
        ("2026-11-27 16:00", "2026-11-30 08:00"),
        ("2026-11-29 23:59", "2026-11-30 08:00"),
        ("2026-11-30 07:59:59", "2026-11-30 08:00"),
        ("2026-11-30 08:00", None),
        ("2026-03-29 02:30", "2026-03-30 08:00"),  # a time that summer time skips
        ("2026-10-25 02:30", "2026-10-26 08:00"),  # and one that comes twice
    ],
)
def test_a_weekly_window_goes_over_the_end_of_the_week(moment: str, until: str | None) -> None:
    found = frozen_at([WEEKEND], at(moment))
    assert (found.until if found else None) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("since", "until", "first", "over"),
    [
        ("2026-12-24 18:00", "2027-01-04 08:00", "2026-12-24 18:00", "2027-01-04 08:00"),
        ("2026-12-24T18:00", "2027-01-04T08:00:30", "2026-12-24 18:00", "2027-01-04 08:00:30"),
        ("2026-12-24", "2026-12-26", "2026-12-24 00:00", "2026-12-27 00:00"),  # a bare day is whole
        ("2026-12-24", "2026-12-24", "2026-12-24 00:00", "2026-12-25 00:00"),
        ("2026-12-24", "2026-12-24 24:00", "2026-12-24 00:00", "2026-12-25 00:00"),
        (
            "2026-03-29 02:30",
            "2026-03-29 12:00",
            "2026-03-29 03:00",
            "2026-03-29 12:00",
        ),  # skipped: the moment of the change
        ("2026-03-29 01:00", "2026-03-29 02:30", "2026-03-29 01:00", "2026-03-29 03:00"),
    ],
)
def test_a_dated_window(since: str, until: str, first: str, over: str) -> None:
    one = window(since, until, ZURICH)
    assert frozen_at([one], at(first) - 1) is None
    for moment in (at(first), at(over) - 1):
        found = frozen_at([one], moment)
        assert found
        assert found.until == at(over)
    assert frozen_at([one], at(over)) is None


def test_a_time_that_comes_twice_begins_a_window_the_first_time_and_ends_it_the_second() -> None:
    begins = window("2026-10-25 02:30", "2026-10-25 12:00", ZURICH)
    assert frozen_at([begins], at("2026-10-25 02:30") - 1) is None
    assert all(
        frozen_at([begins], moment)
        for moment in range(at("2026-10-25 02:30"), at("2026-10-25 12:00"), 600)
    )
    ends = window("2026-10-25 01:00", "2026-10-25 02:30", ZURICH)
    assert frozen_at([ends], at("2026-10-25 02:30", fold=1) - 1)
    assert frozen_at([ends], at("2026-10-25 02:30", fold=1)) is None


def test_a_day_that_a_country_left_out_freezes_nothing() -> None:
    skipped = window("2011-12-30", "2011-12-30", "Pacific/Apia")
    assert not any(
        frozen_at([skipped], at("2011-12-29 12:00", "Pacific/Apia") + hour * 3600)
        for hour in range(48)
    )


def test_windows_that_follow_each_other_are_over_when_the_last_is() -> None:
    holidays = window("2026-12-25", "2027-01-01", "UTC", "holidays")
    found = frozen_at([WEEKEND, holidays], at("2026-12-24 23:30", "UTC") + 3600)
    assert found
    assert found.until == at(
        "2027-01-04 08:00"
    )  # the first of January is a Friday: the weekend follows
    assert found.last is WEEKEND
    assert [each.reason for each in found.windows] == ["holidays"]


def test_windows_that_cover_the_whole_week_have_no_end() -> None:
    found = frozen_at([window("Mon", "Wed", "UTC"), window("Thu", "Sun", "UTC")], 1_800_000_000)
    assert found
    assert found.until is None


@pytest.mark.parametrize("text", ["fri 16:00", "FRIDAY 16:00", " Fri  16:00 ", "Friday 16:00"])
def test_days_are_read_in_any_case(text: str) -> None:
    assert window(text, "mon 8:00", "UTC").weekly == (4 * 1440 + 960, 480)


@pytest.mark.parametrize(
    ("since", "until", "zone", "words"),
    [
        ("Fri 16:00", "2026-12-24", "UTC", "one is a day of the week and the other a date"),
        ("Fri 16:00", "Fri 16:00", "UTC", "same moment of the week"),
        ("Mon", "Sun", "UTC", "same moment of the week"),
        ("2026-12-24 18:00", "2026-12-24 18:00", "UTC", "ends before it begins"),
        ("2026-12-26", "2026-12-24", "UTC", "ends before it begins"),
        ("2026-02-30", "2026-03-24", "UTC", "there is no day 2026-02-30"),
        ("Fir 16:00", "Mon", "UTC", "did you mean Fri?"),
        ("Freitag 16:00", "Mon", "UTC", "no day of the week"),
        ("Fri 16:60", "Mon", "UTC", "not a time of the day"),
        ("Fri 25:00", "Mon", "UTC", "not a time of the day"),
        ("2026-12-24T10:00:61", "2026-12-26", "UTC", "not a time of the day"),
        ("2026-12-24T10:00Z", "2026-12-26", "UTC", "neither a day"),
        ("0000-12-24", "2026-12-26", "UTC", "there is no day"),
        ("2026-12-24", "9999-12-31", "UTC", "year"),
        ("\x1b[31mFri", "Mon", "UTC", "neither a day"),
        ("F" * 5000, "Mon", "UTC", "neither a day"),
        ("Fri", "Mon", "Europe/Zurick", "did you mean Europe/Zurich?"),
        ("Fri", "Mon", "zurich", "did you mean Europe/Zurich?"),
        ("Fri", "Mon", "../../etc/passwd", "no time zone"),
        ("Fri", "Mon", "/etc/localtime", "no time zone"),
        ("Fri", "Mon", "Europe", "no time zone"),
        ("Fri", "Mon", "localtime", "no time zone"),
        ("Fri", "Mon", "\0", "no time zone"),
        ("Fri", "Mon", "A" * 5000, "no time zone"),
    ],
)
def test_what_is_no_window_is_said(since: str, until: str, zone: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        window(since, until, zone)
    assert words in str(caught.value)


ZONES = st.sampled_from(
    [ZURICH, "UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"]
)
MOMENTS = st.integers(at("2010-01-01 00:00", "UTC") // 60, at("2030-01-01 00:00", "UTC") // 60).map(
    lambda minute: minute * 60
)
MINUTES = st.integers(0, 7 * 1440 - 1)


def week(minute: int) -> str:
    """Return a minute of the week as people write it."""
    return f"{DAYS[minute // 1440]} {minute % 1440 // 60:02}:{minute % 60:02}"


def weekly(pair: tuple[int, int], zone: str) -> Window:
    return window(week(pair[0]), week(pair[1]), zone)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Make a weekly or a dated window."""
    zone = draw(ZONES)
    if draw(st.booleans()):
        return weekly(
            draw(st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1])), zone
        )
    begin = datetime.fromtimestamp(draw(MOMENTS), UTC).replace(tzinfo=None)
    end = begin + timedelta(minutes=draw(st.integers(1, 60 * 24 * 20)))
    return window(begin.strftime("%Y-%m-%d %H:%M"), end.strftime("%Y-%m-%d %H:%M"), zone)


def holds_by_the_clock(one: Window, moment: int) -> bool:
    """Tell from what a clock on the wall shows whether a window holds: right but for an hour around
    a change of the clocks.
    """
    shown = datetime.fromtimestamp(moment, ZoneInfo(one.zone)).replace(tzinfo=None)
    if one.dated:
        return one.dated[0] <= shown < one.dated[1]
    start, end = (minute % (7 * 1440) for minute in one.weekly or (0, 0))
    minute = shown.weekday() * 1440 + shown.hour * 60 + shown.minute
    return start <= minute < end if start < end else minute >= start or minute < end


def clocks_change_near(one: Window, moment: int) -> bool:
    zone = ZoneInfo(one.zone)
    offsets = {
        datetime.fromtimestamp(moment + hours * 3600, zone).utcoffset()
        for hours in (-26, -2, -1, 0, 1, 2, 26)
    }
    return len(offsets) > 1


@given(windows(), MOMENTS)
def test_a_window_holds_when_the_clock_on_the_wall_says_so(one: Window, moment: int) -> None:
    holds = frozen_at([one], moment) is not None
    if clocks_change_near(one, moment):
        assert holds or not holds_by_the_clock(one, moment)  # never a hole
    else:
        assert holds == holds_by_the_clock(one, moment)


@fewer(2)
@given(st.lists(windows(), min_size=1, max_size=3), MOMENTS)
def test_the_end_is_the_first_minute_that_is_not_frozen(some: list[Window], moment: int) -> None:
    found = frozen_at(some, moment)
    if found is None:
        assert not any(frozen_at([one], moment) for one in some)
    elif found.until is not None:
        assert frozen_at(some, found.until) is None
        step = max(60, (found.until - moment) // 40 // 60 * 60)
        assert all(frozen_at(some, between) for between in range(moment, found.until, step))
        assert frozen_at(some, found.until - 1)
