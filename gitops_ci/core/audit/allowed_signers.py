"""Which keys in a file of allowed signers count when a commit arrives. Pure.

ssh-keygen holds ``valid-after`` and ``valid-before`` against the date that the commit claims; a key
that was retired would go on to sign what is dated before.
"""

import re
from datetime import UTC, datetime

_OPTION = re.compile(rb'[\s,]valid-(after|before)="?([^",\s]*)', re.IGNORECASE)
_FORMATS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}  # by the number of digits


def valid_between(signers: bytes, first: int, last: int) -> bytes:
    """Return a file with those lines alone whose keys count from one time to another, in seconds
    since the epoch.
    """
    if not _OPTION.search(signers):
        return signers
    lines = signers.splitlines(keepends=True)
    return b"".join(line for line in lines if _is_valid(line, first, last))


def _is_valid(line: bytes, first: int, last: int) -> bool:
    for which, text in _OPTION.findall(line):
        bound = _seconds(text.decode("ascii", "replace"))
        if bound is None:
            return False  # for ssh-keygen it is none of the lines that it reads
        if last > bound if which.lower() == b"before" else first < bound:
            return False
    return True


def _seconds(text: str) -> int | None:
    """Return a time as OpenSSH writes it, by the clock of this machine unless it ends with Z."""
    digits = text.upper().removesuffix("Z")
    if not digits.isdecimal() or len(digits) not in _FORMATS:
        return None
    try:
        time = datetime.strptime(digits, _FORMATS[len(digits)])
        return int((time if digits == text else time.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
