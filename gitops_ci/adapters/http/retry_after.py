"""The header Retry-After (RFC 9110, section 10.2.3)."""


def seconds(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, given as a number or a date; None for
    anything else.
    """
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    import time
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
