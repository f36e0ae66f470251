"""What exactly is waited for: for each application a release, the commit that brought it, and Argo
CD's name of it.
"""

import re

import msgspec

from gitops_ci.adapters.argocd import ApplicationName
from gitops_ci.adapters.git import Repository, clean_url
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import Exit, GitError, UsageError, ValuesError
from gitops_ci.core.release_values import read_release
from gitops_ci.core.rollout.judgement import Expectation
from gitops_ci.model.config import App, Environment
from gitops_ci.model.outcome import Outcome
from gitops_ci.model.release import Release
from gitops_ci.usecases.argocd_access import application_of
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import Selection, read_targets

COMMITTED = "committed"
_MERGED = 5.0  # seconds between two looks at a branch that a commit has to reach
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


class WaitPolicy(msgspec.Struct, frozen=True):
    """How somebody wants to wait; times in seconds, ``stable`` None: as gitops.yaml says.

    ``patience``: how long what may pass by itself is borne. ``sync``: start the sync where nothing
    else does.
    """

    level: str
    seconds: float
    stable: float | None = None
    patience: float = 120.0
    poll: float = 3.0
    sync: bool = False
    out_of_sync: bool = False
    parent: str | None = None


class AwaitedTarget(msgspec.Struct, frozen=True):
    """One application in one environment: where its values file is, and what is waited for.

    ``parent`` is the application that makes this one, where it may not be there yet.
    """

    app: App
    environment: Environment
    branch: str
    file: str
    release: Release
    expectation: Expectation
    application: ApplicationName
    parent: ApplicationName | None = None
    stable: float = 5.0


class WaitRequest(msgspec.Struct, frozen=True):
    """What ``wait`` was asked for: applications (``every``: all) of an environment, and a commit
    (None: the last operation).
    """

    environment: str
    apps: tuple[str, ...] = ()
    every: bool = False
    commit: str | None = None


def awaited_targets(
    repository: Repository,
    location: RepositoryLocation,
    request: WaitRequest,
    wait_policy: WaitPolicy,
    deadline: Deadline,
) -> list[AwaitedTarget]:
    """Return what to wait for; raises GitopsError when there is no such application, environment or
    commit.
    """
    if request.commit and not _COMMIT.fullmatch(request.commit):
        raise UsageError("--commit is not a commit id", remedy="give 7 to 64 hexadecimal digits")
    selection = read_targets(
        repository, location, request.environment, request.apps, every=request.every
    )
    if request.commit is None:
        return _last(selection, LedgerReader(repository, selection.snapshot), location, wait_policy)
    commit = _found(selection, request.commit, wait_policy, repository, deadline)
    read = repository.read([(commit, target.file) for target in selection.targets])
    awaiteds = []
    for target in selection.targets:
        data = read[commit, target.file]
        if data is None:
            raise ValuesError(
                f"{target.file} does not exist at commit {commit[:12]}",
                remedy="give the commit that deployed it",
            )
        release = read_release(data, target.app, target.environment.name, target.file)
        awaiteds.append(
            _wanted(
                target.app,
                target.environment,
                (target.branch, target.file),
                release,
                commit,
                location,
                wait_policy,
            )
        )
    return awaiteds


def awaited_after_operation(
    outcome: Outcome, location: RepositoryLocation, wait_policy: WaitPolicy
) -> list[AwaitedTarget]:
    """Return what to wait for after an operation: its commit, or the one that did the same
    before.
    """
    changes = (*outcome.plan.changes, *outcome.plan.unchanged)
    return [
        _wanted(
            change.app,
            change.environment,
            (change.branch, change.file),
            change.after,
            outcome.commit
            if change in outcome.plan.changes
            else outcome.existing.get(change.app.name),
            location,
            wait_policy,
        )
        for change in changes
    ]


def _last(
    selection: Selection,
    ledger_reader: LedgerReader,
    location: RepositoryLocation,
    wait_policy: WaitPolicy,
) -> list[AwaitedTarget]:
    """Return the last operation of each application; what nobody recorded is waited for by its
    contents.
    """
    records = ledger_reader.newest(selection.targets)
    awaiteds = []
    for target in selection.targets:
        record = records.get(target.app.name)
        commit = record.commit if record and target.release.satisfies(record.release) else None
        where = (target.branch, target.file)
        awaiteds.append(
            _wanted(
                target.app, target.environment, where, target.release, commit, location, wait_policy
            )
        )
    return awaiteds


def _found(
    selection: Selection,
    commit: str,
    wait_policy: WaitPolicy,
    repository: Repository,
    deadline: Deadline,
) -> str:
    """Return the whole id of a commit of the environment's branch; for ``committed`` it may have to
    get there first.
    """
    branch = selection.targets[0].branch
    found = _beginning(repository, selection.snapshot.heads[branch], commit)
    while not found and wait_policy.level == COMMITTED and deadline.pause(1, _MERGED):
        found = _beginning(repository, repository.head(branch).commit, commit)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"--commit {commit} names {len(found)} commits", remedy="give more digits")
    error = GitError(
        f"the commit {commit} is not in the history of {branch}",
        remedy="give a commit of that branch; one that is proposed has to be merged first",
    )
    if wait_policy.level == COMMITTED:
        error.exit_code, error.category = Exit.WAIT_TIMEOUT, "timeout"
    raise error


def _beginning(repository: Repository, head: str, commit: str) -> list[str]:
    """Return the commits of a history whose id begins so; of a whole id there is one, and nothing
    beyond it is read.
    """
    found = []
    for each in repository.history(head):
        if each.id == commit:
            return [each.id]
        if each.id.startswith(commit):
            found.append(each.id)
    return found


def _wanted(
    app: App,
    environment: Environment,
    where: tuple[str, str],
    release: Release,
    commit: str | None,
    location: RepositoryLocation,
    wait_policy: WaitPolicy,
) -> AwaitedTarget:
    argocd_place = environment.argocd_place
    url = argocd_place.repository or clean_url(location.url)[0]
    out_of_sync = wait_policy.out_of_sync or argocd_place.allow_out_of_sync
    application = application_of(app.name, environment)
    parent = argocd_place.named(
        wait_policy.parent or argocd_place.parent, app.name, environment.name
    )
    stable = wait_policy.stable if wait_policy.stable is not None else argocd_place.stable
    return AwaitedTarget(
        app=app,
        environment=environment,
        branch=where[0],
        file=where[1],
        release=release,
        expectation=Expectation(str(release), commit, url, wait_policy.level, out_of_sync),
        application=application,
        parent=ApplicationName(parent, application.namespace) if parent else None,
        stable=5.0 if stable is None else float(stable),
    )
