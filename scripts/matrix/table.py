"""Shows what was tried, how it ended, and what was not tried."""

from collections.abc import Sequence

from scripts.matrix.plan import Gap
from scripts.matrix.running import Outcome

_HEAD = ("PYTHON", "LIBRARIES", "GIT", "RESULT", "PASSED", "FAILED", "SKIPPED", "SECONDS")


def text(outcomes: Sequence[Outcome], gaps: Sequence[Gap]) -> str:
    """Return the whole report; ends with a newline."""
    parts = [table([_HEAD, *(_cells(outcome) for outcome in outcomes)])]
    parts += [
        f"{_name(outcome)}: {outcome.fault or 'tests failed'}; see {outcome.log}"
        for outcome in outcomes
        if not outcome.good
    ]
    parts += (
        ["Not tried:", *(f"  {gap.what}: {gap.why}" for gap in gaps)]
        if gaps
        else ["Nothing was left out."]
    )
    return "\n".join(parts) + "\n"


def table(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells in columns."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _name(outcome: Outcome) -> str:
    return (
        f"Python {outcome.row.python.version}, {outcome.row.libraries}, Git "
        f"{outcome.row.git.version}"
    )


def _cells(outcome: Outcome) -> tuple[str, ...]:
    row = outcome.row
    counts = (outcome.passed, outcome.failed, outcome.skipped, round(outcome.seconds))
    return (
        row.python.version,
        row.libraries,
        row.git.version,
        "ok" if outcome.good else "FAILED",
        *map(str, counts),
    )
