"""One update of one application, beside the script of a user, in repositories of growing size."""

from collections.abc import Iterator

from tests.performance import gitops_repository, measuring, table
from tests.performance.contents import SHARED
from tests.performance.gitops_repository import GitopsRepository
from tests.performance.measuring import Series
from tests.performance.sizes import Repository
from tests.performance.stage import Stage, update
from tests.performance.table import Table

_TAG = "4711"
_FILES_OF_AN_APP = len(SHARED) + 5


def measure(stage: Stage) -> Iterator[Table]:
    """Yield the comparison with the script."""
    sizes = stage.sizes
    rows = []
    for size, target in ((sizes.few, _slower), (sizes.many, _faster), (sizes.most, _much_faster)):
        moves = gitops_repository.updates(range(1, size.apps + 1), size.commits)
        repository = gitops_repository.make(
            stage.root / f"{size.apps}.git", size.apps, moves, host=stage.registry.host
        )
        app = size.apps // 2 + 1
        _check(stage, repository, app)
        ours, script = measuring.interleaved(
            size.rounds,
            stage.gitops_ci(repository, *update(app, _TAG)),
            stage.script(repository, app, _TAG),
        )
        rows.append(_row(size, ours, script, target(ours, script)))
    yield Table(
        "One update of one application",
        "The script: `git clone --depth 1`, `yq -i`, `git commit`, `git push`. Both sides "
        "begin cold, in an empty folder, and end"
        " with one commit on the server. No registry is asked (`verify_digest: off` in "
        "dev), as the script asks none.",
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


def _slower(ours: Series, script: Series) -> str:
    return table.at_most(ours.wall / script.wall, 1.5, "x its time")


def _faster(ours: Series, script: Series) -> str:
    return table.at_least(script.wall / ours.wall, 10, "x")


def _much_faster(ours: Series, script: Series) -> str:
    return (
        f"{table.at_least(script.wall / ours.wall, 20, 'x')}; "
        f"{table.at_most(ours.traffic / 1_000_000, 2, ' MB')}"
    )


def _row(size: Repository, ours: Series, script: Series, target: str) -> list[str]:
    ratio = script.wall / ours.wall
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


def _check(stage: Stage, repository: GitopsRepository, app: int) -> None:
    result = stage.result(repository, *update(app, _TAG))
    if (
        len(repository.published()) != 1
        or repository.tag_of(app, "dev") != _TAG
        or not result["changed"]
    ):
        raise RuntimeError("the update did not do what it was measured for")
