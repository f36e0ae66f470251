"""Tables of results, as Markdown that reads well in a terminal too."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.performance.measuring import Series


@dataclass(frozen=True)
class Table:
    """A table with its heading, the sentence that says what was measured."""

    title: str
    about: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Return the table with columns as wide as their longest cell."""
        widths = [
            max(len(row[index]) for row in (self.head, *self.rows))
            for index in range(len(self.head))
        ]
        lines = [
            self._line(self.head, widths),
            "|" + "|".join("-" * (width + 2) for width in widths) + "|",
        ]
        lines += [self._line(row, widths) for row in self.rows]
        return "\n".join([f"## {self.title}", "", self.about, "", *lines, ""])

    @staticmethod
    def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
        return (
            "| "
            + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            + " |"
        )


def seconds(series: Series) -> str:
    """Return the median wall time with the extremes behind it."""
    low, high = series.spread
    return f"{_short(series.wall)} ({_short(low)}-{_short(high)})"


def cpu(series: Series) -> str:
    """Return the median processor time in seconds."""
    return _short(series.cpu)


def size(count: float) -> str:
    """Return a number of bytes in kB or MB."""
    return f"{count / 1000:.1f} kB" if count < 100_000 else f"{count / 1_000_000:.2f} MB"


def at_least(value: float, wanted: float, unit: str = "") -> str:
    """Return a target with whether it is met."""
    return f"at least {wanted:g}{unit}: {_met(value >= wanted)}"


def at_most(value: float, wanted: float, unit: str = "") -> str:
    """Return a target with whether it is met."""
    return f"at most {wanted:g}{unit}: {_met(value <= wanted)}"


def _met(yes: bool) -> str:
    return "met" if yes else "MISSED"


def _short(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"
