"""Operations that read the ledger, where what they look for lies at the other end of a long history."""

from collections.abc import Iterator, Sequence

from tests.performance import gitops_repository, measuring, table
from tests.performance.contents import app_name
from tests.performance.gitops_repository import GitopsRepository, Move
from tests.performance.measuring import Series
from tests.performance.stage import Stage, update
from tests.performance.table import Table

_OLD = [[Move(1, "dev", "2")], [Move(2, "dev", "2")], [Move(2, "dev", "3")]]  # nothing happens to these two afterwards


def measure(stage: Stage) -> Iterator[Table]:
    """Yield what reading the whole ledger costs."""
    size = stage.sizes.long
    others = gitops_repository.updates(range(3, size.apps + 1), size.commits - len(_OLD))
    repository = gitops_repository.make(stage.root / "ledger.git", size.apps, [*_OLD, *others], host=stage.registry.host)
    operations: list[tuple[str, Sequence[str], str]] = [
        ("update, which reads no history", update(3, "4711"), ""),
        ("promote, deployed at the beginning", ["promote", app_name(1), "--to", "stage"], "2"),
        ("promote --tag, of an earlier release", ["promote", app_name(2), "--to", "stage", "--tag", "2"], "2"),
        ("rollback to the release before", ["rollback", app_name(2), "--env", "dev"], "2"),
    ]
    for _, words, tag in operations[1:]:
        _check(stage, repository, words, tag)
    measured = measuring.interleaved(size.rounds, *(stage.gitops_ci(repository, *words) for _, words, _ in operations))
    yield Table(
        "Operations that read the ledger",
        f"{size.commits:,} commits of {size.apps:,} applications, cold, over HTTP. Commits are fetched,"
        " files are not; no registry.",
        ["operation", "runs", "gitops-ci s", "CPU s", "moved", "a commit"],
        [_row(name, series, size.rounds, size.commits) for (name, _, _), series in zip(operations, measured, strict=True)],
    )


def _row(name: str, series: Series, rounds: int, commits: int) -> list[str]:
    each = f"{series.traffic / commits:.0f} B" if "no history" not in name else ""
    return [name, str(rounds), table.seconds(series), table.cpu(series), table.size(series.traffic), each]


def _check(stage: Stage, repository: GitopsRepository, words: Sequence[str], tag: str) -> None:
    result = stage.result(repository, *words)
    release = result["release"]
    if not result["changed"] or not isinstance(release, dict) or release["images"][0]["tag"] != tag:
        raise RuntimeError(f"{' '.join(words)} did not do what it is measured for: {result['message']}")
