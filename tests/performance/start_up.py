"""What the program costs before it does anything."""

import sys
from collections.abc import Iterator

from tests.performance import measuring, table
from tests.performance.stage import PROGRAM, Stage
from tests.performance.table import Table


def measure(stage: Stage) -> Iterator[Table]:
    """Yield the start of the program beside that of its command line library."""
    rounds = stage.sizes.starts
    ours, click, python = measuring.interleaved(
        rounds,
        lambda: measuring.run([str(PROGRAM), "--version"]),
        lambda: measuring.run([sys.executable, "-c", "import click"]),
        lambda: measuring.run([sys.executable, "-c", "pass"]),
    )
    ratio = ours.wall / click.wall
    names = ("`gitops-ci --version`", '`python -c "import click"`', '`python -c "pass"`')
    rows = [
        [name, str(rounds), table.seconds(series), table.cpu(series), f"{series.wall / click.wall:.2f}", ""]
        for name, series in zip(names, (ours, click, python), strict=True)
    ]
    rows[0][-1] = table.at_most(ratio, 2.5)
    yield Table("Start", "The same interpreter.", ["command", "runs", "s", "CPU s", "ratio", "target"], rows)
