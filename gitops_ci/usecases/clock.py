"""What time it is, for everything that judges by the time."""

import time


def now() -> int:
    """Return the seconds since the epoch."""
    return int(time.time())
