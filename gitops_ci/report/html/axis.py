"""Pure: the window of a timeline, its ticks, and where a time stands in it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from gitops_ci.report.html.spans import DeploymentSpan
from gitops_ci.report.html.words import date

_HOUR, _DAY = 3600, 86400
_STEPS = (
    300,
    900,
    1800,
    _HOUR,
    3 * _HOUR,
    6 * _HOUR,
    12 * _HOUR,
    _DAY,
    2 * _DAY,
    7 * _DAY,
    14 * _DAY,
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)
_MOST_TICKS = 9
_RECENT = 12  # so many of an environment's newest changes have to be in the window


class Axis(msgspec.Struct, frozen=True):
    """Times from ``start`` to ``end`` in seconds, on coordinates from ``left`` to ``right``."""

    start: int
    end: int
    left: float
    right: float

    def at(self, time: int | None) -> float:
        """Return where a time stands; None is before everything."""
        if time is None:
            return self.left
        inside = min(max(time, self.start), self.end)
        return self.left + (self.right - self.left) * (inside - self.start) / (
            self.end - self.start
        )


def axis(lanes: Sequence[Sequence[DeploymentSpan]], now: int, left: float, right: float) -> Axis:
    """Return the axis on which each lane's newest changes can be seen, up to now."""
    starts = [
        span.start
        for deployment_spans in lanes
        for span in deployment_spans[-_RECENT:]
        if span.start is not None
    ]
    newest = max([now, *(span.start for lane in lanes for span in lane if span.start is not None)])
    first = min([*starts, newest - _HOUR])
    return Axis(first - (newest - first) // 40, newest, left, right)


def ticks(line: Axis) -> list[tuple[int, str]]:
    """Return times at round steps, with their words."""
    step = next((step for step in _STEPS if (line.end - line.start) / step <= _MOST_TICKS), None)
    if step is None:
        return _months(line)
    first = -(-line.start // step) * step
    if step >= 7 * _DAY:
        first += 4 * _DAY - first % (7 * _DAY)  # Mondays: the epoch was a Thursday
    shape = "%d %b" if step >= _DAY else "%d %b %H:%M" if line.end - line.start > _DAY else "%H:%M"
    times = range(first, line.end + 1, step)
    return [(time, date(time).strftime(shape).lstrip("0")) for time in times if time >= line.start]


def _months(line: Axis) -> list[tuple[int, str]]:
    span = (line.end - line.start) / (30.4 * _DAY)
    step = next((step for step in _MONTHS if span / step <= _MOST_TICKS), _MONTHS[-1])
    begin = date(line.start)
    month = begin.year * 12 + begin.month - 1
    month += -month % step
    months = []
    while (moment := _first_of(month)) is not None and moment.timestamp() <= line.end:
        if moment.timestamp() >= line.start:
            months.append(
                (int(moment.timestamp()), moment.strftime("%b %Y" if step < 12 else "%Y"))
            )
        month += step
    return months


def _first_of(month: int) -> datetime | None:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) if month // 12 <= 9999 else None
