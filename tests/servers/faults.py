"""What servers do on a bad day."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """Answer this in place of what is right; ``length`` is a Content-Length that is not true."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None


@dataclass(frozen=True)
class Drop:
    """Close the connection without an answer."""


@dataclass(frozen=True)
class Silence:
    """Take the request and never answer."""


@dataclass(frozen=True)
class Drip:
    """Send a byte of the headers now and then, for ever; of the ``body`` where that is said."""

    body: bool = False


@dataclass(frozen=True)
class LostAnswer:
    """Let the server do its work, then close the connection without an answer."""


@dataclass(frozen=True)
class Truncated:
    """Pass on the first ``length`` bytes of the answer's body, then close the connection."""

    length: int


@dataclass(frozen=True)
class Delayed:
    """Wait before the request is passed on."""

    seconds: float
