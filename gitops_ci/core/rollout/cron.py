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
Fields = tuple[frozenset[int], ...]  # minute, hour, day, month, day of the week


def closes(now: float, schedule: str, duration: str, zone: str) -> float | None:
    """Return when a window that is open now closes, in seconds since the epoch; None where that
    can't be told.

    A window that opens again while it is open goes on: with ``* * * * *`` it never closes. One that
    is not open by this clock has a time zone that nobody named.
    """
    fields, length, where = _parsed(schedule), _minutes(duration), _zone(zone)
    if fields is None or where is None or not 0 < length <= _FAR:
        return None
    current = int(now // 60)
    opened = _first_opening(range(current, current - length, -1), fields, where)
    if opened is None:
        return None
    end = opened + length
    for minute in range(current + 1, current + _FAR):
        if minute >= end:
            return end * 60.0
        if _opens(fields, minute, where):
            end = minute + length
    return None


def opens(now: float, schedule: str, zone: str) -> float | None:
    """Return when a window that is closed now opens, in seconds since the epoch; None where that
    can't be told.
    """
    fields, where = _parsed(schedule), _zone(zone)
    if fields is None or where is None:
        return None
    current = int(now // 60)
    minute = _first_opening(range(current + 1, current + _FAR), fields, where)
    return None if minute is None else minute * 60.0


def _first_opening(minutes: range, fields: Fields, zone: tzinfo) -> int | None:
    return next((minute for minute in minutes if _opens(fields, minute, zone)), None)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return None


def _opens(fields: Fields, at: int, zone: tzinfo) -> bool:
    """Tell whether a schedule opens a window at a minute, counted from the epoch."""
    minute, hour, day, month, weekday = fields
    moment = datetime.fromtimestamp(at * 60, zone)
    if moment.minute not in minute or moment.hour not in hour or moment.month not in month:
        return False
    on_day, on_weekday = moment.day in day, moment.isoweekday() % 7 in weekday
    # of day and day of the week either is enough, unless one of them says every
    restricted = len(day) < 31 and len(weekday) < 7
    return on_day or on_weekday if restricted else on_day and on_weekday


def _parsed(schedule: str) -> Fields | None:
    words = schedule.split()
    if len(words) != len(_FIELDS):
        return None
    fields = [_field(word, low, high) for word, (low, high) in zip(words, _FIELDS, strict=True)]
    known = [field for field in fields if field is not None]
    if len(known) < len(fields):
        return None
    return (*known[:4], frozenset(day % 7 for day in known[4]))


def _field(text: str, low: int, high: int) -> frozenset[int] | None:
    numbers: set[int] = set()
    for part in text.lower().split(","):
        values = _range(part, low, high)
        if values is None:
            return None
        numbers.update(values)
    return frozenset(numbers)


def _range(part: str, low: int, high: int) -> range | None:
    match = _STEP.fullmatch(part)
    if match is None:
        return None
    start, end, step = match["from"], match["to"], int(match["step"] or 1)
    first, last = _number(start), _number(end or start)
    if start in {"*", "?"}:
        first, last = low, high
    elif match["step"] and not end:
        last = high
    if step == 0 or not low <= first <= last <= high:
        return None
    return range(first, last + 1, step)


def _number(word: str) -> int:
    """Return the number that a word of a field stands for, -1 for none."""
    return int(word) if word.isdigit() and len(word) < 4 else _NAMES.get(word, -1)


def _minutes(duration: str) -> int:
    match = _DURATION.fullmatch(duration)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return hours * 60 + minutes + -(-seconds // 60)
