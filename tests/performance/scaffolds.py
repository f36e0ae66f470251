"""Beginning a GitOps repository, beside `helm create`, the nearest thing that people begin with."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.performance import measuring, table
from tests.performance.stage import PROGRAM, Stage
from tests.performance.table import Table

_INIT = [str(PROGRAM), "init", "shop-helm", "--image", "registry.example.com/shop"]
_SIDES: Mapping[str, tuple[Sequence[str], str]] = {
    "`gitops-ci init`": (
        _INIT,
        "chart, values of three environments, gitops.yaml, Argo CD's manifests, "
        "Jenkinsfile, checks of dev, Git repository",
    ),
    "`gitops-ci init --first-commit`": ([*_INIT, "--first-commit"], "the same, committed"),
    "`helm create`": (["helm", "create", "shop-helm"], "a chart with one values file"),
    "`helm create`, `git init`, `git commit`": (
        [
            "sh",
            "-c",
            "helm create shop-helm && cd shop-helm && git init --quiet && git add . && git "
            "commit --quiet --message Begin",
        ],
        "the same, committed",
    ),
}


def measure(stage: Stage) -> Iterator[Table]:
    """Yield the comparison with helm."""
    rounds = stage.sizes.scaffolds
    commands = [command for command, _ in _SIDES.values()]
    found = measuring.interleaved(
        rounds, *(lambda command=command: measuring.run(command) for command in commands)
    )
    helm = found[2].wall
    rows = [
        [
            name,
            str(rounds),
            table.seconds(series),
            table.cpu(series),
            str(_files(command)),
            f"{series.wall / helm:.2f}",
            made,
        ]
        for (name, (command, made)), series in zip(_SIDES.items(), found, strict=True)
    ]
    yield Table(
        "A new repository",
        "The whole command, cold, into an empty folder. The two make different things, so "
        "the ratio (to `helm create`) says what"
        " a person waits for, not which program is better: helm is compiled, and this is "
        "mostly Python starting.",
        ["command", "runs", "s", "CPU s", "files", "ratio", "makes"],
        rows,
    )


def _files(command: Sequence[str]) -> int:
    """Run once outside of the measurement and count what was made."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        measuring.run(
            ["sh", "-c", '"$@" && cp -r shop-helm "$MADE"', "sh", *command],
            {"MADE": f"{name}/made"},
        )
        shutil.rmtree(Path(name, "made", ".git"), ignore_errors=True)
        return sum(1 for each in Path(name, "made").rglob("*") if each.is_file())
