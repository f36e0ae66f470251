"""The least version of the program that a gitops.yaml asks for."""

import re

from gitops_ci import __version__

Version = tuple[int, int, int]
NONE: Version = (0, 0, 0)
# files for this version and later ones have refused what can't be told of people, which was a
# warning before
STRICT: Version = (0, 2, 0)
PATTERN = r"^>= ?[0-9]{1,6}\.[0-9]{1,6}(\.[0-9]{1,6})?\Z"
_NUMBERS = re.compile(r"\d+")


def least(text: str | None) -> Version:
    """Return the oldest version that ``>=X.Y`` or ``>=X.Y.Z`` allows.

    `NONE` where nothing is required.
    """
    return _version(text) if text else NONE


def is_requirement(text: object) -> bool:
    """Tell whether a value says a least version."""
    return isinstance(text, str) and re.match(PATTERN, text) is not None


def program_version() -> str:
    return __version__


def is_newer(text: str) -> bool:
    """Tell whether a newer program than this one is required."""
    return least(text) > _version(program_version())


def _version(text: str) -> Version:
    numbers = [int(number) for number in _NUMBERS.findall(text)[:3]]
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return major, minor, patch
