"""Tables and marks for people: drawn and coloured on a terminal, plain text with stable columns
everywhere else.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from itertools import compress
from typing import Literal, TextIO

import msgspec

from gitops_ci.base.redaction import safe

Style = Literal["", "good", "bad", "wait", "faint", "strong"]

_GAP = "  "
_SGR = {"good": "32", "bad": "1;31", "wait": "33", "faint": "2", "strong": "1"}
_RICH = {
    "": "",
    "good": "green",
    "bad": "bold red",
    "wait": "yellow",
    "faint": "dim",
    "strong": "bold",
}
_WORDS = (16, 12, 10, 8, 6)  # columns of words that are kept whole where there is room for it
_NARROWEST = 40  # columns; below that a table is no help


class TextCell(msgspec.Struct, frozen=True):
    """A text with a meaning that colour may repeat, never carry alone; several lines stand below
    each other on a terminal.
    """

    text: str
    style: Style = ""


def table(headers: Sequence[str], rows: Sequence[Sequence[str | TextCell]]) -> str:
    """Return a table that ends with a newline; the last column may be long, nothing is ever cut
    off.

    Texts may come from anywhere: secrets are masked and control characters escaped here.
    """
    cells = [[_safe(each) for each in row] for row in rows]
    return _drawn(headers, cells) if on_terminal() else _plain(headers, cells)


def mark(text: str, style: Style) -> str:
    """Return a text from anywhere made safe, with colour where that is wanted."""
    return paint(safe(text), style)


def paint(safe: str, style: Style) -> str:
    """Return a text that is safe already with colour, where that is wanted."""
    return f"\x1b[{_SGR[style]}m{safe}\x1b[0m" if style and safe and coloured() else safe


def on_terminal(stream: TextIO | None = None) -> bool:
    """Tell whether people read this as it comes, on something that can draw."""
    stream = stream or sys.stdout
    return stream.isatty() and os.environ.get("TERM", "") not in {"", "dumb"}


def coloured() -> bool:
    """Tell whether colour is wanted on stdout (https://no-color.org)."""
    return on_terminal() and not os.environ.get("NO_COLOR")


def _safe(cell: str | TextCell) -> TextCell:
    cell = cell if isinstance(cell, TextCell) else TextCell(cell)
    lines = (" ".join(line.split()) for line in cell.text.split("\n"))
    return TextCell("\n".join(safe(line) for line in lines if line), cell.style)


def _plain(headers: Sequence[str], rows: Sequence[Sequence[TextCell]]) -> str:
    lines = [
        [header.upper() for header in headers],
        *([_one(cell) for cell in row] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(_line(line, widths) for line in lines)


def _one(cell: TextCell) -> str:
    return cell.text.replace("\n", "; ") or "-"


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    return (
        _GAP.join(text.ljust(width) for text, width in zip(texts, widths, strict=True)).rstrip()
        + "\n"
    )


def _drawn(headers: Sequence[str], rows: Sequence[Sequence[TextCell]]) -> str:
    import io  # rich is loaded where somebody looks, not in pipelines

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = max(_NARROWEST, shutil.get_terminal_size().columns)
    headers, rows = _without_empty_columns(headers, rows)
    drawn = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        header_style="bold",
        padding=(0, 1, 0, 0),
    )
    for header, least in zip(headers, _least(headers, rows, width), strict=True):
        drawn.add_column(Text(header), overflow="fold", vertical="top", min_width=least)
    for row in rows:
        drawn.add_row(*(Text(cell.text, style=_RICH[cell.style], overflow="fold") for cell in row))
    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        width=width,
        highlight=False,
        no_color=not coloured(),
    )
    with console.capture() as captured:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in captured.get().split("\n"))


def _without_empty_columns(
    headers: Sequence[str], rows: Sequence[Sequence[TextCell]]
) -> tuple[list[str], list[list[TextCell]]]:
    filled = [not rows or any(row[index].text for row in rows) for index in range(len(headers))]
    return list(compress(headers, filled)), [list(compress(row, filled)) for row in rows]


def _least(headers: Sequence[str], rows: Sequence[Sequence[TextCell]], width: int) -> list[int]:
    """Return how narrow each column may become: words stay whole as far as the width allows."""
    texts = [[header, *(row[index].text for row in rows)] for index, header in enumerate(headers)]
    longest = [
        max((len(word) for text in column for word in text.split()), default=1) for column in texts
    ]
    room = width - 2 * len(headers)
    return next(
        (least for word in _WORDS if sum(least := [min(word, each) for each in longest]) <= room),
        [1] * len(headers),
    )
