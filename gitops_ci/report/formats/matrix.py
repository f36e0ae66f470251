"""Which release runs where: applications and environments as a table of text. Pure."""

import itertools
from collections.abc import Sequence

import msgspec

from gitops_ci.model.release import Release
from gitops_ci.report.formats.releases import short_digest, tag_of

_GAP = "  "
_NONE = "-"


class MatrixCell(msgspec.Struct, frozen=True):
    """One application in one environment: ``release`` None where it does not exist, ``commit`` the
    one that wrote it.
    """

    app: str
    environment: str
    release: Release | None
    commit: str | None = None


def table(cells: Sequence[MatrixCell]) -> str:
    """Return a block of lines for each application: environments in columns; tag, digest and commit
    in rows.

    Applications and environments stand in the order in which they first appear. No line ends in
    blanks.
    """
    apps = list(dict.fromkeys(cell.app for cell in cells))
    environments = list(dict.fromkeys(cell.environment for cell in cells))
    at = {(cell.app, cell.environment): cell for cell in cells}
    blocks = [
        _block(app, environments, [at.get((app, name)) for name in environments]) for app in apps
    ]
    columns = zip(*itertools.chain.from_iterable(blocks), strict=True)
    widths = [max(map(len, column)) for column in columns]
    return "\n".join("".join(_line(row, widths) for row in block) for block in blocks)


def _block(
    app: str, environments: Sequence[str], cells: Sequence[MatrixCell | None]
) -> list[tuple[str, ...]]:
    return [
        (app, *environments),
        ("tag", *((tag_of(cell.release) or _NONE) if cell else _NONE for cell in cells)),
        ("digest", *((short_digest(cell.release) or _NONE) if cell else _NONE for cell in cells)),
        ("commit", *((cell.commit or _NONE)[:7] if cell else _NONE for cell in cells)),
    ]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return (
        _GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
    )
