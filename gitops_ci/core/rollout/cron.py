"""When a window that a cron schedule opens is closed again."""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_NAMES |= {name: number for number, name in enumerate("sun mon tue wed thu fri sat".split())}
_STEP = re.compile(r"(?P<from>\*|\?|\w+)(?:-(?P<to>\w+))?(?:/(?P<step>\d+))?")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_FAR = 14 * 1440  # minutes that are looked at


def closes(now: float, schedule: str, duration: str, zone: str) -> float | None:
    """Return when a window that is open now closes, in seconds since the epoch; None where that
    can't be told.

    A window that opens again while it is open goes on: with ``* * * * *`` it never closes. One that
    is not open by this clock has a time zone that nobody named.
    """
    fields, length, where = _parsed(schedule), _minutes(duration), _zone(zone)
    if fields is None or where is None or not 0 < length <= _FAR:
        return None
    minute = int(now // 60)
    end: int | None = None
    for each in range(minute - length, minute + _FAR):
        if each > minute and (end is None or end <= minute):
            return None
        if end is not None and each >= end and each > minute:
            return end * 60.0
        if _opens(fields, datetime.fromtimestamp(each * 60, where)):
            end = each + length
    return None


def opens(now: float, schedule: str, zone: str) -> float | None:
    """Return when a window that is closed now opens, in seconds since the epoch; None where that
    can't be told.
    """
    fields, where = _parsed(schedule), _zone(zone)
    if fields is None or where is None:
        return None
    minute = int(now // 60)
    coming = range(minute + 1, minute + _FAR)
    return next(
        (
            each * 60.0
            for each in coming
            if _opens(fields, datetime.fromtimestamp(each * 60, where))
        ),
        None,
    )


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return None


def _opens(fields: tuple[frozenset[int], ...], moment: datetime) -> bool:
    minute, hour, day, month, weekday = fields
    if moment.minute not in minute or moment.hour not in hour or moment.month not in month:
        return False
    on_day, on_weekday = moment.day in day, moment.isoweekday() % 7 in weekday
    # of day and day of the week either is enough, unless one of them says every
    restricted = len(day) < 31 and len(weekday) < 7
    return on_day or on_weekday if restricted else on_day and on_weekday


def _parsed(schedule: str) -> tuple[frozenset[int], ...] | None:
    words = schedule.split()
    if len(words) != len(_FIELDS):
        return None
    found = [_field(word, low, high) for word, (low, high) in zip(words, _FIELDS, strict=True)]
    if any(each is None for each in found):
        return None
    minute, hour, day, month, weekday = (each for each in found if each is not None)
    return minute, hour, day, month, frozenset(each % 7 for each in weekday)


def _field(text: str, low: int, high: int) -> frozenset[int] | None:
    numbers: set[int] = set()
    for part in text.lower().split(","):
        match = _STEP.fullmatch(part)
        if match is None:
            return None
        step = int(match["step"] or 1)
        first = low if match["from"] in "*?" else _number(match["from"])
        last = (
            high
            if match["from"] in "*?" or (match["step"] and not match["to"])
            else _number(match["to"] or match["from"])
        )
        if first is None or last is None or not step or not low <= first <= last <= high:
            return None
        numbers |= set(range(first, last + 1, step))
    return frozenset(numbers)


def _number(word: str) -> int | None:
    return int(word) if word.isdigit() and len(word) < 4 else _NAMES.get(word)


def _minutes(duration: str) -> int:
    match = _DURATION.fullmatch(duration)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return hours * 60 + minutes + -(-seconds // 60)
