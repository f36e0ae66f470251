"""What the program costs before it does anything."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.performance import gitops_repository, measuring, table
from tests.performance.stage import PROGRAM, Stage, update
from tests.performance.table import Table

_COMMANDS = ("--version", "update --help", "wait --help", "jobs --help", "init --help")
_OTHERS = {'`python -c "import click"`': "import click", '`python -c "pass"`': "pass"}
_OWN = {
    "__main__",
    "gitops_ci",
    "sitecustomize",
    "cython_runtime",
}  # the last one is a part of PyYAML's parser
_LOADED = """
import sys
from gitops_ci.cli import main
code = main(sys.argv[2:])
open(sys.argv[1], "w").write("\\n".join(sys.modules))
sys.exit(code)
"""
_CLICK = "import sys, click; open(sys.argv[1], 'w').write('\\n'.join(sys.modules))"


def measure(stage: Stage) -> Iterator[Table]:
    """Yield the start of the program beside that of its command line library, and what a plain
    update imports.
    """
    yield _starts(stage)
    yield _imports(stage)


def _starts(stage: Stage) -> Table:
    rounds = stage.sizes.starts
    sides = {f"`gitops-ci {words}`": [str(PROGRAM), *words.split()] for words in _COMMANDS}
    sides |= {name: [sys.executable, "-c", text] for name, text in _OTHERS.items()}
    found = measuring.interleaved(
        rounds, *(lambda command=command: measuring.run(command) for command in sides.values())
    )
    series = dict(zip(sides, found, strict=True))
    click = series['`python -c "import click"`'].wall
    rows = [
        [name, str(rounds), table.seconds(each), table.cpu(each), f"{each.wall / click:.2f}", ""]
        for name, each in series.items()
    ]
    rows[0][-1] = table.at_most(series["`gitops-ci --version`"].wall / click, 2.5)
    about = (
        "The same interpreter. A help text imports its command and no use case behind it; "
        "that of update takes the values of"
        " gitops.yaml with it."
    )
    return Table("Start", about, ["command", "runs", "s", "CPU s", "ratio", "target"], rows)


def _imports(stage: Stage) -> Table:
    few = stage.sizes.few
    moves = gitops_repository.updates(range(1, few.apps + 1), few.commits)
    repository = gitops_repository.make(
        stage.root / "imports.git", few.apps, moves, host=stage.registry.host
    )
    ours = _modules(_LOADED, [*update(1, "4711"), "--repo", str(repository.folder)])
    rows = []
    for name, modules in (
        ("a plain `update`", ours),
        ('`python -c "import click"`', _modules(_CLICK, [])),
    ):
        foreign = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - _OWN
        own = [module for module in modules if module.partition(".")[0] == "gitops_ci"]
        libraries = ", ".join(sorted(each for each in foreign if not each.startswith("_")))
        rows.append([name, str(len(modules)), str(len(own)), libraries])
    about = (
        "Modules in the process at its end. A test holds the list of libraries; the client of a "
        "registry comes with a question."
    )
    return Table(
        "What a plain update imports",
        about,
        ["command", "modules", "of them our own", "libraries"],
        rows,
    )


def _modules(program: str, words: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        file = Path(name, "modules")
        subprocess.run(
            [sys.executable, "-c", program, str(file), *words],
            cwd=name,
            check=True,
            capture_output=True,
        )
        return file.read_text(encoding="utf-8").split()
