"""Operations that read the ledger, where what they look for lies at the other end of a long
history.
"""

from collections.abc import Iterator, Sequence

from tests.performance import gitops_repository, measuring, table
from tests.performance.contents import app_name
from tests.performance.gitops_repository import GitopsRepository, Move
from tests.performance.measuring import Series
from tests.performance.sizes import Repository
from tests.performance.stage import Stage, update
from tests.performance.table import Table

_TAG = "4711"
_OLD = [
    [Move(1, "dev", "2")],
    [Move(2, "dev", "2")],
    [Move(2, "dev", "3")],
]  # nothing happens to these two afterwards


def measure(stage: Stage) -> Iterator[Table]:
    """Yield what a long history does to an update, and what reading all of it costs."""
    young, old = (_make(stage, size) for size in (stage.sizes.short, stage.sizes.long))
    yield _updates(stage, young, old)
    yield _readers(stage, old)
    views = _mixed(stage, stage.sizes.long)
    yield _views(stage, views)
    yield _audits(stage, views)
    yield _judged(stage, _mixed(stage, stage.sizes.short), views)


def _make(stage: Stage, size: Repository) -> GitopsRepository:
    others = gitops_repository.updates(range(3, size.apps + 1), size.commits - len(_OLD))
    folder = stage.root / f"after-{size.commits}.git"
    return gitops_repository.make(folder, size.apps, [*_OLD, *others], host=stage.registry.host)


def _updates(stage: Stage, *repositories: GitopsRepository) -> Table:
    sizes = (stage.sizes.short, stage.sizes.long)
    measured = measuring.interleaved(
        sizes[0].rounds, *(stage.gitops_ci(each, *update(3, _TAG)) for each in repositories)
    )
    return Table(
        "One update, by the length of the history",
        "The same applications after few and after many commits; no registry.",
        ["commits", "applications", "runs", "gitops-ci s", "CPU s", "moved"],
        [
            [f"{size.commits:,}", f"{size.apps:,}", str(len(series.runs)), *_figures(series)]
            for size, series in zip(sizes, measured, strict=True)
        ],
    )


def _readers(stage: Stage, repository: GitopsRepository) -> Table:
    size = stage.sizes.long
    operations: list[tuple[str, Sequence[str]]] = [
        ("promote, deployed at the beginning", ["promote", app_name(1), "--to", "stage"]),
        (
            "promote --tag, of an earlier release",
            ["promote", app_name(2), "--to", "stage", "--tag", "2"],
        ),
        ("rollback to the release before", ["rollback", app_name(2), "--env", "dev"]),
    ]
    for _, words in operations:
        _check(stage, repository, words, "2")
    measured = measuring.interleaved(
        size.rounds, *(stage.gitops_ci(repository, *words) for _, words in operations)
    )
    return Table(
        "Operations that read the ledger",
        f"{size.commits:,} commits of {size.apps:,} applications, cold, over HTTP. Commits "
        "are fetched,"
        " files are not; no registry.",
        ["operation", "runs", "gitops-ci s", "CPU s", "moved", "for each commit"],
        [
            [name, str(size.rounds), *_figures(series), f"{series.traffic / size.commits:.0f} B"]
            for (name, _), series in zip(operations, measured, strict=True)
        ],
    )


def _mixed(stage: Stage, size: Repository) -> GitopsRepository:
    moves = gitops_repository.mixed(size.apps, size.commits)
    return gitops_repository.make(
        stage.root / f"views-{size.commits}.git", size.apps, moves, host=stage.registry.host
    )


def _judged(stage: Stage, young: GitopsRepository, old: GitopsRepository) -> Table:
    """Measure what a server and a pipeline wait for where one operation is pushed, by the length of
    the history before it.
    """
    ways: list[tuple[str, Sequence[str] | None]] = [
        ("whole audit", ("--output", "json")),
        ("`audit --range` of one operation", ("--range", "main~1..main")),
        ("`audit --hook`, one operation pushed", ()),
        ("`git log --raw`, which judges nothing", None),
    ]
    rows = []
    for name, words in ways:
        sides = [
            stage.logged(each) if words is None else stage.judging(each, *words)
            for each in (young, old)
        ]
        short, long = measuring.interleaved(stage.sizes.long.rounds, *sides)
        row = [name, table.seconds(short), table.cpu(short), table.seconds(long), table.cpu(long)]
        rows.append([*row, f"{(long.cpu - short.cpu) / stage.sizes.long.commits * 1000:.3f} ms"])
    lengths = [f"{size.commits:,} commits" for size in (stage.sizes.short, stage.sizes.long)]
    return Table(
        "Where one operation is pushed",
        f"{stage.sizes.long.apps:,} applications, the repository in place as on a server. What was "
        "pushed before is not judged again, but read: gates ask what ran where and since when.",
        ["", f"{lengths[0]}: s", "CPU s", f"{lengths[1]}: s", "CPU s", "CPU for each commit"],
        rows,
    )


def _audits(stage: Stage, repository: GitopsRepository) -> Table:
    """Measure the proof over a whole history beside what a script would have to read for it: a full
    clone and `git log -p`.
    """
    size = stage.sizes.long
    ours, read = measuring.interleaved(
        size.rounds, stage.auditing(repository), stage.clone_and_read(repository)
    )
    return Table(
        "What proves the ledger",
        f"`audit` of {size.commits:,} commits of {size.apps:,} applications in three "
        "environments, cold, over HTTP: every change"
        " is read, made again from its record and judged by the gates; the rules that the "
        "commits name are made up, so that"
        " each is a finding too. Beside `git clone --bare` and `git log -p` over the values "
        "files, which judges nothing.",
        [
            "runs",
            "gitops-ci s",
            "CPU s",
            "moved",
            "for each commit",
            "clone and log -p s",
            "CPU s",
            "moved",
            "ratio",
        ],
        [
            [
                str(size.rounds),
                *_figures(ours),
                f"{ours.wall / size.commits * 1000:.2f} ms",
                *_figures(read),
                f"{ours.wall / read.wall:.2f}",
            ]
        ],
    )


def _views(stage: Stage, repository: GitopsRepository) -> Table:
    """Measure what shows the ledger beside what a script would do for the same answer: a full clone
    and `git log`.
    """
    size = stage.sizes.long
    words: list[tuple[str, Sequence[str], str]] = [
        ("history of one application", ["history", app_name(1)], f"apps/{app_name(1)}"),
        ("status of one application", ["status", app_name(1)], f"apps/{app_name(1)}"),
        ("status of all applications", ["status"], "apps"),
    ]
    rows = []
    for name, command, path in words:
        ours, cloned = measuring.interleaved(
            size.rounds, stage.viewing(repository, *command), stage.clone_and_log(repository, path)
        )
        ratio = f"{ours.wall / cloned.wall:.2f}"
        rows.append(
            [
                name,
                str(size.rounds),
                *_figures(ours),
                table.seconds(cloned),
                table.size(cloned.traffic),
                ratio,
            ]
        )
    return Table(
        "What shows the ledger",
        f"{size.commits:,} commits of {size.apps:,} applications in three environments, "
        "cold, over HTTP; beside"
        " `git clone --bare` and `git log -- PATH`, which proves nothing of what the messages say.",
        ["command", "runs", "gitops-ci s", "CPU s", "moved", "clone and log s", "moved", "ratio"],
        rows,
    )


def _figures(series: Series) -> list[str]:
    return [table.seconds(series), table.cpu(series), table.size(series.traffic)]


def _check(stage: Stage, repository: GitopsRepository, words: Sequence[str], tag: str) -> None:
    result = stage.result(repository, *words)
    release = result["release"]
    if not result["changed"] or not isinstance(release, dict) or release["images"][0]["tag"] != tag:
        raise RuntimeError(
            f"{' '.join(words)} did not do what it is measured for: {result['message']}"
        )
