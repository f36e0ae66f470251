"""Promotions: one with every gate and a real registry, and many applications in one commit."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from tests.performance import gitops_repository, images, measuring, table
from tests.performance.contents import app_name
from tests.performance.gitops_repository import GitopsRepository, Move
from tests.performance.measuring import Run, Series
from tests.performance.stage import Stage, update
from tests.performance.table import Table

_TAG = "4711"
_AGO = 100  # commits since the release came to stage
_SINGLE = (1, 2, 3)


def measure(stage: Stage) -> Iterator[Table]:
    """Yield one promotion beside an update, and many at once beside single ones."""
    yield _with_all_gates(stage)
    yield _all_at_once(stage)


def _with_all_gates(stage: Stage) -> Table:
    size = stage.sizes.many
    app = 7
    others = [number for number in range(1, size.apps + 1) if number != app]
    history = [*gitops_repository.updates(others, size.commits)]
    history[-_AGO:-_AGO] = [[Move(app, "dev", _TAG)], [Move(app, "stage", _TAG, source="dev")]]
    host = stage.registry.host
    asking = gitops_repository.make(
        stage.root / "gates.git",
        size.apps,
        history,
        host=host,
        entry="available",
        onward="required",
    )
    silent = gitops_repository.make(stage.root / "no-gates.git", size.apps, history, host=host)
    images.push(stage.registry, [_TAG, "4712"])
    promote = [
        "promote",
        app_name(app),
        "--to",
        "prod",
        "--requested-by",
        "carol",
        "--approved-by",
        "alice",
    ]
    _check(stage, asking, promote)
    bare, asked, gated = measuring.interleaved(
        size.rounds,
        stage.gitops_ci(silent, *update(app, "4712")),
        stage.gitops_ci(asking, *update(app, "4712")),
        stage.gitops_ci(asking, *promote),
    )
    names = ("update, no registry", "update, registry asked", "promote: order, digest and approval")
    rows = [
        [
            name,
            str(size.rounds),
            table.seconds(series),
            table.cpu(series),
            table.size(series.traffic),
            f"{series.wall / bare.wall:.2f}",
        ]
        for name, series in zip(names, (bare, asked, gated), strict=True)
    ]
    return Table(
        "One promotion with every gate",
        f"{size.apps:,} applications, {size.commits:,} commits; the release came to stage "
        f"{_AGO} commits ago, prod asks for an"
        " approval, and a docker-registry on this machine has to confirm the digest.",
        ["operation", "runs", "gitops-ci s", "CPU s", "moved", "beside the bare update"],
        rows,
    )


def _all_at_once(stage: Stage) -> Table:
    number = stage.sizes.promoted
    moves = [Move(app, "dev", str(1000 + app)) for app in range(1, number + 1)]
    images.push(stage.registry, [move.tag for move in moves])
    rows = []
    for name, history in (
        ("one commit", [moves]),
        (f"{number} commits", [[move] for move in moves]),
    ):
        repository = gitops_repository.make(
            stage.root / f"all-{len(history)}.git",
            number,
            history,
            host=stage.registry.host,
            onward="required",
        )
        pushes = _check_all(stage, repository)
        together, single = measuring.interleaved(
            stage.sizes.promoted_rounds,
            stage.gitops_ci(repository, "promote", "--all", "--to", "stage"),
            partial(_three_singles, stage, repository),
        )
        rows.append(_row(name, pushes, stage.sizes.promoted_rounds, together, single))
    return Table(
        f"{number} applications promoted at once",
        f"`promote --all` of {number} applications, each with a release of its own that the "
        "registry has to confirm, beside"
        " the sum of three single promotions.",
        [
            "releases came from",
            "runs",
            "--all s",
            "CPU s",
            "moved",
            "commits",
            "pushes",
            "three singles s",
            "ratio",
            "target",
        ],
        rows,
    )


def _row(name: str, pushes: int, rounds: int, together: Series, single: Series) -> list[str]:
    ratio = together.wall / single.wall
    return [
        name,
        str(rounds),
        table.seconds(together),
        table.cpu(together),
        table.size(together.traffic),
        "1",
        str(pushes),
        table.seconds(single),
        f"{ratio:.2f}",
        table.at_most(ratio, 1),
    ]


def _three_singles(stage: Stage, repository: GitopsRepository) -> Run:
    runs = [
        stage.gitops_ci(repository, "promote", app_name(app), "--to", "stage")() for app in _SINGLE
    ]
    return Run(
        sum(run.wall for run in runs),
        sum(run.cpu for run in runs),
        sum(run.traffic for run in runs),
    )


def _check(stage: Stage, repository: GitopsRepository, words: Sequence[str]) -> None:
    result = stage.result(repository, *words)
    gates = result["gates"]
    assert isinstance(gates, list)
    passed = [gate["gate"] for gate in gates if gate["state"] == "passed"]
    if not result["changed"] or passed != ["order", "digest", "withdrawn", "approval"]:
        raise RuntimeError(f"the promotion did not do what it is measured for: {result['message']}")


def _check_all(stage: Stage, repository: GitopsRepository) -> int:
    """Promote all outside of the measurement; return the number of pushes."""
    before = len(stage.server.requests())
    stage.result(repository, "promote", "--all", "--to", "stage")
    commits = repository.published()
    wrong = [
        app
        for app in range(1, repository.apps + 1)
        if repository.tag_of(app, "stage") != str(1000 + app)
    ]
    if len(commits) != 1 or wrong:
        raise RuntimeError(
            f"promote --all made {len(commits)} commits and left {len(wrong)} applications behind"
        )
    requests = chain(stage.server.requests()[before:])
    return sum(
        1 for fields in requests if fields[0] == "POST" and fields[1].endswith("git-receive-pack")
    )
