"""What runs where: every application in every environment, as the values files say it now."""

from collections.abc import Iterator, Sequence

import msgspec

from gitops_ci.config.model import App, Config, Environment
from gitops_ci.config.names import check_app
from gitops_ci.config.reader import FILE
from gitops_ci.delivery.place import USUAL_DEPTH, Place
from gitops_ci.delivery.reading import View, environment_of, folder_apps, nearest, read_config
from gitops_ci.errors import GitopsError, UsageError
from gitops_ci.model import Release
from gitops_ci.operation import Actor, Request, Snapshot, Target
from gitops_ci.release_values import read_release
from gitops_ci.repository import Repository


class Spot(msgspec.Struct, frozen=True):
    """One application in one environment; ``problem`` says why nothing can be read there, then the target's release is empty.

    ``absent``: there is no values file.
    """

    target: Target
    problem: str = ""
    absent: bool = False

    @property
    def release(self) -> Release | None:
        """Return what the values file says, None where it can't be read."""
        return None if self.problem else self.target.release


class Survey(msgspec.Struct, frozen=True):
    """The snapshot, and the spots in the order of applications and environments."""

    snapshot: Snapshot
    spots: tuple[Spot, ...]


def survey(
    repository: Repository, place: Place, apps: Sequence[str] = (), environments: Sequence[str] = (), *, contents: bool = True
) -> Survey:
    """Read where each application stands; none named means all of them.

    Environments that the chosen ones receive from are read too. Without ``contents`` no values file is read. Raises
    GitopsError when something asked for does not exist; a file that can't be read is a spot with a problem.
    """
    head = repository.head(place.branch, depth=USUAL_DEPTH)
    config = read_config(repository, head.commit, place, Request("status", "", Actor(()), apps=tuple(apps), dry_run=True))
    chosen = _environments(config, environments)
    view = View(head.branch, head.commit, config, {head.branch: head.commit})
    for environment in chosen:
        if environment.branch and environment.branch not in view.heads:
            view.heads[environment.branch] = repository.head(environment.branch, depth=USUAL_DEPTH).commit
    named = [_app(config, name) for name in dict.fromkeys(apps)] or _all(repository, view, chosen)
    snapshot = Snapshot(head.commit, head.branch, dict(view.heads), config, {})
    targets = [_target(snapshot, app, environment) for app in named for environment in chosen]
    if not contents:
        return Survey(snapshot, tuple(Spot(target) for target in targets))
    spots, files = _read(repository, snapshot, targets)
    if apps:
        _check_known(repository, view, chosen, spots)
    return Survey(msgspec.structs.replace(snapshot, files=files), spots)


def _environments(config: Config, names: Sequence[str]) -> list[Environment]:
    """Return the environments that were named with those they receive from, in the configuration's order."""
    wanted = {environment_of(config, name).name for name in names}
    wanted |= {source for name in wanted for source in config.sources_of(name)}
    return [each for each in config.environments.values() if not names or each.name in wanted]


def _app(config: Config, name: str) -> App:
    app = config.app(check_app(name))
    if app is None:
        raise UsageError(f"there is no application {name}", remedy=nearest(name, list(config.apps)))
    return app


def _all(repository: Repository, view: View, environments: Sequence[Environment]) -> list[App]:
    names = dict.fromkeys(view.config.apps)
    for environment in environments:
        names |= dict.fromkeys(folder_apps(repository, view, environment))
    if not names:
        raise UsageError("the repository has no application", remedy=f"add one under apps: in {FILE}")
    return [app for name in names if (app := view.config.app(name))]


def _target(snapshot: Snapshot, app: App, environment: Environment) -> Target:
    file = snapshot.config.values_file(app, environment)
    return Target(app, environment, snapshot.branch_of(environment), file, Release(()))


def _read(
    repository: Repository, snapshot: Snapshot, targets: Sequence[Target]
) -> tuple[tuple[Spot, ...], dict[tuple[str, str], bytes | None]]:
    places = {(target.branch, target.file): (snapshot.heads[target.branch], target.file) for target in targets}
    found = dict(_contents(repository, list(places.values())))
    files: dict[tuple[str, str], bytes | None] = {}
    for place, where in places.items():
        content = found[where]
        files[place] = None if isinstance(content, GitopsError) else content
    spots = tuple(_spot(target, found[places[target.branch, target.file]]) for target in targets)
    return spots, files


def _contents(
    repository: Repository, places: Sequence[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], bytes | GitopsError | None]]:
    """Read files all in one go; where one of them is a link or too large, in halves until that one is found."""
    try:
        yield from repository.read(places).items()
    except GitopsError as error:
        if len(places) == 1:
            yield places[0], error
        else:
            middle = len(places) // 2
            yield from _contents(repository, places[:middle])
            yield from _contents(repository, places[middle:])


def _spot(target: Target, content: bytes | GitopsError | None) -> Spot:
    if content is None:
        return Spot(target, f"there is no {target.file}", absent=True)
    if isinstance(content, GitopsError):
        return Spot(target, content.message)
    try:
        release = read_release(content, target.app, target.environment.name, target.file)
    except GitopsError as error:
        return Spot(target, error.message)
    return Spot(msgspec.structs.replace(target, release=release))


def _check_known(repository: Repository, view: View, environments: Sequence[Environment], spots: Sequence[Spot]) -> None:
    """Raise UsageError for an application that nothing but the pattern "*" knows: most likely mistyped."""
    there = {spot.target.app.name for spot in spots if not spot.absent}
    for spot in spots:
        name = spot.target.app.name
        if name not in there and name not in view.config.apps:
            names = [*view.config.apps, *(each for one in environments for each in folder_apps(repository, view, one))]
            raise UsageError(f"there is no application {name}: no {spot.target.file}", remedy=nearest(name, names))
