"""One update of one application, beside the script of a user, in repositories of growing size."""

from collections.abc import Iterator

from tests.performance import gitops_repository, images, measuring, table
from tests.performance.contents import SHARED
from tests.performance.gitops_repository import GitopsRepository
from tests.performance.measuring import Series
from tests.performance.sizes import Repository
from tests.performance.stage import Stage, update
from tests.performance.table import Table

_TAG = "4711"
_FILES_OF_AN_APP = len(SHARED) + 5
_LARGEST_TRANSFER = 2.0  # MB, at the largest size


def measure(stage: Stage) -> Iterator[Table]:
    """Yield the comparison with the script, and what the number of commits does to an update."""
    images.push(stage.registry, [_TAG])
    yield _beside_the_script(stage)
    yield _by_commits(stage)


def _beside_the_script(stage: Stage) -> Table:
    sizes = stage.sizes
    rows = []
    for size, faster in ((sizes.few, None), (sizes.many, 10), (sizes.most, 20)):
        repository = make(stage, size, f"{size.apps}.git", asking=True)
        app = size.apps // 2 + 1
        _check(stage, repository, app)
        ours, script = measuring.interleaved(
            size.rounds, stage.gitops_ci(repository, *update(app, _TAG)), stage.script(repository, app, _TAG)
        )
        rows.append(_row(size, ours, script, faster))
    return Table(
        "One update of one application",
        "The script: `git clone --depth 1`, `yq -i`, `git commit`, `git push`. Both sides begin cold, in an empty folder, and end"
        " with one commit on the server. gitops-ci also asks the registry for the image's digest, which the script does not.",
        [
            "applications",
            "files",
            "runs",
            "gitops-ci s",
            "script s",
            "CPU s",
            "script CPU s",
            "moved",
            "script moved",
            "ratio",
            "target",
        ],
        rows,
    )


def _row(size: Repository, ours: Series, script: Series, faster: int | None) -> list[str]:
    ratio = script.wall / ours.wall
    target = table.at_least(ratio, faster, "x") if faster else table.at_most(1 / ratio, 1.5, "x its time")
    if faster == 20:
        target += "; " + table.at_most(ours.traffic / 1_000_000, _LARGEST_TRANSFER, " MB")
    return [
        f"{size.apps:,}",
        f"{size.apps * _FILES_OF_AN_APP:,}",
        str(size.rounds),
        table.seconds(ours),
        table.seconds(script),
        table.cpu(ours),
        table.cpu(script),
        table.size(ours.traffic),
        table.size(script.traffic),
        f"{ratio:.1f}x faster" if ratio >= 1 else f"{1 / ratio:.2f}x its time",
        target,
    ]


def _by_commits(stage: Stage) -> Table:
    sizes = (stage.sizes.short, stage.sizes.long)
    repositories = [make(stage, size, f"{size.apps}-after-{size.commits}.git", asking=False) for size in sizes]
    measured = measuring.interleaved(sizes[0].rounds, *(stage.gitops_ci(each, *update(3, _TAG)) for each in repositories))
    rows = [
        [
            f"{size.commits:,}",
            f"{size.apps:,}",
            str(size.rounds),
            table.seconds(series),
            table.cpu(series),
            table.size(series.traffic),
        ]
        for size, series in zip(sizes, measured, strict=True)
    ]
    return Table(
        "One update, by the length of the history",
        "The same applications after few and after many commits; no registry.",
        ["commits", "applications", "runs", "gitops-ci s", "CPU s", "moved"],
        rows,
    )


def make(stage: Stage, size: Repository, name: str, *, asking: bool) -> GitopsRepository:
    """Make a repository whose history is updates of its applications in turn."""
    moves = gitops_repository.updates(range(1, size.apps + 1), size.commits)
    entry = "available" if asking else "off"
    return gitops_repository.make(stage.root / name, size.apps, moves, host=stage.registry.host, entry=entry)


def _check(stage: Stage, repository: GitopsRepository, app: int) -> None:
    result = stage.result(repository, *update(app, _TAG))
    if len(repository.published()) != 1 or repository.tag_of(app, "dev") != _TAG or not result["changed"]:
        raise RuntimeError("the update did not do what it was measured for")
