"""Has a history replayed, with the contents that the replay needs."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.core import acknowledgement
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, records
from gitops_ci.core.audit.manifests import may_be_manifest
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, ValuesIndex
from gitops_ci.core.audit.tags import ClaimedTag
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.acknowledgement import FILE as ACKNOWLEDGED
from gitops_ci.model.acknowledgement import read_name
from gitops_ci.model.commits import REGULAR, Delta
from gitops_ci.model.config import Config
from gitops_ci.usecases.audit.history import AuditedHistory, Reported
from gitops_ci.usecases.audit.notes import read_timeline
from gitops_ci.usecases.operation.chart_boundary import ChartBoundary, boundary_of

_CHUNK = 500  # steps whose contents are read together


class ReplayRequest(msgspec.Struct, frozen=True):
    """What of a history is to be proven.

    ``notes`` is the commit of the notes with the results of checks, ``since`` the time in seconds
    since the epoch from which on values have to be proven. ``narrow``: few commits are reported,
    and only the applications that they or the tags concern are looked at.
    """

    reported: Reported
    notes: str | None
    since: int | None
    narrow: bool
    tags: Sequence[ClaimedTag] = ()


def replay_history(archive: Archive, history: AuditedHistory, request: ReplayRequest) -> Replay:
    """Replay all steps of a history."""
    indexes = _indexes(history)
    apps = _concerned_apps(history, indexes, request) if request.narrow else None
    values_files = _ReplayedFiles(indexes, apps, request.reported)
    archive.bring({oid for step in history.steps() for oid in values_files.of(step)})
    contents = _Contents(archive)
    replay = Replay(
        ReplayInput(
            history.scope.policy_branch,
            _positions(history.policy),
            lambda oid: history.policies[oid],
            contents.get,
            _chart_boundaries(),
            request.reported,
            read_timeline(archive, history, request.notes),
            history.implicit,
            history.implicit_since,
            apps,
            _tagged(request.tags),
            history.merges,
            _acknowledged(history),
        )
    )
    steps, since = history.steps(), request.since
    while chunk := list(itertools.islice(steps, _CHUNK)):
        contents.load(oid for step in chunk for oid in values_files.of(step))
        for step in chunk:
            if since is not None and step.arrived > since:
                replay.adopt()
                since = None
            replay.step(step)
    for steps_of_branch in history.chains.values():
        replay.check_beginning(steps_of_branch[0])
    return replay


class _Contents:
    """Contents by object id: those of the steps at hand, all others one by one."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._contents: dict[str, bytes | None] = {}

    def load(self, oids: Iterable[str]) -> None:
        self._contents = self._archive.contents(oids)

    def get(self, oid: str) -> bytes | None:
        if oid not in self._contents:
            self._archive.bring([oid])
            self._contents |= self._archive.contents([oid])
        return self._contents[oid]


class _ReplayedFiles(msgspec.Struct, frozen=True):
    """The files that hold values under any policy, of some applications (None: all), and in the
    commits that are reported those that Argo CD may read.
    """

    indexes: Sequence[ValuesIndex]
    apps: frozenset[str] | None
    reported: Reported

    def of(self, step: ArrivedCommit) -> Iterator[str]:
        """Yield the object ids that a step writes, and those that operations and changes of
        manifests replace.
        """
        reported = self.reported(step.branch, step.commit.id)
        for delta in step.commit.deltas:
            if self._holds(step.branch, delta.path):
                yield from _regular(delta)[-1:] if delta.after else ()
            elif reported and may_be_manifest(delta.path):
                yield from _regular(delta)
        for commit in (step.commit, *step.side) if reported else ():
            if "Gitops-Operation:" not in commit.message:
                continue
            for delta in commit.deltas:
                if delta.before and delta.after and self._holds(step.branch, delta.path):
                    yield from _regular(delta)

    def _holds(self, branch: str, path: str) -> bool:
        targets = _targets(self.indexes, branch, path)
        return any(self.apps is None or target.app.name in self.apps for target in targets)


def _regular(delta: Delta) -> list[str]:
    """Return the object ids before and after a change, of what is a file there."""
    ends = ((delta.mode_before, delta.before), (delta.mode, delta.after))
    return [oid for mode, oid in ends if oid and mode in REGULAR]


def _targets(indexes: Iterable[ValuesIndex], branch: str, path: str) -> Iterator[AuditedTarget]:
    return (target for index in indexes for target in index.at(branch, path))


def _indexes(history: AuditedHistory) -> list[ValuesIndex]:
    policies = [*history.policies.values(), history.implicit]
    branch = history.scope.policy_branch
    return [ValuesIndex(policy, branch) for policy in policies if isinstance(policy, Config)]


def _concerned_apps(
    history: AuditedHistory, indexes: Sequence[ValuesIndex], request: ReplayRequest
) -> frozenset[str] | None:
    """Return the applications that the reported commits and the tags change or claim to change,
    None where they change the rules.
    """
    apps = {record.app for claimed in request.tags for record in claimed.records}
    for step in history.steps():
        if not request.reported(step.branch, step.commit.id):
            continue
        for commit in (step.commit, *step.side):
            for delta in commit.deltas:
                if delta.path in {FILE, ACKNOWLEDGED}:
                    return None
                targets = _targets(indexes, step.branch, delta.path)
                apps |= {target.app.name for target in targets}
            apps |= {record.app for record in records(commit)}
    return frozenset(apps)


def _positions(policy: Sequence[ArrivedCommit]) -> dict[str, int]:
    """Return where commits stand on the policy branch; what a merge brought had read the rules
    before it.
    """
    positions: dict[str, int] = {}
    for position, step in enumerate(policy):
        for commit in step.side:
            positions.setdefault(commit.id, max(0, position - 1))
        positions[step.commit.id] = position
    return positions


def _chart_boundaries() -> Callable[[Config, AuditedTarget], ChartBoundary]:
    """Return what makes them once for each policy and application."""
    boundaries: dict[tuple[int, str], ChartBoundary] = {}

    def boundary(config: Config, target: AuditedTarget) -> ChartBoundary:
        key = (id(config), target.app.name)
        if key not in boundaries:
            boundaries[key] = boundary_of(config, [target.app])
        return boundaries[key]

    return boundary


def _acknowledged(history: AuditedHistory) -> frozenset[str]:
    """Return the commits that acknowledgements name, and those that make them."""
    commits: set[str] = set()
    for commit in history.commits.values():
        for made in acknowledgement.claims(commit):
            name = read_name(made.finding)
            commits |= {commit.id, *((name.commit,) if name else ())}
    return frozenset(commits)


def _tagged(tags: Iterable[ClaimedTag]) -> Mapping[str, frozenset[Key]]:
    keys: dict[str, frozenset[Key]] = {}
    for claimed in tags:
        commit = claimed.tag.commit or ""
        keys[commit] = keys.get(commit, frozenset()) | claimed.keys
    return keys
