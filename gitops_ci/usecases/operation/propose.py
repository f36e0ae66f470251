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
from gitops_ci.model.operation import Plan, Record, Request
from gitops_ci.model.paths import below, join
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection

_LONGEST_NAMES = 80  # characters of the joined names of applications
_DEEPEST = 50  # operations on one proposal; a run makes one


def branch_for(request: Request, selection: Selection, plan: Plan) -> str | None:
    """Return the branch to propose on, None where nobody asked for one; raises UsageError for a
    name that can't be used.
    """
    if request.publish_branch is None:
        return None
    tags = {str(change.after) for change in (*plan.changes, *plan.unchanged)}
    values = {
        "app": "all"
        if request.every
        else _names([target.app.name for target in selection.targets]),
        "env": plan.environment.name,
        "tag": tags.pop() if len(tags) == 1 else "",
    }
    branch = expand(
        request.publish_branch,
        values,
        {"tag": "several tags are moved: leave {tag} out"},
        "--publish-branch",
    )
    snapshot = selection.snapshot
    taken = {
        snapshot.branch_of(environment) for environment in snapshot.config.environments.values()
    } | {snapshot.policy_branch}
    if branch in taken:
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


def still_valid(
    repository: Repository,
    ledger_reader: LedgerReader,
    selection: Selection,
    plan: Plan,
    head: Head,
) -> bool:
    """Tell whether a branch holds this very plan, on values files that have not changed since.

    Raises GitError where the branch holds anything but operations of gitops-ci on these
    applications and this environment.
    """
    target = selection.snapshot.branch_of(plan.environment)
    beyond, base = _beyond(repository, ledger_reader, selection, target, head)
    if len(beyond) != 1 or any(
        record.plan != plan_id.with_form(plan.id) for record in _records(beyond[0])
    ):
        return False
    files = [change.file for change in plan.changes]
    then = repository.read([(base, file) for file in files])
    return all(then[base, file] == selection.snapshot.files[target, file] for file in files)


def _beyond(
    repository: Repository,
    ledger_reader: LedgerReader,
    selection: Selection,
    target: str,
    head: Head,
) -> tuple[list[Commit], str]:
    """Return the commits of a proposal that the target's branch lacks, newest first, and the commit
    on which they stand.
    """
    line: list[Commit] = []
    tip = head.commit
    for commit in repository.history(head.commit):
        if commit.id != tip or len(line) == _DEEPEST or not _ours(commit, selection):
            break
        line.append(commit)
        tip = commit.parents[0]
    base = ledger_reader.branches.newest_of(target, {*(commit.id for commit in line), tip})
    if base is None:
        raise _foreign(
            head, target, "holds commits that are no operation of gitops-ci on what is proposed"
        )
    ids = [commit.id for commit in line]
    beyond = line[: ids.index(base)] if base in ids else line
    for commit in beyond:
        if not _as_made(repository, selection.snapshot.config, commit):
            raise _foreign(
                head,
                target,
                f"was edited: its commit {commit.id[:12]} changes more than the operation does",
            )
    return beyond, base


def _ours(commit: Commit, selection: Selection) -> bool:
    records = _records(commit)
    apps = {target.app.name for target in selection.targets}
    environment = selection.targets[0].environment.name
    return bool(records) and all(
        record.app in apps and record.environment == environment for record in records
    )


def _records(commit: Commit) -> list[Record]:
    return ledger.records(commit.id, commit.parents, commit.committer_time, commit.message)


def _foreign(head: Head, target: str, what: str) -> GitError:
    return GitError(
        f"the branch {head.branch} {what}: it is not replaced",
        remedy=f"merge it into {target} or delete it, or give another --publish-branch",
    )


def _as_made(repository: Repository, config: Config, commit: Commit) -> bool:
    """Tell whether a commit changes what its trailers say and nothing else: then nothing of a
    person is lost with it.
    """
    records = _records(commit)
    parent = commit.parents[0]
    changed = _changed(repository, parent, commit.id)
    try:
        expected = _expected(repository, config, parent, records)
    except GitopsError:
        return False  # the file was different then, or the application is gone: nobody can say
    found = repository.read([(commit.id, file) for file in expected])
    if any(found[commit.id, file] != data for file, data in expected.items()):
        return False
    return all(
        _carried(repository, config, commit.id, path, records) for path in changed - expected.keys()
    )


def _expected(
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
        release = with_repositories(
            record.release, read_release(data, app, record.environment, file)
        )
        edits = edits_for(data, app, release, branch="", file=file)
        files[file] = (
            yaml_edit.set_values(data, {edit.key: edit.after for edit in edits}, name=file)
            if edits
            else data
        )
    return files


def _carried(
    repository: Repository, config: Config, commit: str, path: str, records: Sequence[Record]
) -> bool:
    """Tell whether what is at a path came along with a chart."""
    for record in records:
        app = config.app(record.app)
        if record.chart is None or app is None:
            continue
        into = fill(app.path, env=record.environment)
        folder = fill(app.path, env=record.source or record.environment)
        own = below(into, path)
        if not own:
            continue
        if repository.tree_at(record.chart, join(folder, own)) == repository.tree_at(commit, path):
            return True
    return False


def _changed(repository: Repository, one: str, two: str) -> set[str]:
    """Return the paths of the files that differ between two commits."""
    found: set[str] = set()
    level = [""]
    while level:
        listed = repository.listings(
            [(commit, folder) for folder in level for commit in (one, two)]
        )
        below = []
        for folder in level:
            before, after = listed[one, folder], listed[two, folder]
            for name in {*before, *after}:
                entries = {side[name] for side in (before, after) if name in side}
                if before.get(name) == after.get(name):
                    continue
                path = join(folder, name)
                below += [path] if any(mode == FOLDER for mode, _ in entries) else []
                found |= {path} if any(mode != FOLDER for mode, _ in entries) else set()
        level = below
    return found
