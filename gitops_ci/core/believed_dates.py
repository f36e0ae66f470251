"""Which dates of a line of commits are believed. Pure.

Dates are claims. Those of the longest run that never goes back are believed, so that neither one
commit of the year 2099 nor one of 1970 decides anything for the others.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import msgspec

AHEAD = 600  # seconds by which the clock of whoever commits may be ahead of the judge's
GRACE = 120  # seconds by which clocks may differ between one commit and the next


class Dated(msgspec.Struct, frozen=True):
    """When a commit came to its line at the earliest and at the latest, in seconds since the epoch:
    both the same where its date is believed.
    """

    earliest: int
    latest: int
    believed: bool


def dated(dates: Sequence[int], now: int) -> list[Dated]:
    """Return what follows from the dates of a line, the oldest first; 0 is no date."""
    run = longest_run([date if 0 < date <= now + AHEAD else None for date in dates])
    bounds: list[int] = []  # the next believed date, which what lies before it can't be after
    following = now
    for date, in_run in zip(reversed(dates), reversed(run), strict=True):
        following = min(following, date) if in_run else following
        bounds.append(following)
    return list(_dated(dates, run, bounds[::-1], now))


def longest_run(dates: Sequence[int | None]) -> list[bool]:
    """Tell of each date whether it is in the longest run that never goes back, of several in the
    one whose dates come first; None is in none.

    O(n log n).
    """
    # by length: how late the runs of that length end, the negative date (so that each list grows)
    # and the position of each date that ended one
    ends: list[list[int]] = []
    positions: list[list[int]] = []
    before: dict[int, int] = {}
    for position, date in enumerate(dates):
        if date is None:
            continue
        length = _longest_before(ends, date)
        if length:
            place = bisect_left(ends[length - 1], -date)
            before[position] = positions[length - 1][place]
        if length == len(ends):
            ends.append([])
            positions.append([])
        ends[length].append(-date)
        positions[length].append(position)
    in_run = [False] * len(dates)
    here = positions[-1][0] if positions else None
    while here is not None:
        in_run[here] = True
        here = before.get(here)
    return in_run


def _longest_before(ends: Sequence[Sequence[int]], date: int) -> int:
    """Return the length of the longest run that a date can continue: the last date that ended a run
    of a length is the earliest of them.
    """
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if -ends[middle][-1] <= date:
            low = middle + 1
        else:
            high = middle
    return low


def _dated(
    dates: Sequence[int], run: Sequence[bool], bounds: Sequence[int], now: int
) -> Iterator[Dated]:
    earliest = 0
    for date, in_run, latest in zip(dates, run, bounds, strict=True):
        # two clocks that differ a little
        near = max(0, earliest - GRACE) < date <= latest + GRACE
        if in_run or near:
            earliest = min(max(date, earliest), latest)
        yield Dated(earliest, earliest if in_run or near else latest, in_run or near)
