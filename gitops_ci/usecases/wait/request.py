"""What exactly is waited for: for each application a release, the commit that brought it, and Argo
CD's name of it.
"""

import re

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.argocd import ApplicationName
from gitops_ci.adapters.git import Repository, clean_url
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import Exit, GitError, UsageError, ValuesError
from gitops_ci.core.release_values import read_run_release
from gitops_ci.core.rollout.expectation import Expectation
from gitops_ci.model.operation import Target
from gitops_ci.model.outcome import Outcome
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
    """What is waited for in a target, whose release it is.

    ``parent`` is the application that makes this one, where it may not be there yet; ``stable`` in
    seconds.
    """

    target: Target
    expectation: Expectation
    application: ApplicationName
    parent: ApplicationName | None = None
    stable: float = 5.0


class WaitRequest(msgspec.Struct, frozen=True):
    """Applications (``every``: all) of an environment, and a commit
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
    """Return what to wait for; raises GitopsError for names and commits that do not exist."""
    if request.commit and not _COMMIT.fullmatch(request.commit):
        raise UsageError("--commit is not a commit id", remedy="give 7 to 64 hexadecimal digits")
    selection = read_targets(
        repository, location, request.environment, request.apps, every=request.every
    )
    if request.commit is None:
        ledger_reader = LedgerReader(repository, selection.snapshot)
        return _last(selection, ledger_reader, location, wait_policy)
    commit = _full_id(selection, request.commit, wait_policy, repository, deadline)
    contents = repository.read([(commit, target.file) for target in selection.targets])
    awaiteds = []
    for target in selection.targets:
        content = contents[commit, target.file]
        if content is None:
            raise ValuesError(
                f"{target.file} does not exist at commit {commit[:12]}",
                remedy="give the commit that deployed it",
            )
        release = read_run_release(content, target.app, target.environment.name, target.file)
        awaiteds.append(_awaited(replace(target, release=release), commit, location, wait_policy))
    return awaiteds


def awaited_after_operation(
    outcome: Outcome, location: RepositoryLocation, wait_policy: WaitPolicy
) -> list[AwaitedTarget]:
    """Return what to wait for: an operation's commit, or the one that did the same before."""
    commits = [(change, outcome.commit) for change in outcome.plan.changes]
    commits += [(each, outcome.existing.get(each.app.name)) for each in outcome.plan.unchanged]
    return [
        _awaited(
            Target(change.app, change.environment, change.branch, change.file, change.after),
            commit,
            location,
            wait_policy,
        )
        for change, commit in commits
    ]


def _last(
    selection: Selection,
    ledger_reader: LedgerReader,
    location: RepositoryLocation,
    wait_policy: WaitPolicy,
) -> list[AwaitedTarget]:
    """Return the last operation of each application; without a record, its release alone."""
    records = ledger_reader.newest(selection.targets)
    awaiteds = []
    for target in selection.targets:
        record = records.get(target.app.name)
        commit = record.commit if record and target.release.satisfies(record.release) else None
        awaiteds.append(_awaited(target, commit, location, wait_policy))
    return awaiteds


def _full_id(
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
    ids = _matching_ids(repository, selection.snapshot.heads[branch], commit)
    while not ids and wait_policy.level == COMMITTED and deadline.pause(1, _MERGED):
        ids = _matching_ids(repository, repository.head(branch).commit, commit)
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise UsageError(f"--commit {commit} names {len(ids)} commits", remedy="give more digits")
    error = GitError(
        f"the commit {commit} is not in the history of {branch}",
        remedy="give a commit of that branch; one that is proposed has to be merged first",
    )
    if wait_policy.level == COMMITTED:
        error.exit_code, error.category = Exit.WAIT_TIMEOUT, "timeout"
    raise error


def _matching_ids(repository: Repository, head: str, start: str) -> list[str]:
    """Return the commits of a history whose id begins so; of a whole id there is one, and nothing
    beyond it is read.
    """
    ids = []
    for commit in repository.history(head):
        if commit.id == start:
            return [commit.id]
        if commit.id.startswith(start):
            ids.append(commit.id)
    return ids


def _awaited(
    target: Target, commit: str | None, location: RepositoryLocation, wait_policy: WaitPolicy
) -> AwaitedTarget:
    app, environment = target.app.name, target.environment
    place = environment.argocd_place
    url = place.repository or clean_url(location.url)[0]
    out_of_sync = wait_policy.out_of_sync or place.allow_out_of_sync
    application = application_of(app, environment)
    parent = place.named(wait_policy.parent or place.parent, app, environment.name)
    stable = wait_policy.stable if wait_policy.stable is not None else place.stable
    return AwaitedTarget(
        target,
        Expectation(str(target.release), commit, url, wait_policy.level, out_of_sync),
        application,
        ApplicationName(parent, application.namespace) if parent else None,
        5.0 if stable is None else float(stable),
    )
