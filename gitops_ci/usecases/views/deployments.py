"""What runs where: every application in every environment, as the values files say it now."""

from collections.abc import Sequence

import msgspec

from gitops_ci.adapters.git import Content, Repository
from gitops_ci.base.errors import GitopsError, UsageError
from gitops_ci.core.release_values import read_run_release
from gitops_ci.model.config import App, Config, Environment
from gitops_ci.model.names import FILE, fill, is_name, nearest
from gitops_ci.model.operation import Snapshot, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import (
    known_apps,
    matching_folders,
    read_policy,
    with_heads,
)


class DeploymentTarget(msgspec.Struct, frozen=True):
    """One application in one environment; ``problem`` says why nothing can be read there, then the
    target's release is empty.

    ``absent``: there is no values file.
    """

    target: Target
    problem: str = ""
    absent: bool = False

    @property
    def app(self) -> str:
        return self.target.app.name

    @property
    def environment(self) -> str:
        return self.target.environment.name

    @property
    def release(self) -> Release | None:
        """What the values file says, None where it can't be read."""
        return None if self.problem else self.target.release


class Survey(msgspec.Struct, frozen=True):
    """The snapshot, and what stands where, in the order of applications and environments."""

    snapshot: Snapshot
    deployments: tuple[DeploymentTarget, ...]


def survey_deployments(
    repository: Repository,
    location: RepositoryLocation,
    apps: Sequence[str] = (),
    environments: Sequence[str] = (),
    *,
    contents: bool = True,
) -> Survey:
    """Read what stands where; no names mean all applications, and all environments.

    Environments that the chosen ones receive from are read too. Without ``contents`` no values file
    is read. Raises GitopsError when something asked for does not exist; a file that can't be read
    is a deployment with a problem.
    """
    policy = read_policy(repository, location, apps)
    config = policy.config
    chosen = _environments(config, environments)
    snapshot = with_heads(repository, policy, chosen)
    named = [config.require_app(name) for name in dict.fromkeys(apps)] or _all(
        repository, snapshot, chosen
    )
    targets = [snapshot.target(app, environment) for app in named for environment in chosen]
    if not contents:
        return Survey(snapshot, tuple(DeploymentTarget(target) for target in targets))
    deployments, files = _read(repository, snapshot, targets)
    if apps:
        _check_known(repository, snapshot, chosen, deployments)
    return Survey(msgspec.structs.replace(snapshot, files=files), deployments)


def nameless_folders(repository: Repository, snapshot: Snapshot) -> tuple[str, ...]:
    """Return in words the folders with a values file that match the "*" application and have no
    name of one: a set of Argo CD deploys them, and nothing else sees them.
    """
    pattern = snapshot.config.pattern
    if pattern is None:
        return ()
    files = {
        (snapshot.heads[branch], fill(snapshot.config.values_file(pattern, environment), app=name))
        for environment in snapshot.config.environments.values()
        if (branch := snapshot.branch_of(environment)) in snapshot.heads
        for name in matching_folders(repository, snapshot, environment)
        if not (is_name(name) or name.startswith("."))
    }
    found = repository.read_each(files) if files else {}
    return tuple(
        f"{file} is seen by nobody: rename its folder to the name of an application"
        for file in sorted({file for (_, file), content in found.items() if content is not None})
    )


def _environments(config: Config, names: Sequence[str]) -> list[Environment]:
    """Return the named environments and those they receive from, in gitops.yaml's order."""
    wanted = {config.require_environment(name).name for name in names}
    wanted |= {source for name in wanted for source in config.sources_of(name)}
    return [
        environment
        for environment in config.environments.values()
        if not names or environment.name in wanted
    ]


def _all(
    repository: Repository, snapshot: Snapshot, environments: Sequence[Environment]
) -> list[App]:
    names = known_apps(repository, snapshot, *environments)
    if not names and not nameless_folders(repository, snapshot):
        raise UsageError(
            "the repository has no application", remedy=f"add one under apps: in {FILE}"
        )
    return [app for name in names if (app := snapshot.config.app(name))]


def _read(
    repository: Repository, snapshot: Snapshot, targets: Sequence[Target]
) -> tuple[tuple[DeploymentTarget, ...], dict[tuple[str, str], bytes | None]]:
    """Return each target with its release, and the files by branch and path."""
    places = {(each.branch, each.file): snapshot.heads[each.branch] for each in targets}
    blobs = repository.read_each((commit, file) for (_, file), commit in places.items())
    contents = {place: blobs[commit, place[1]] for place, commit in places.items()}
    deployments = tuple(_deployment(each, contents[each.branch, each.file]) for each in targets)
    files = {
        place: None if isinstance(content, GitopsError) else content
        for place, content in contents.items()
    }
    return deployments, files


def _deployment(target: Target, content: Content) -> DeploymentTarget:
    if content is None:
        return DeploymentTarget(target, f"there is no {target.file}", absent=True)
    if isinstance(content, GitopsError):
        return DeploymentTarget(target, content.message)
    try:
        release = read_run_release(content, target.app, target.environment.name, target.file)
    except GitopsError as error:
        return DeploymentTarget(target, error.message)
    return DeploymentTarget(msgspec.structs.replace(target, release=release))


def _check_known(
    repository: Repository,
    snapshot: Snapshot,
    environments: Sequence[Environment],
    deployments: Sequence[DeploymentTarget],
) -> None:
    """Raise UsageError for an application that nothing but the pattern "*" knows."""
    known = {each.app for each in deployments if not each.absent} | snapshot.config.apps.keys()
    for deployment in deployments:
        if deployment.app not in known:
            raise UsageError(
                f"there is no application {deployment.app}: no {deployment.target.file}",
                remedy=nearest(deployment.app, known_apps(repository, snapshot, *environments)),
            )
