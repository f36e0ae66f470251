"""Pure: freeze windows, weekly (``Fri 16:00``) or dated (``2026-12-24 18:00``), as moments of their
time zone.

A window holds from its first moment up to, but without, its last: ``[from, to)``. A bare day stands
for the whole of it. A local time that summer time skips is the moment of the change; one that comes
twice begins a window the first time and ends it the second time, so that no window has a hole.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

import msgspec

from gitops_ci.base.errors import UsageError

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MINUTES_A_DAY = 1440
_WEEK = 7 * _MINUTES_A_DAY
# windows that follow each other without a gap: a year of daily ones, then nobody waits for the end
_LONGEST_CHAIN = 400
_YEARS = range(2000, 9000)
_ANSWERS = "give for example Fri 16:00, Friday, 2026-12-24 or 2026-12-24 18:00"
_TIME = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
_WEEKLY = re.compile(rf"(?P<day>[A-Za-z]{{3,9}})(?:\s+{_TIME})?")
_DATED = re.compile(
    rf"(?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?:(?:\s+|[Tt]){_TIME}(?::(?P<second>[0-9]{{2}}))?)?"
)
_NO_ZONES = frozenset({"localtime", "posixrules", "factory"})  # differ from machine to machine


class Window(msgspec.Struct, frozen=True):
    """A window in a zone of the IANA database.

    Minutes of the week (Monday 00:00 is 0), or local times.
    """

    zone: str
    weekly: tuple[int, int] | None = None
    dated: tuple[datetime, datetime] | None = None
    reason: str | None = None


class Frozen(msgspec.Struct, frozen=True):
    """What a moment inside windows looks like: the windows that hold, and when all that follow
    without a gap are over.

    ``until`` is in seconds since the epoch, None when no end is in sight; ``last`` is the window
    that ends then.
    """

    windows: tuple[Window, ...]
    until: int | None
    last: Window


def window(since: str, until: str, timezone: str, reason: str | None = None) -> Window:
    """Read a window; raises UsageError for what is none."""
    zone_of(timezone)
    start, end = _end(since, "start"), _end(until, "end")
    if isinstance(start, int) and isinstance(end, int):
        if start % _WEEK == end % _WEEK:
            raise UsageError(
                f"from {since!r} to {until!r} begins and ends at the same moment of the week",
                remedy=_ANSWERS,
            )
        return Window(timezone, weekly=(start, end), reason=reason)
    if isinstance(start, datetime) and isinstance(end, datetime):
        if end <= start:
            raise UsageError(
                f"from {since!r} to {until!r} ends before it begins", remedy="exchange from and to"
            )
        return Window(timezone, dated=(start, end), reason=reason)
    raise UsageError(
        f"from {since!r} to {until!r}: one is a day of the week and the other a date",
        remedy="give two days of the week, or two dates",
    )


def zone_of(name: str) -> tzinfo:
    """Return a zone of the IANA database; raises UsageError with a suggestion."""
    import zoneinfo  # only where something is frozen

    try:
        if name.casefold() not in _NO_ZONES:
            return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise UsageError(
        f"there is no time zone {name[:100]!r}",
        remedy=_nearest_zone(name, zoneinfo.available_timezones()),
    )


def frozen_at(windows: Iterable[Window], now: int) -> Frozen | None:
    """Return what holds at a moment (seconds since the epoch), None where nothing does."""
    windows = tuple(windows)
    holding = tuple(window for window in windows if _end_of(window, now) is not None)
    if not holding:
        return None
    moment, last = now, holding[0]
    for _ in range(_LONGEST_CHAIN):
        ends = [(end, window) for window in windows if (end := _end_of(window, moment)) is not None]
        if not ends:
            return Frozen(holding, moment, last)
        moment, last = max(ends, key=lambda pair: pair[0])
    return Frozen(holding, None, last)


def covers(outer: Window, inner: Window) -> bool:
    """Tell whether one window alone holds whenever another does; of two zones nobody can tell."""
    if outer.zone != inner.zone:
        return False
    if outer.weekly and inner.weekly:
        (start, end), (begin, close) = outer.weekly, inner.weekly
        return (begin - start) % _WEEK + (close - begin) % _WEEK <= (end - start) % _WEEK
    if outer.dated and inner.dated:
        return outer.dated[0] <= inner.dated[0] and inner.dated[1] <= outer.dated[1]
    return False


def local_time(moment: int, zone: str) -> datetime:
    """Return a moment (seconds since the epoch) as the clocks of a zone show it."""
    return datetime.fromtimestamp(moment, zone_of(zone))


def _end_of(window: Window, moment: int) -> int | None:
    """Return when the occurrence of a window that holds at a moment ends, None where none holds."""
    zone = zone_of(window.zone)
    ends = [end for start, end in _occurrences(window, moment, zone) if start <= moment < end]
    return max(ends, default=None)


def _occurrences(window: Window, moment: int, zone: tzinfo) -> Iterator[tuple[int, int]]:
    if window.dated:
        yield _instant(window.dated[0], zone, "start"), _instant(window.dated[1], zone, "end")
    if window.weekly:
        start, end = window.weekly
        length = (end - start) % _WEEK
        today = datetime.fromtimestamp(moment, zone).replace(tzinfo=None)
        monday = datetime.combine(
            today.date() - timedelta(days=today.weekday()), datetime.min.time()
        )
        for weeks in (-1, 0, 1):
            begins = monday + timedelta(weeks=weeks, minutes=start)
            yield (
                _instant(begins, zone, "start"),
                _instant(begins + timedelta(minutes=length), zone, "end"),
            )


def _instant(wall: datetime, zone: tzinfo, which: Literal["start", "end"]) -> int:
    """Return the moment of a local time in seconds since the epoch."""
    first, second = (int(wall.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    if first <= second:
        return first if which == "start" else second
    # summer time skips it: the moment of the change lies between what the two offsets make of it
    before, after = second, first
    offset = datetime.fromtimestamp(after, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _end(text: str, which: Literal["start", "end"]) -> int | datetime:
    """Read one end: minutes of the week, or a local time."""
    written = text.strip()
    weekly, dated = _WEEKLY.fullmatch(written), _DATED.fullmatch(written)
    match = weekly or dated
    if match is None:
        raise UsageError(f"{text[:100]!r} is neither a day of the week nor a date", remedy=_ANSWERS)
    minutes = _minutes(match, text, which)
    if weekly:
        return _day(weekly["day"], text) * _MINUTES_A_DAY + minutes
    try:
        day = date.fromisoformat(match["date"])
    except ValueError:
        raise UsageError(f"there is no day {match['date']}", remedy=_ANSWERS) from None
    if day.year not in _YEARS:
        raise UsageError(
            f"{text[:100]!r}: the year is not between {_YEARS[0]} and {_YEARS[-1]}", remedy=_ANSWERS
        )
    seconds = int(match["second"] or 0)
    if seconds > 59:
        raise UsageError(f"{text[:100]!r} is not a time of the day", remedy=_ANSWERS)
    return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes, seconds=seconds)


def _minutes(match: re.Match[str], text: str, which: Literal["start", "end"]) -> int:
    if match["hour"] is None:  # a bare day: from its beginning, to its end
        return _MINUTES_A_DAY if which == "end" else 0
    hour, minute = int(match["hour"]), int(match["minute"])
    if minute > 59 or hour * 60 + minute > _MINUTES_A_DAY:
        raise UsageError(f"{text[:100]!r} is not a time of the day", remedy=_ANSWERS)
    return hour * 60 + minute


def _day(word: str, text: str) -> int:
    folded = word.casefold()
    for index, name in enumerate(DAYS):
        if folded in {name, name[:3]}:
            return index
    close = _close(folded, [*DAYS, *(name[:3] for name in DAYS)])
    raise UsageError(
        f"{text[:100]!r}: {word} is no day of the week",
        remedy=f"did you mean {close.title()}?"
        if close
        else "days are written in English: Mon, Tue, ... or Monday, Tuesday, ...",
    )


def _nearest_zone(name: str, zones: Iterable[str]) -> str:
    known = sorted(zones)
    if not known:
        return (
            "this machine has no time zones: install the system's tzdata, or the Python package "
            "tzdata"
        )
    folded = {zone.casefold(): zone for zone in known} | {
        zone.rpartition("/")[2].casefold(): zone for zone in known
    }
    close = _close(name.casefold().replace(" ", "_"), list(folded))
    return (
        f"did you mean {folded[close]}?"
        if close
        else "give a name of the IANA database, such as Europe/Zurich or UTC"
    )


def _close(word: str, words: list[str]) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(word[:100], words, n=1)), None)


def utc(moment: int) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat()
