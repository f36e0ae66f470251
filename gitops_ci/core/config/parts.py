"""What the shape of ``gitops.yaml`` is made of."""

import re
from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Duration = Annotated[
    str, msgspec.Meta(pattern=r"^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?\Z", min_length=2)
]

_DURATION = re.compile(r"(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?")
_UNITS = (86400, 3600, 60, 1)  # seconds
_DIGITS = 12  # more say no time that anybody may ask for, and int() refuses a few thousand


class ConfigPart(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping in the file; unknown keys are errors."""


def seconds(duration: str) -> int:
    """Return a `Duration` in seconds."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        return 0
    numbers = [int((digits or "").lstrip("0")[:_DIGITS] or 0) for digits in match.groups()]
    return sum(number * unit for number, unit in zip(numbers, _UNITS, strict=True))
