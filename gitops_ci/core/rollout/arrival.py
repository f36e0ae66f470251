"""How waiting for one release in one environment ended."""

from typing import Final, Literal

import msgspec

Ending = Literal["done", "failed", "unavailable", "timeout"]
DONE: Final = "done"
FAILED: Final = "failed"
UNAVAILABLE: Final = "unavailable"
TIMEOUT: Final = "timeout"
_WORST = (DONE, TIMEOUT, UNAVAILABLE, FAILED)


class Arrival(msgspec.Struct, frozen=True):
    """``application``: Argo CD's name; ``revision``, ``sync``, ``health``, ``images``: what it said
    last.

    ``page`` is the application's page for people. ``commit`` is the one that was waited for, None
    for any with the ``release``.
    """

    app: str
    environment: str
    application: str
    release: str
    commit: str | None
    level: str
    ending: Ending
    message: str
    remedy: str = ""
    revision: str = ""
    sync: str = ""
    health: str = ""
    images: tuple[str, ...] = ()
    seconds: float = 0.0
    page: str = ""


def worst_ending(endings: list[Ending]) -> Ending:
    """Return the ending that counts for several applications."""
    return max(endings, key=_WORST.index, default=DONE)
