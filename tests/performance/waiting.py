"""Waiting for Argo CD, beside what people script: a loop of curl and jq. The server is a stand-in
that moves by the clock.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from tests.integration.argocd.recorded import at, body
from tests.performance import gitops_repository, measuring, table
from tests.performance.contents import app_name
from tests.performance.gitops_repository import GitopsRepository
from tests.performance.measuring import Run, Series
from tests.performance.stage import PROGRAM, Stage, environment
from tests.performance.table import Table
from tests.servers import argocd
from tests.servers.argocd import App, FakeArgocd, State

_SCRIPT = """
set -eu
while :; do
    curl --silent --fail --header "Authorization: Bearer $TOKEN" "$SERVER/api/v1/applications/$APP" >answer
    if jq --exit-status ".status | $GREEN" answer; then exit 0; fi
    sleep "$PAUSE"
done
"""
_IN_TURN = 'set -eu; for app in $APPS; do "$@" "$app"; done'
_AT_ONCE = (
    'set -eu; pids=; for app in $APPS; do "$@" "$app" & pids="$pids $!"; done; for pid in '
    '$pids; do wait "$pid"; done'
)
_GREEN = '.sync.revision == env.COMMIT and .health.status == "Healthy"'
_SYNCED = f'{_GREEN} and .sync.status == "Synced"'
_STALE = (
    1.0  # seconds in which the revision is the new one and the health still that of the old pods
)
_SOON = 3.5  # seconds before Healthy, when the revision moves

Wait = Callable[[FakeArgocd], Run]


@dataclass(frozen=True)
class Scene:
    """A repository whose last commit brings a release to the last application, and where it is."""

    repository: GitopsRepository
    url: str

    @property
    def app(self) -> str:
        """Return the application that is waited for."""
        return app_name(self.repository.apps)

    def gitops_ci(self, *words: str) -> Wait:
        """Return a wait by the program."""
        return lambda fake: measuring.run(
            [str(PROGRAM), "wait", *words, "--env", "dev"], _environment(self, fake)
        )

    def script(self, pause: int, green: str) -> Wait:
        """Return a wait by the script, which knows the commit and has words of jq for what it takes
        for the end.
        """
        extra = {
            "COMMIT": self.repository.head,
            "APP": f"{self.app}-dev",
            "PAUSE": str(pause),
            "TOKEN": argocd.TOKEN,
            "GREEN": green,
        }
        return lambda fake: measuring.run(["sh", "-c", _SCRIPT], {**extra, "SERVER": fake.url})


def measure(stage: Stage) -> Iterator[Table]:
    """Yield how late a wait ends, what a long one costs, and many applications at once."""
    apps = stage.sizes.waited_apps
    moves = gitops_repository.updates(range(1, apps + 1), 2 * apps)
    repository = gitops_repository.make(
        stage.root / "waited.git", apps, moves, host=stage.registry.host
    )
    scene = Scene(repository, stage.server.url(repository.name))
    yield _lateness(stage, scene)
    yield _long(stage, scene)
    yield _many(stage, scene)


def _lateness(stage: Stage, scene: Scene) -> Table:
    number, pause = stage.sizes.waits, stage.sizes.script_pause
    sides = {
        "`gitops-ci wait --stable 1s`": scene.gitops_ci(scene.app, "--stable", "1s"),
        "`gitops-ci wait`": scene.gitops_ci(scene.app),
        f"script, every {pause} s: revision and health": scene.script(pause, _GREEN),
        f"script, every {pause} s: Synced too": scene.script(pause, _SYNCED),
    }
    found: dict[str, list[float]] = {name: [] for name in sides}
    for each in range(number):
        healthy = (
            stage.sizes.rollout + pause * each / number
        )  # a script's questions meet every moment of the rollout
        for name, run in _together(scene, sides, max(0.1, healthy - _SOON), healthy).items():
            found[name].append(run.wall - healthy)
    rows = []
    for name, late in found.items():
        right = sorted(each for each in late if each >= 0)
        shown = (
            f"{right[len(right) // 2]:.1f} ({right[0]:.1f}-{right[-1]:.1f})" if right else "never"
        )
        rows.append([name, str(number), shown, f"{len(late) - len(right)} of {number}"])
    return Table(
        "How long a wait goes on after the application is Healthy",
        "One application, all sides at the same time; its answers are recordings of a real "
        "Argo CD, which a stand-in gives by"
        " the clock. The scripts ask with curl and jq."
        f" For {_STALE:g} s of each rollout the revision is the new one already and the "
        "health still that of the old"
        " pods: whoever looks at these two alone and asks just then ends before the release "
        "runs, a false green. Asking for"
        " Synced in the same answer avoids that: such a script is right here, and sooner "
        "than the default of gitops-ci, which"
        " ends later by `--stable` (5 s unless told otherwise), in which the state has to "
        "last, and asks every 3 s (`--poll`). "
        "What the script lacks is not measured here: it never ends when the sync fails, or "
        "when a later commit takes over, and it"
        " asks Argo CD for no comparison with Git, which may be minutes away.",
        ["command", "runs", "s after Healthy", "false green"],
        rows,
    )


def _long(stage: Stage, scene: Scene) -> Table:
    rounds, pause, healthy = (
        stage.sizes.long_waits,
        stage.sizes.script_pause,
        stage.sizes.long_rollout,
    )
    sides = {
        "`gitops-ci wait`": scene.gitops_ci(scene.app),
        f"script, every {pause} s: Synced too": scene.script(pause, _SYNCED),
    }
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in _together(scene, sides, min(1.0, healthy / 2), healthy).items():
            runs[name].append(run)
    found = {name: Series(tuple(each)) for name, each in runs.items()}
    script = list(found.values())[-1]
    return Table(
        f"A wait of {healthy:g} s",
        "The same application, cold, with all that reads the repository, which the script "
        "does not do: it was told the commit."
        " The processor's time is the start of the program and of Git, then some "
        "milliseconds for each question; the script"
        " starts two programs for each.",
        ["command", "runs", "s", "CPU s", "requests to Argo CD", "CPU ratio"],
        [
            [*_row(name, rounds, each), f"{each.cpu / script.cpu:.2f}"]
            for name, each in found.items()
        ],
    )


def _many(stage: Stage, scene: Scene) -> Table:
    rounds, apps = stage.sizes.many_waits, scene.repository.apps
    document = at("08", scene.repository.head)
    program = [str(PROGRAM), "wait", "--env", "dev", "--stable", "1s"]
    with argocd.serve() as fake:
        for number in range(1, apps + 1):
            fake.play(f"{app_name(number)}-dev", document)
        extra = {
            **_environment(scene, fake),
            "APPS": " ".join(app_name(number) for number in range(1, apps + 1)),
        }
        sides = {
            "one wait, `--all`": [*program, "--all"],
            f"{apps} waits at once": ["sh", "-c", _AT_ONCE, "sh", *program],
            f"{apps} waits in turn": ["sh", "-c", _IN_TURN, "sh", *program],
        }
        calls = [
            lambda command=command: _counted(fake, lambda: measuring.run(command, extra))
            for command in sides.values()
        ]
        found = measuring.interleaved(rounds, *calls)
    return Table(
        f"Waiting for {apps} applications",
        "All are Synced and Healthy already and have to stay so for a second (`--stable "
        "1s`): what is left is the work itself."
        " Single waits each start the program and read the repository.",
        ["command", "runs", "s", "CPU s", "requests to Argo CD", "ratio"],
        [
            [*_row(name, rounds, each), f"{each.wall / found[0].wall:.2f}"]
            for name, each in zip(sides, found, strict=True)
        ],
    )


def _row(name: str, rounds: int, series: Series) -> list[str]:
    return [name, str(rounds), table.seconds(series), table.cpu(series), f"{series.requests:g}"]


def _together(
    scene: Scene, sides: Mapping[str, Wait], moved: float, healthy: float
) -> dict[str, Run]:
    """Run every side at the same time, each with a stand-in of its own: nearly all they do is
    sleep.
    """
    with ThreadPoolExecutor(len(sides)) as pool:
        started = {
            name: pool.submit(_followed, scene, side, moved, healthy)
            for name, side in sides.items()
        }
        return {name: each.result() for name, each in started.items()}


def _followed(scene: Scene, wait: Wait, moved: float, healthy: float) -> Run:
    with argocd.serve() as fake:
        _play(fake, f"{scene.app}-dev", _rollout(scene.repository.head, moved, healthy))
        return _counted(fake, lambda: wait(fake))


def _counted(fake: FakeArgocd, once: Callable[[], Run]) -> Run:
    before = len(fake.seen)
    found = once()
    return replace(found, requests=len(fake.seen) - before)


def _rollout(commit: str, moved: float, healthy: float) -> list[tuple[float, dict[str, Any]]]:
    """Return from which second on an application says what."""
    said = {
        name: body(name, r508090d=commit, rec3d2ca="0" * 40) for name in ("02", "04", "07", "08")
    }
    sick = moved + min(_STALE, (healthy - moved) / 2)
    return [(0.0, said["02"]), (moved, said["04"]), (sick, said["07"]), (healthy, said["08"])]


def _play(fake: FakeArgocd, name: str, rollout: Sequence[tuple[float, dict[str, Any]]]) -> App:
    began = time.monotonic()

    def move() -> None:
        passed = time.monotonic() - began
        app.states = [State([document for second, document in rollout if second <= passed][-1])]

    app = fake.play(name, rollout[0][1], later=move)
    return app


def _environment(scene: Scene, fake: FakeArgocd) -> dict[str, str]:
    own = {
        "GITOPS_CI_ARGOCD_SERVER": fake.url,
        "GITOPS_CI_ARGOCD_TOKEN": argocd.TOKEN,
        "GITOPS_CI_REPO": scene.url,
    }
    return {**environment(), **own}
