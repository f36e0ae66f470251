"""The snapshot: configuration, applications and values files of the GitOps repository at one commit per branch."""

import contextlib
import difflib
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gitops_ci import gates
from gitops_ci.config import reader as configuration
from gitops_ci.config.document import MAX_BYTES, parse
from gitops_ci.config.model import App, Config, Environment
from gitops_ci.config.names import check_app, check_environment, fill, is_name
from gitops_ci.delivery.place import USUAL_DEPTH, Place
from gitops_ci.errors import ConfigError, GitError, UsageError, ValuesError
from gitops_ci.operation import Request, Snapshot, Target
from gitops_ci.release_values import read_release
from gitops_ci.repository import Head, Repository

CHART = "charts/Chart.yaml"


class Scene(msgspec.Struct, frozen=True):
    """A snapshot with the applications asked for, in the target environment and in the one before it."""

    snapshot: Snapshot
    targets: tuple[Target, ...]
    sources: tuple[Target, ...]
    notices: tuple[str, ...] = ()


class View(msgspec.Struct, frozen=True):
    """The configuration and the heads by branch, before any values file is read."""

    policy_branch: str
    policy_commit: str
    config: Config
    heads: dict[str, str]


def read_scene(repository: Repository, place: Place, request: Request, head: Head | None = None) -> Scene:
    """Fetch what an operation looks at, at ``head`` of the policy branch where that was just fetched.

    Raises GitopsError when something asked for does not exist.
    """
    head = head or repository.head(place.branch, depth=USUAL_DEPTH)
    config = read_config(repository, head.commit, place, request)
    view = View(head.branch, head.commit, config, {head.branch: head.commit})
    environment = environment_of(config, request.environment)
    source = _source(config, environment, request)
    earlier = config.sources_of(source.name) if source and request.revision else ()
    for needed in filter(None, (environment, source, *(config.environments[name] for name in earlier))):
        if needed.branch and needed.branch not in view.heads:
            view.heads[needed.branch] = repository.head(needed.branch, depth=USUAL_DEPTH).commit
    if gates.authors_count(request.operation, environment.approval, request.actor.requesters):
        _read_all_heads(repository, view)
    apps = _apps(repository, view, environment, request)
    return _scene(repository, view, apps, environment, source, skip_absent=request.every)


def _read_all_heads(repository: Repository, view: View) -> None:
    """Read where all environments live: a release may have been recorded in any of them."""
    for branch in {each.branch for each in view.config.environments.values()}:
        if branch and branch not in view.heads:
            with contextlib.suppress(GitError):  # nothing was delivered yet to a branch that does not exist
                view.heads[branch] = repository.head(branch, depth=USUAL_DEPTH).commit


def environment_of(config: Config, name: str) -> Environment:
    """Return an environment by name; raises UsageError with a suggestion."""
    check_environment(name)
    if name in config.environments:
        return config.environments[name]
    raise UsageError(f"there is no environment {name}", remedy=nearest(name, list(config.environments)))


def read_config(repository: Repository, commit: str, place: Place, request: Request) -> Config:
    """Return the configuration at a commit, from the local file that stands in for it, or of the usual layout."""
    if place.config_file:
        return _local_config(place.config_file, request)
    content = repository.read([(commit, configuration.FILE)])[commit, configuration.FILE]
    if content is not None:
        return configuration.read(content)
    chart = repository.read([(commit, CHART)])[commit, CHART]
    document = parse(chart, CHART).data if chart else None
    name = document.get("name") if isinstance(document, dict) else None
    if isinstance(name, str):
        return configuration.implicit(name)
    if len(request.apps) == 1:
        return configuration.implicit(request.apps[0])
    raise UsageError(
        f"the repository has neither {configuration.FILE} nor {CHART}: the application has no name",
        remedy=f"give the application's name, or add {configuration.FILE}",
    )


def _local_config(file: str, request: Request) -> Config:
    if not request.dry_run:
        raise UsageError(
            "--config is for plans and dry runs alone", remedy=f"publish with the {configuration.FILE} of the repository"
        )
    try:
        with Path(file).open("rb") as stream:
            return configuration.read(stream.read(MAX_BYTES + 1), file)
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}", remedy="give --config an existing file") from None


def _source(config: Config, environment: Environment, request: Request) -> Environment | None:
    if not request.kind.from_before:
        return None
    if request.source:
        source = environment_of(config, request.source)
        if source.name == environment.name:
            raise UsageError(f"{source.name} can't be promoted to itself")
        return source
    if environment.source:
        return config.environments[environment.source]
    raise UsageError(
        f"{environment.name} has no environment before it: builds are written there with update",
        remedy=f"gitops-ci update APP --env {environment.name} --tag TAG",
    )


def _apps(repository: Repository, view: View, environment: Environment, request: Request) -> list[App]:
    config = view.config
    if request.apps and request.every:
        raise UsageError("either APP or --all", remedy="leave one of them out")
    if request.apps:
        return [_app(repository, view, environment, name) for name in dict.fromkeys(request.apps)]
    names = [*config.apps, *(name for name in folder_apps(repository, view, environment) if name not in config.apps)]
    if request.every or len(names) == 1:
        return [app for name in names if (app := config.app(name))]
    if not names:
        raise UsageError("the repository has no application", remedy=f"add one under apps: in {configuration.FILE}")
    raise UsageError("the repository has several applications: say which", remedy=f"APP is one of: {_few(names)}")


def _app(repository: Repository, view: View, environment: Environment, name: str) -> App:
    app = view.config.app(check_app(name))
    if app:
        return app
    names = list(view.config.apps)
    raise UsageError(f"there is no application {name}", remedy=nearest(name, names))


def folder_apps(repository: Repository, view: View, environment: Environment) -> list[str]:
    """Return the names of the folders that the "*" application's path matches."""
    if view.config.pattern is None:
        return []
    before, _, after = fill(view.config.pattern.path, env=environment.name).partition("{app}")
    parent, _, start = before.rpartition("/")
    end = after.partition("/")[0]
    shape = re.compile(re.escape(start) + "(.+)" + re.escape(end))
    commit = view.heads[environment.branch or view.policy_branch]
    matches = (shape.fullmatch(name) for name in repository.folders(commit, parent))
    return [match.group(1) for match in matches if match and is_name(match.group(1))]  # not apps/_shared and the like


def _scene(
    repository: Repository,
    view: View,
    apps: Sequence[App],
    environment: Environment,
    source: Environment | None,
    *,
    skip_absent: bool,
) -> Scene:
    places = [(app, each, *_where(view, app, each)) for each in filter(None, (environment, source)) for app in apps]
    read = repository.read([(view.heads[branch], file) for _, _, branch, file in places])
    files = {(branch, file): read[view.heads[branch], file] for _, _, branch, file in places}
    absent = {app.name: file for app, _, branch, file in places if files[branch, file] is None}
    if absent and not skip_absent:
        name, file = next(iter(absent.items()))
        known = [*view.config.apps, *folder_apps(repository, view, environment)]
        raise ValuesError(
            f"{file} of {name} does not exist in the GitOps repository",
            remedy=nearest(name, known)
            if name not in known
            else f"add the file, or correct path: and values: in {configuration.FILE}",
        )
    found = [
        (each, Target(app, each, branch, file, read_release(data, app, each.name, file)))
        for app, each, branch, file in places
        if app.name not in absent and (data := files[branch, file]) is not None
    ]
    if not found:
        raise UsageError(f"no application has a values file for {environment.name}", remedy="correct path: and values:")
    return Scene(
        Snapshot(view.policy_commit, view.policy_branch, dict(view.heads), view.config, files),
        targets=tuple(target for each, target in found if each is environment),
        sources=tuple(target for each, target in found if each is source),
        notices=tuple(f"{name} left out: there is no {file}" for name, file in absent.items()),
    )


def _where(view: View, app: App, environment: Environment) -> tuple[str, str]:
    return environment.branch or view.policy_branch, view.config.values_file(app, environment)


def nearest(word: str, words: Sequence[str]) -> str:
    """Return what a remedy says of a name that is not among the known ones."""
    close = difflib.get_close_matches(word, words, n=1)
    return f"did you mean {close[0]}?" if close else f"there are: {_few(words)}"


def _few(words: Sequence[str]) -> str:
    """Return the first of many names, and how many more there are."""
    return ", ".join(words[:12]) + (f" and {len(words) - 12} more" if len(words) > 12 else "")
