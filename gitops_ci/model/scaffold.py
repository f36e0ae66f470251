"""What came of an `init`."""

import msgspec


class Placeholder(msgspec.Struct, frozen=True):
    """A value that nobody gave: ``places`` are FILE:LINE."""

    what: str
    value: str
    option: str
    places: tuple[str, ...]


class InitOutcome(msgspec.Struct, frozen=True):
    """``files`` were written (or would be), ``kept`` were there already and are not needed;
    ``steps`` say what comes next.
    """

    folder: str
    files: tuple[str, ...]
    kept: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]
    steps: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    made_repository: bool = False
    commit: str | None = None
    dry_run: bool = False
