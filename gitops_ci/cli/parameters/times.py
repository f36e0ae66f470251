"""Points in time on the command line."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_AGE = re.compile(r"([0-9]{1,6})([mhdw])")
_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Moment(click.ParamType[int]):
    """A point in time as seconds since the epoch: ISO 8601 (UTC unless it says otherwise), seconds,
    or an age such as ``7d``.

    ``end``: a day means its last second, not its first.
    """

    name = "time"

    def __init__(self, *, end: bool = False) -> None:
        self._end = end

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds since the epoch."""
        if isinstance(value, int):
            return value
        text = value.strip()
        age = _AGE.fullmatch(text)
        if age:
            return int(datetime.now(UTC).timestamp()) - int(age[1]) * _UNITS[age[2]]
        if re.fullmatch(r"[0-9]{9,12}", text):
            return int(text)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(
                f"{value!r} is not a time; give for example 2026-11-24, "
                "2026-11-24T16:00+01:00, 7d or 12h",
                param,
                ctx,
            )
        if self._end and _DAY.fullmatch(text):
            moment += timedelta(days=1, seconds=-1)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
