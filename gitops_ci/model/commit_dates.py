"""The dates of commits as Git gives them: claims of whoever made them, which may be any text."""

LATEST = 253402300799  # the last second of the year 9999, which is the last that a date can say
_DIGITS = len(str(LATEST))


def read(text: str) -> int:
    """Return the seconds since the epoch that a date claims; 0 for what is no date, as old imports
    have it.

    What is later than any date can say is LATEST: it lies in the future, and can be shown.
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return 0
    digits = digits.lstrip("0") or "0"
    return min(int(digits), LATEST) if len(digits) <= _DIGITS else LATEST
