"""What Helm makes of a scalar: go-yaml 2 finds its type, JSON keeps it, a template prints it."""

import base64
import binascii
import re
import struct
from decimal import Decimal
from math import isfinite
from typing import Any

_CORE = "tag:yaml.org,2002:"
_MEANINGS: dict[str, bool | None] = {"y yes on true": True, "n no off false": False, "null": None}
_WORDS = {"": None, "~": None} | {
    spelling: value
    for words, value in _MEANINGS.items()
    for word in words.split()
    for spelling in (word, word.capitalize(), word.upper())
}
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_INTEGER = re.compile(
    r"""(?P<sign>[-+]?)(?:
        0[xX](?P<hexadecimal>[0-9a-fA-F]+)
      | 0[bB](?P<binary>[01]+)
      | 0[oO]?(?P<octal>[0-7]+)
      | (?P<decimal>0|[1-9][0-9]*)
      )""",
    re.VERBOSE,
)
_SIGN_WITHIN = re.compile(r"0b(?P<sign>[-+])(?P<binary>[01]+)")
_BASES = {"hexadecimal": 16, "binary": 2, "octal": 8, "decimal": 10}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
    "null": (type(None),),
}


class HelmScalarError(Exception):
    """Helm refuses a scalar, and with it the whole file: why."""


def printed(event: Any) -> str | None:
    """Return the text that a template prints for a scalar, None for null.

    Raises HelmScalarError.
    """
    value = _resolved(event)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(repr(float(value)))  # JSON has no integers
    return value


def key_name(event: Any) -> str:
    """Return the name that a key has as data; raises HelmScalarError for what can't be one."""
    value = _resolved(event)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _number(_shortest_of_32_bits(value))
    if isinstance(value, int):
        if value >= 2**63:
            raise HelmScalarError("a key is a number that is too large")
        return str(value)
    if value is None:
        raise HelmScalarError("a key is empty or null")
    return value


def _resolved(event: Any) -> bool | float | str | None:
    tag, text = event.tag, str(event.value)
    if tag is None:
        return text if event.style else _plain(text)
    if tag == f"{_CORE}binary":
        return _decoded(text)
    wanted = _TYPES.get(tag.removeprefix(_CORE)) if tag.startswith(_CORE) else None
    if wanted is None:
        return text
    value = _plain(text)
    # what is true is an integer for Python, not for Go
    if not isinstance(value, wanted) or isinstance(value, bool) is not (bool in wanted):
        kind = tag.removeprefix(_CORE)
        raise HelmScalarError(f"what has the tag !!{kind} is none")
    return value


def _plain(text: str) -> bool | float | str | None:
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise HelmScalarError(f"JSON has no number {text}")
    if text[0] == ".":
        return _float(text)
    if text[0] not in "+-0123456789":
        return text
    digits = text.replace("_", "")
    integer = _integer(digits)
    if integer is not None:
        return integer
    number = _float(digits)
    return text if isinstance(number, str) else number


def _integer(digits: str) -> int | None:
    """Return the integer of 64 bits, with a sign or without, that digits are for Go."""
    match = _INTEGER.fullmatch(digits) or _SIGN_WITHIN.fullmatch(digits)
    if match is None:
        return None
    base = match.lastgroup or ""
    # no integer of 64 bits has as many digits, and Python refuses to read thousands of them
    value = int(match[base][-80:], _BASES[base]) if len(match[base]) < 80 else 2**64
    value = -value if match["sign"] == "-" else value
    largest = 2**63 if match["sign"] else 2**64
    return value if -(2**63) <= value < largest else None


def _float(text: str) -> float | str:
    """Return the number that a text is, or the text."""
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    return number if isfinite(number) else text


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(re.sub("[\r\n]", "", text), validate=True).decode(errors="replace")
    except (ValueError, binascii.Error) as error:
        raise HelmScalarError("what has the tag !!binary is no base64") from error


def _shortest_of_32_bits(value: float) -> str:
    try:
        packed = struct.pack("f", value)
    except OverflowError:
        raise HelmScalarError("a key is a number that is too large") from None
    texts = (format(value, f".{precision}g") for precision in range(1, 10))
    return next((text for text in texts if struct.pack("f", float(text)) == packed), repr(value))


def _number(shortest: str) -> str:
    """Return a number as Go prints it: with an exponent below -4, and from a million on."""
    sign, numbers, exponent = Decimal(shortest).as_tuple()
    exponent = int(exponent) + len(numbers) - 1  # of the first digit
    digits = "".join(map(str, numbers)).rstrip("0") or "0"
    if digits == "0":
        text = digits
    elif -4 <= exponent < 6:
        text = _fixed(digits, exponent)
    else:
        fraction = f".{digits[1:]}" if digits[1:] else ""
        text = f"{digits[0]}{fraction}e{exponent:+03d}"
    return f"-{text}" if sign else text


def _fixed(digits: str, exponent: int) -> str:
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}{digits}"
    whole, fraction = digits[: exponent + 1], digits[exponent + 1 :]
    return f"{whole:0<{exponent + 1}}{'.' if fraction else ''}{fraction}"
