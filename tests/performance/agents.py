"""What the script around the program costs, which every var of the shared library runs on the
agent.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import gitops_ci
from tests.performance import gitops_repository, measuring, table
from tests.performance.gitops_repository import GitopsRepository
from tests.performance.measuring import Run
from tests.performance.stage import PROGRAM, Stage, environment
from tests.performance.table import Table
from tests.surroundings import ROOT

Side = Callable[[], Run]
_SCRIPT = ROOT / "resources" / "gitops-ci" / "run.sh"
_SOURCE = "gitops-ci @ https://packages.example.com/gitops_ci.whl"  # of what counts as installed
_UPDATE = {"APP": "app-00001", "ENV": "dev", "TAG": "4711", "REQUESTED_BY": "carol"}


def measure(stage: Stage) -> Iterator[Table]:
    """Yield the program as the script runs it, beside the program called directly."""
    few, rounds = stage.sizes.few, stage.sizes.agents
    moves = gitops_repository.updates(range(1, few.apps + 1), few.commits)
    repository = gitops_repository.make(
        stage.root / "agents.git", few.apps, moves, host=stage.registry.host
    )
    rows = []
    with TemporaryDirectory(prefix="bench-") as name:
        home = _installed(Path(name))
        for command, settings in (("--version", {}), ("update", _settings(stage, repository))):
            sides = _sides(command, settings, home)
            calls = [lambda side=side: _fresh(repository, side) for side in sides.values()]
            found = measuring.interleaved(rounds, *calls)
            direct = found[0]
            rows += [
                [
                    f"`{command}`, {how}",
                    str(rounds),
                    table.seconds(series),
                    table.cpu(series),
                    f"{(series.wall - direct.wall) * 1000:+.0f} ms" if series is not direct else "",
                    f"{series.wall / direct.wall:.2f}",
                ]
                for how, series in zip(sides, found, strict=True)
            ]
    yield Table(
        "The script around the program on an agent",
        "Every var runs one constant shell script, once where the program is there: it "
        "drops variables that were not given, and"
        " asks the program on PATH for its version, which is a whole start of it, or finds "
        "the one that was installed before by"
        " its name. The update is of one among"
        f" {few.apps} applications. What Jenkins itself takes for a `sh` step is not in here.",
        ["command", "runs", "s", "CPU s", "more", "ratio"],
        rows,
    )


def _sides(command: str, settings: Mapping[str, str], home: Path) -> dict[str, Side]:
    names = " ".join(settings)
    usual = {
        **settings,
        "GITOPS_COMMAND": command,
        "GITOPS_FOLDER": str(home.parent / "folder"),
        "GITOPS_VERSION": gitops_ci.__version__,
        "GITOPS_NAMES": names,
    }
    on_path = {**usual, "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"}
    # the folders of PATH hold no gitops-ci then: what was installed by an earlier run is found
    own = {"GITOPS_TOOL_HOME": str(home), "GITOPS_TOOL_SOURCE": _SOURCE}
    found = {**usual, **own, "PATH": _without_program(), "GITOPS_NAMES": " ".join([names, *own])}
    return {
        "called directly": lambda: measuring.run([str(PROGRAM), command], settings),
        "by the script, on PATH": lambda: measuring.run(["sh", str(_SCRIPT)], on_path),
        "by the script, installed before": lambda: measuring.run(["sh", str(_SCRIPT)], found),
    }


def _settings(stage: Stage, repository: GitopsRepository) -> dict[str, str]:
    login = {name: value for name, value in environment().items() if name.startswith("GITOPS_CI_")}
    given = {f"GITOPS_CI_{name}": value for name, value in _UPDATE.items()}
    return {**login, **given, "GITOPS_CI_REPO": stage.server.url(repository.name)}


def _fresh(repository: GitopsRepository, once: Side) -> Run:
    repository.reset()
    return once()


def _installed(folder: Path) -> Path:
    """Make what an installation of a source leaves: a link to a virtual environment, where the
    script looks.
    """
    home = folder / "tools"
    told = hashlib.sha256(f"{_SOURCE}\n\n\n".encode()).hexdigest()
    place = home / f"{gitops_ci.__version__}-{told[:16]}"
    place.parent.mkdir()
    place.symlink_to(PROGRAM.parent.parent)
    return home


def _without_program() -> str:
    # Python itself first: what stands in its place for several versions (a shim) would be most of
    # what is measured
    folders = [str(Path(sys.base_prefix, "bin")), *os.environ["PATH"].split(os.pathsep)]
    return os.pathsep.join(folder for folder in folders if not Path(folder, "gitops-ci").exists())
