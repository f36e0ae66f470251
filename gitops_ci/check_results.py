"""Pure: results of checks <-> the lines of Git notes in which they are kept."""

import msgspec


class CheckResult(msgspec.Struct, frozen=True):
    """What a check said of a release in an environment; ``when`` is in seconds since the epoch."""

    app: str
    environment: str
    digest: str | None
    name: str
    passed: bool
    when: int
    by: str | None = None
    url: str | None = None
