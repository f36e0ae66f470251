"""Proposals: an operation on a branch of its own, to be merged by a pull request; a person's
commits are never replaced.
"""

import hashlib
from collections.abc import Sequence

from gitops_ci.adapters.git import FOLDER, Commit, Head, Repository
from gitops_ci.base.errors import GitError, GitopsError, UsageError
from gitops_ci.core import ledger, plan_id, yaml_edit
from gitops_ci.core.ref_template import expand
from gitops_ci.core.release_values import edits_for, read_release, with_repositories
from gitops_ci.model.config import Config
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Record
from gitops_ci.model.paths import below, join
from gitops_ci.usecases.facts import FactQuery
from gitops_ci.usecases.operation.snapshot import Selection

_LONGEST_NAMES = 80  # characters of the joined names of applications
_DEEPEST = 50  # operations on one proposal; a run makes one


def branch_for(template: str, query: FactQuery) -> str:
    """Return the branch to propose on; raises UsageError for a name that can't be used."""
    plan, snapshot = query.plan, query.selection.snapshot
    apps = [target.app.name for target in query.selection.targets]
    tags = {str(change.after) for change in (*plan.changes, *plan.unchanged)}
    values = {
        "app": "all" if query.request.every else _names(apps),
        "env": plan.environment.name,
        "tag": tags.pop() if len(tags) == 1 else "",
    }
    remedies = {"tag": "several tags are moved: leave {tag} out"}
    branch = expand(template, values, remedies, "--publish-branch")
    environments = snapshot.config.environments.values()
    if branch in {snapshot.policy_branch, *map(snapshot.branch_of, environments)}:
        raise UsageError(
            f"--publish-branch: {branch} is the branch of an environment or of gitops.yaml",
            remedy="give a branch of its own, for example promote/{app}-{env}",
        )
    return branch


def _names(names: Sequence[str]) -> str:
    """Return a short form of several applications that is the same at every run, whatever their
    order.
    """
    joined = "+".join(sorted(names))
    if len(joined) <= _LONGEST_NAMES:
        return joined
    return f"{len(names)}-apps-{hashlib.sha256(joined.encode()).hexdigest()[:12]}"


def still_valid(repository: Repository, query: FactQuery, head: Head) -> bool:
    """Tell whether a branch holds this very plan, on values files that have not changed since.

    Raises GitError where the branch holds anything but operations of gitops-ci on these
    applications and this environment.
    """
    plan, snapshot = query.plan, query.selection.snapshot
    branch = snapshot.branch_of(plan.environment)
    commits, base = _commits_ahead(repository, query, branch, head)
    if len(commits) != 1 or any(
        record.plan != plan_id.with_form(plan.id) for record in _records(commits[0])
    ):
        return False
    files = [change.file for change in plan.changes]
    contents = repository.read([(base, file) for file in files])
    return all(contents[base, file] == snapshot.files[branch, file] for file in files)


def _commits_ahead(
    repository: Repository, query: FactQuery, branch: str, head: Head
) -> tuple[list[Commit], str]:
    """Return the commits of a proposal that the target's branch lacks, newest first, and the commit
    on which they stand.
    """
    commits = _operations(repository, query.selection, head)
    ids = [commit.id for commit in commits]
    tip = commits[-1].parents[0] if commits else head.commit
    base = query.ledger_reader.branches.newest_of(branch, {*ids, tip})
    if base is None:
        raise _foreign_branch(
            head, branch, "holds commits that are no operation of gitops-ci on what is proposed"
        )
    ahead = commits[: ids.index(base)] if base in ids else commits
    for commit in ahead:
        if not _does_what_it_records(repository, query.selection.snapshot.config, commit):
            raise _foreign_branch(
                head,
                branch,
                f"was edited: its commit {commit.id[:12]} changes more than the operation does",
            )
    return ahead, base


def _operations(repository: Repository, selection: Selection, head: Head) -> list[Commit]:
    """Return the newest commits of a branch, down to the first that is no operation on what is
    proposed.
    """
    commits: list[Commit] = []
    parent = head.commit
    for commit in repository.history(head.commit):
        if commit.id != parent or len(commits) == _DEEPEST or not _is_proposed(commit, selection):
            break
        commits.append(commit)
        parent = commit.parents[0]
    return commits


def _is_proposed(commit: Commit, selection: Selection) -> bool:
    records = _records(commit)
    apps = {target.app.name for target in selection.targets}
    environment = selection.targets[0].environment.name
    return bool(records) and all(
        record.app in apps and record.environment == environment for record in records
    )


def _records(commit: Commit) -> list[Record]:
    return ledger.records(commit.id, commit.parents, commit.committer_time, commit.message)


def _foreign_branch(head: Head, target: str, what: str) -> GitError:
    return GitError(
        f"the branch {head.branch} {what}: it is not replaced",
        remedy=f"merge it into {target} or delete it, or give another --publish-branch",
    )


def _does_what_it_records(repository: Repository, config: Config, commit: Commit) -> bool:
    """Tell whether a commit changes what its trailers say and nothing else: then nothing of a
    person is lost with it.
    """
    records = _records(commit)
    parent = commit.parents[0]
    changed = _changed_files(repository, parent, commit.id)
    try:
        expected = _expected_files(repository, config, parent, records)
    except GitopsError:
        return False  # the file was different then, or the application is gone: nobody can say
    contents = repository.read([(commit.id, file) for file in expected])
    return all(contents[commit.id, file] == data for file, data in expected.items()) and all(
        _came_with_chart(repository, config, commit.id, path, records)
        for path in changed - expected.keys()
    )


def _expected_files(
    repository: Repository, config: Config, parent: str, records: Sequence[Record]
) -> dict[str, bytes]:
    """Return the values files as the operation makes them."""
    files: dict[str, bytes] = {}
    for record in records:
        app = config.app(record.app)
        if app is None:
            raise GitError(f"there is no application {record.app}")
        file = config.values_file(app, config.environments[record.environment])
        data = files.get(file) or repository.read([(parent, file)])[parent, file] or b""
        before = read_release(data, app, record.environment, file)
        edits = edits_for(
            data, app, with_repositories(record.release, before), branch="", file=file
        )
        keys = {edit.key: edit.after for edit in edits}
        files[file] = yaml_edit.set_values(data, keys, name=file) if keys else data
    return files


def _came_with_chart(
    repository: Repository, config: Config, commit: str, path: str, records: Sequence[Record]
) -> bool:
    """Tell whether what is at a path came along with a chart."""
    for record in records:
        app = config.app(record.app)
        if record.chart is None or app is None:
            continue
        inner = below(fill(app.path, env=record.environment), path)
        if not inner:
            continue
        source = join(fill(app.path, env=record.source or record.environment), inner)
        if repository.tree_at(record.chart, source) == repository.tree_at(commit, path):
            return True
    return False


def _changed_files(repository: Repository, before: str, after: str) -> set[str]:
    """Return the paths of the files that differ between two commits."""
    paths: set[str] = set()
    folders = {""}
    while folders:
        listings = repository.listings(
            [(commit, folder) for folder in folders for commit in (before, after)]
        )
        differing = {
            (join(folder, name), mode)
            for folder in folders
            for name, (mode, _) in listings[before, folder].items()
            ^ listings[after, folder].items()
        }
        paths |= {path for path, mode in differing if mode != FOLDER}
        folders = {path for path, mode in differing if mode == FOLDER}
    return paths
