"""Bounds for what has to get somewhere before its time ends it."""

from collections.abc import Callable
from typing import TypeVar

_SECONDS = (1, 4, 16, 64)
Result = TypeVar("Result")


def ended_late(run: Callable[[int], Result], reached: Callable[[Result], bool]) -> Result:
    """Return what came of a run whose bound, in seconds, ended it after it had got far enough.

    The first bound is short: it is waited for. Where a busy machine did not get far enough in it,
    a longer one is tried.
    """
    for seconds in _SECONDS:
        result = run(seconds)
        if reached(result):
            return result
    raise AssertionError(f"it did not get there within {_SECONDS[-1]} s")
