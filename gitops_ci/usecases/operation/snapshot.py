"""The snapshot: configuration, applications and values files of the GitOps repository at one commit
per branch.
"""

import contextlib
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import Head, Repository
from gitops_ci.base.errors import ConfigError, GitError, UsageError, ValuesError
from gitops_ci.core import gates
from gitops_ci.core.config import reader as configuration
from gitops_ci.core.config.document import MAX_BYTES
from gitops_ci.core.config.implicit import CHART, implicit_from_chart
from gitops_ci.core.release_values import read_release
from gitops_ci.model.config import App, Config, Environment
from gitops_ci.model.names import FILE, few, fill, is_name, nearest
from gitops_ci.model.operation import Request, Snapshot, Target
from gitops_ci.usecases.location import USUAL_DEPTH, RepositoryLocation


class Selection(msgspec.Struct, frozen=True):
    """A snapshot with the applications asked for, in the target environment and in the one before
    it.
    """

    snapshot: Snapshot
    targets: tuple[Target, ...]
    sources: tuple[Target, ...]
    notices: tuple[str, ...] = ()

    @property
    def before(self) -> Environment | None:
        """Return the environment that a release has to have passed to come to the targets.

        With ``--from`` the sources may be in another one: that is where it is taken from.
        """
        return self.snapshot.config.before(self.targets[0].environment)

    def in_before(self, app: App) -> Target | None:
        """Return an application there, unread; None where that lives on a branch unknown here."""
        return self.snapshot.target_if_read(app, self.before) if self.before else None


def read_selection(
    repository: Repository, location: RepositoryLocation, request: Request, head: Head | None = None
) -> Selection:
    """Fetch what an operation looks at, at ``head`` of the policy branch where that was just
    fetched.

    Raises GitopsError when something asked for does not exist.
    """
    policy = read_policy(repository, location, request.apps, read_only=request.dry_run, head=head)
    config = policy.config
    environment = config.require_environment(request.environment)
    source = _source(config, environment, request)
    earlier = config.sources_of(source.name) if source and request.revision else ()
    needed = (environment, source, *(config.environments[name] for name in earlier))
    snapshot = with_heads(repository, policy, filter(None, needed))
    if request.kind.from_before and environment.approval:
        snapshot = _with_heads_if_there(repository, snapshot, _judged_again(config, source))
    if gates.authors_count(request.operation, environment.approval, request.actor.requesters):
        snapshot = with_all_heads(repository, snapshot)
    pair = (environment, source)
    return _selection(repository, snapshot, pair, request.apps, every=request.every)


def read_targets(
    repository: Repository,
    location: RepositoryLocation,
    environment: str,
    apps: Sequence[str],
    *,
    every: bool = False,
) -> Selection:
    """Fetch applications (``every``: all) in one environment, to look at; raises GitopsError."""
    policy = read_policy(repository, location, apps)
    target = policy.config.require_environment(environment)
    snapshot = with_heads(repository, policy, [target])
    return _selection(repository, snapshot, (target, None), apps, every=every)


def read_policy(
    repository: Repository,
    location: RepositoryLocation,
    apps: Sequence[str] = (),
    *,
    read_only: bool = True,
    head: Head | None = None,
) -> Snapshot:
    """Return the snapshot before any values file and any other branch is read.

    ``apps`` are those asked for: without gitops.yaml and chart a single one names the application.
    ``read_only``: nothing is going to be published, so that a local file may stand in.
    """
    head = head or repository.head(location.branch, depth=USUAL_DEPTH)
    if location.config_file:
        config = _local_config(location.config_file, read_only=read_only)
    else:
        config = _config(repository, head.commit, apps)
    return Snapshot(head.commit, head.branch, {head.branch: head.commit}, config, {})


def with_heads(
    repository: Repository, snapshot: Snapshot, environments: Iterable[Environment]
) -> Snapshot:
    """Return the snapshot with where the branches of some more environments are."""
    heads = dict(snapshot.heads)
    for environment in environments:
        branch = snapshot.branch_of(environment)
        if branch not in heads:
            heads[branch] = repository.head(branch, depth=USUAL_DEPTH).commit
    return replace(snapshot, heads=heads)


def with_all_heads(repository: Repository, snapshot: Snapshot) -> Snapshot:
    """Read where all environments live: a release may have been recorded in any of them."""
    return _with_heads_if_there(repository, snapshot, snapshot.config.environments.values())


def _judged_again(config: Config, source: Environment | None) -> list[Environment]:
    """Return where a release had to run before its source, as far as its record is judged again."""
    chain: list[Environment] = []
    before = config.before(source) if source else None
    while source and before:
        chain.append(before)
        source, before = (before, config.before(before)) if source.approval else (None, None)
    return chain


def _with_heads_if_there(
    repository: Repository, snapshot: Snapshot, environments: Iterable[Environment]
) -> Snapshot:
    for environment in environments:
        # nothing was delivered yet to a branch that does not exist
        with contextlib.suppress(GitError):
            snapshot = with_heads(repository, snapshot, [environment])
    return snapshot


def _config(repository: Repository, commit: str, apps: Sequence[str]) -> Config:
    content = repository.read([(commit, FILE)])[commit, FILE]
    if content is not None:
        return configuration.read(content)
    return implicit_from_chart(repository.read([(commit, CHART)])[commit, CHART], apps)


def _local_config(file: str, *, read_only: bool) -> Config:
    if not read_only:
        raise UsageError(
            "--config is for plans and dry runs alone",
            remedy=f"publish with the {FILE} of the repository",
        )
    try:
        with Path(file).open("rb") as stream:
            return configuration.read(stream.read(MAX_BYTES + 1), file)
    except OSError as error:
        raise ConfigError(
            f"{file} can't be read: {error.strerror}", remedy="give --config an existing file"
        ) from None


def _source(config: Config, environment: Environment, request: Request) -> Environment | None:
    if not request.kind.from_before:
        return None
    if request.source:
        source = config.require_environment(request.source)
        if source.name == environment.name:
            raise UsageError(f"{source.name} can't be promoted to itself")
        return source
    if before := config.before(environment):
        return before
    raise UsageError(
        f"{environment.name} has no environment before it: builds are written there with update",
        remedy=f"gitops-ci update APP --env {environment.name} --tag TAG",
    )


def _apps(
    repository: Repository,
    snapshot: Snapshot,
    environment: Environment,
    named: Sequence[str],
    *,
    every: bool,
) -> list[App]:
    config = snapshot.config
    if named and every:
        raise UsageError("either APP or --all", remedy="leave one of them out")
    if named:
        return [config.require_app(name) for name in dict.fromkeys(named)]
    names = known_apps(repository, snapshot, environment)
    if every or len(names) == 1:
        return [app for name in names if (app := config.app(name))]
    if not names:
        raise UsageError(
            "the repository has no application", remedy=f"add one under apps: in {FILE}"
        )
    raise UsageError(
        "the repository has several applications: say which", remedy=f"APP is one of: {few(names)}"
    )


def known_apps(repository: Repository, snapshot: Snapshot, *environments: Environment) -> list[str]:
    """Return the names in gitops.yaml, then those of the folders that its "*" application
    matches.
    """
    names = dict.fromkeys(snapshot.config.apps)
    for environment in environments:
        names |= dict.fromkeys(_folder_apps(repository, snapshot, environment))
    return list(names)


def _folder_apps(repository: Repository, snapshot: Snapshot, environment: Environment) -> list[str]:
    # not apps/_shared and the like
    return list(filter(is_name, matching_folders(repository, snapshot, environment)))


def matching_folders(
    repository: Repository, snapshot: Snapshot, environment: Environment
) -> list[str]:
    """Return what stands for {app} in the folders that the "*" application matches, names or
    not.
    """
    if snapshot.config.pattern is None:
        return []
    before, _, after = fill(snapshot.config.pattern.path, env=environment.name).partition("{app}")
    parent, _, start = before.rpartition("/")
    end = after.partition("/")[0]
    shape = re.compile(re.escape(start) + "(.+)" + re.escape(end))
    commit = snapshot.heads[snapshot.branch_of(environment)]
    matches = filter(None, map(shape.fullmatch, repository.folders(commit, parent)))
    return [match[1] for match in matches]


def _selection(
    repository: Repository,
    snapshot: Snapshot,
    environments: tuple[Environment, Environment | None],
    named: Sequence[str],
    *,
    every: bool,
) -> Selection:
    """Read applications in the target environment and, where there is one, in the source.

    Of ``every`` application, those that have no values file are left out.
    """
    environment, source = environments
    apps = _apps(repository, snapshot, environment, named, every=every)
    targets = [snapshot.target(app, environment) for app in apps]
    sources = [snapshot.target(app, source) for app in apps] if source else []
    files = _values(repository, snapshot, [*targets, *sources])
    absent = {
        target.app.name: target
        for target in (*targets, *sources)
        if files[target.branch, target.file] is None
    }
    if absent and not every:
        raise _missing_file(repository, snapshot, next(iter(absent.values())), environment)
    present = _with_releases(targets, files, absent)
    if not present:
        raise UsageError(
            f"no application has a values file for {environment.name}",
            remedy="correct path: and values:",
        )
    return Selection(
        replace(snapshot, files=files),
        targets=present,
        sources=_with_releases(sources, files, absent),
        notices=tuple(f"{name} left out: there is no {each.file}" for name, each in absent.items()),
    )


def _with_releases(
    targets: Sequence[Target],
    files: Mapping[tuple[str, str], bytes | None],
    absent: Container[str],
) -> tuple[Target, ...]:
    """Return the targets of applications that are not ``absent``, with what their files say."""
    released = []
    for target in targets:
        if target.app.name not in absent:
            data = files[target.branch, target.file] or b""
            release = read_release(data, target.app, target.environment.name, target.file)
            released.append(replace(target, release=release))
    return tuple(released)


def _values(
    repository: Repository, snapshot: Snapshot, targets: Sequence[Target]
) -> dict[tuple[str, str], bytes | None]:
    """Return the values files by branch and path."""
    heads = snapshot.heads
    contents = repository.read((heads[target.branch], target.file) for target in targets)
    return {
        (target.branch, target.file): contents[heads[target.branch], target.file]
        for target in targets
    }


def _missing_file(
    repository: Repository, snapshot: Snapshot, target: Target, environment: Environment
) -> ValuesError:
    """Return what to say of a place without a values file.

    The history is read for applications that exist alone: a typing error is not to cost all of it.
    """
    app, file = target.app.name, target.file
    known = known_apps(repository, snapshot, environment)
    message = f"{file} of {app} does not exist in the GitOps repository"
    if app not in known:
        return ValuesError(message, remedy=nearest(app, known))
    from gitops_ci.usecases.ledger.reader import LedgerReader  # what is there needs none yet

    record = LedgerReader(repository, snapshot).newest([target]).get(app)
    if record is None or not record.kind.removes:
        return ValuesError(message, remedy=f"add the file, or correct path: and values: in {FILE}")
    return ValuesError(
        f"{app} was retired from {target.environment.name} by commit {record.commit[:12]}",
        remedy=f"nothing is left to retire; to bring it back, put {file} back with an empty tag, "
        "and promote",
    )
