"""How long the tests themselves take, in fresh clones of the commit that is checked out."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.performance import measuring
from tests.performance.measuring import Run
from tests.performance.stage import Stage
from tests.performance.table import Table
from tests.surroundings import ROOT

Command = Sequence[str]


def measure(stage: Stage) -> Iterator[Table]:
    """Yield the times of the first run on a machine, and of each tier in a later clone."""
    with tempfile.TemporaryDirectory(prefix="tiers-") as name:
        home = Path(name, "home")
        home.mkdir()
        first, *later = stage.sizes.tiers
        rows = [_row("the first run", _measured(_clone(Path(name, "first")), home, first), first)]
        clone = _clone(Path(name, "later"))
        rows += [_row("another clone", _measured(clone, home, each), each) for each in later]
    yield Table(
        "The tests",
        "Each in a clone, with a new home and no variable but PATH. The first run has "
        "nothing in its caches (Debian's"
        " packages are there): it makes or fetches Python's packages, Helm, yq and the "
        "jars. The other clone has what the"
        " first one left."
        " `.ci/run` is `make test` and `make test-slow`. CPU is that of all processors together.",
        ["command", "where", "s", "CPU s"],
        rows,
    )


def _row(where: str, run: Run, command: Command) -> list[str]:
    return [f"`{' '.join(command)}`", where, f"{run.wall:.0f}", f"{run.cpu:.0f}"]


def _clone(folder: Path) -> Path:
    measuring.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)])
    return folder


def _measured(clone: Path, home: Path, command: Command) -> Run:
    bare = [
        "env",
        "--ignore-environment",
        f"--chdir={clone}",
        f"HOME={home}",
        f"PATH={os.environ['PATH']}",
    ]
    return measuring.run([*bare, *command])
