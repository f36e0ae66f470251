"""What ``doctor`` found of one thing, and what to do about it."""

from typing import Final, Literal

import msgspec

State = Literal["ok", "warning", "error"]
OK: Final = "ok"
WARNING: Final = "warning"
ERROR: Final = "error"


class Check(msgspec.Struct, frozen=True):
    """``subject`` names what was looked at; ``unavailable``: an error of a server that may answer
    later.
    """

    subject: str
    state: State
    message: str
    remedy: str = ""
    unavailable: bool = False
