"""``requires`` in gitops.yaml: from which version of the program on the file may be read."""

import re

from gitops_ci import __version__
from gitops_ci.core.config.document import ConfigDocument

Version = tuple[int, int, int]
NONE: Version = (0, 0, 0)
# files for this version and later ones have refused what can't be told of people, which was a
# warning before
STRICT: Version = (0, 2, 0)
PATTERN = r"^>= ?[0-9]{1,6}\.[0-9]{1,6}(\.[0-9]{1,6})?\Z"
_NUMBERS = re.compile(r"\d+")


def least(text: str | None) -> Version:
    """Return the oldest version that ``>=X.Y`` or ``>=X.Y.Z`` allows; `NONE` where nothing is
    required.
    """
    return _version(text) if text else NONE


def is_requirement(text: object) -> bool:
    """Tell whether a value says a least version."""
    return isinstance(text, str) and re.match(PATTERN, text) is not None


def is_newer(text: str) -> bool:
    """Tell whether a newer program than this one is required."""
    return least(text) > _version(__version__)


def check_program(document: ConfigDocument) -> Version:
    """Return which version a file needs; raises ConfigError where this program is older, before all
    else is looked at.
    """
    text = document.data.get("requires")
    if text is None:
        return NONE
    if not is_requirement(text):
        raise document.error(
            ("requires",),
            "is not the least version of gitops-ci",
            'give for example requires: ">=0.2"',
        )
    if is_newer(text):
        raise document.error(
            ("requires",),
            f"gitops-ci {text} is required, and this is {__version__}",
            "update gitops-ci here: what the file asks for can't be judged by an older one",
        )
    return least(text)


def _version(text: str) -> Version:
    numbers = [int(number) for number in _NUMBERS.findall(text)[:3]]
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return major, minor, patch
