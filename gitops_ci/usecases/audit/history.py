"""Reads all that an audit needs from the repository, and has it replayed."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.adapters.git.history.local_repository import LocalRepository
from gitops_ci.base.errors import GitError, GitopsError
from gitops_ci.core.audit.history import arrivals as chains
from gitops_ci.core.audit.history import branch_lines as lines
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.history.branch_lines import BranchLines, Differences
from gitops_ci.core.audit.history.graph import Graph
from gitops_ci.core.audit.history.merges import Merges
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, ValuesIndex
from gitops_ci.core.audit.tags import Claimed
from gitops_ci.core.config import reader as configuration
from gitops_ci.core.config.document import parse
from gitops_ci.core.config.implicit import CHART, implicit_from_chart
from gitops_ci.core.config.requires import check_program
from gitops_ci.model import check_results
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.commits import REGULAR, LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.required_version import is_requirement
from gitops_ci.usecases.operation.chart_boundary import Kept, kept_apart

_CHUNK = 500  # steps whose contents are read together

Source = LocalRepository | Repository
Reported = Callable[[str, str], bool]


class AuditScope(msgspec.Struct, frozen=True):
    """What is audited: the policy branch, and the commit at which each branch stands, those that
    were given only.

    Other branches of environments stand where the repository has them. ``published`` is where
    branches stood before what is judged now, as far as that is known: their own line leads there.
    """

    policy_branch: str
    heads: Mapping[str, str]
    published: Mapping[str, str] = {}


class HistoryReader(msgspec.Struct, frozen=True):
    """The history of all branches of a span."""

    span: AuditScope
    commits: Mapping[str, LoggedCommit]
    chains: Mapping[str, Sequence[ArrivedCommit]]
    policies: Mapping[str, Config | str]
    missing: Mapping[str, tuple[str, ...]]
    implicit: Config | None
    merges: Merges | None = None

    @property
    def policy(self) -> Sequence[ArrivedCommit]:
        """Return the steps of the policy branch."""
        return self.chains[self.span.policy_branch]

    @property
    def start(self) -> str | None:
        """Return the commit that added gitops.yaml; the first one where there is no such file."""
        if self.implicit:
            return self.policy[0].commit.id
        return next((step.commit.id for step in self.policy if _policy_of(step.commit)), None)

    @property
    def config(self) -> Config:
        """Return the newest policy that can be read."""
        if self.implicit:
            return self.implicit
        oids = (oid for step in reversed(self.policy) if (oid := _policy_of(step.commit)))
        config = next(
            (policy for oid in oids if isinstance(policy := self.policies[oid], Config)), None
        )
        if config is None:
            raise GitError(
                f"no {configuration.FILE} in the history can be read",
                remedy=f"mend {configuration.FILE}",
            )
        return config

    def policy_at(self, commit: LoggedCommit) -> Config | None:
        """Return the policy that a commit writes; None where it writes none that can be read."""
        policy = self.policies.get(_policy_of(commit) or "")
        return policy if isinstance(policy, Config) else None


def read(source: Source, span: AuditScope, apps: Sequence[str] = ()) -> HistoryReader:
    """Read the commits of all branches, and every policy; raises GitError when the history can't be
    read.
    """
    archive = source.archive()
    policy_branch = span.policy_branch
    history = _history(archive, span)
    policy = chains.chain(policy_branch, span.heads[policy_branch], history.line(policy_branch))
    policies = _policies(archive, policy, history)
    _check_program(archive, policy)
    implicit = None if policies else _implicit(archive, span.heads[policy_branch], apps)
    first = HistoryReader(span, history.commits, {policy_branch: policy}, policies, {}, implicit)
    heads, missing = _other_heads(source, span, first.config)
    span = AuditScope(policy_branch, heads, span.published)
    if heads.keys() - {policy_branch}:
        history = _history(archive, span)
    bounds = {step.commit.id: step.arrived for step in policy}
    found: dict[str, Sequence[ArrivedCommit]] = {policy_branch: policy}
    for branch in _by_flow(first.config, heads, policy_branch):
        found[branch] = chains.chain(branch, heads[branch], history.line(branch), bounds)
        bounds = {step.commit.id: step.arrived for step in found[branch]} | bounds
    return HistoryReader(span, history.commits, found, policies, missing, implicit, history.merges)


class _History(msgspec.Struct, frozen=True):
    """The commits of a span; a history without merges has one line, which nobody has to find."""

    commits: Mapping[str, LoggedCommit]
    differences: Differences
    lines: BranchLines | None = None
    merges: Merges | None = None

    def line(self, branch: str) -> Mapping[str, LoggedCommit]:
        """Return the commits, with the parent first which the branch follows."""
        return self.lines.commits(branch) if self.lines else self.commits

    def other_policies(self) -> Iterator[str]:
        """Yield the policies that parents of merges have, which may be none that the branch's own
        line ever had.
        """
        merges = (commit.deltas for commit in self.commits.values() if len(commit.parents) > 1)
        for delta in itertools.chain.from_iterable([*merges, *self.differences.values()]):
            if delta.path == configuration.FILE and delta.before and delta.mode_before in REGULAR:
                yield delta.before


def _history(archive: Archive, span: AuditScope) -> _History:
    commits = {commit.id: commit for commit in archive.walk(span.heads.values())}
    pairs = lines.pairs(commits)
    if not pairs:
        return _History(commits, {})
    differences = archive.differences(pairs)
    graph = Graph(commits)
    branch_lines = BranchLines(graph, differences, span.policy_branch, span.heads, span.published)
    return _History(commits, differences, branch_lines, Merges(graph, differences, branch_lines))


def replay(
    archive: Archive,
    reading: HistoryReader,
    notes: str | None,
    reported: Reported,
    *,
    since: int | None,
    narrow: bool,
    tags: Sequence[Claimed] = (),
) -> Replay:
    """Replay what was read; ``notes`` is the commit of the notes, ``since`` the time from which on
    values have to be proven.

    ``narrow``: few commits are reported, and only the applications that they or the tags concern
    are looked at.
    """
    branch = reading.span.policy_branch
    positions: dict[str, int] = {}
    for position, step in enumerate(reading.policy):
        positions |= {
            each.id: max(0, position - 1) for each in step.side if each.id not in positions
        }
        positions[step.commit.id] = position
    contents = _Contents(archive)
    watched = _watched(reading)
    apps = _concerned(reading, watched, reported) if narrow else None
    if apps is not None:
        apps |= {record.app for claimed in tags for record in claimed.records}
    tagged: dict[str, frozenset[Key]] = {}
    for each in tags:
        commit = each.tag.commit or ""
        tagged[commit] = tagged.get(commit, frozenset()) | each.keys
    needed = {oid for step in _steps(reading) for oid in _needed(step, watched, apps)}
    archive.bring(needed)
    keeps = _Keeps()
    world = ReplayInput(
        branch,
        positions,
        lambda oid: reading.policies[oid],
        contents.get,
        keeps.of,
        reported,
        _checks(archive, reading, notes),
        reading.implicit,
        apps,
        tagged,
        reading.merges,
    )
    replaying = Replay(world)
    steps = _steps(reading)
    waiting = since is not None
    while some := list(itertools.islice(steps, _CHUNK)):
        contents.load(oid for step in some for oid in _needed(step, watched, apps))
        for step in some:
            if waiting and since is not None and step.arrived > since:
                replaying.adopt()
                waiting = False
            replaying.step(step)
    return replaying


class _Contents:
    """Contents by object id: those of the steps at hand, all others one by one."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._known: dict[str, bytes | None] = {}

    def load(self, oids: Iterable[str]) -> None:
        self._known = self._archive.contents(oids)

    def get(self, oid: str) -> bytes | None:
        if oid not in self._known:
            self._archive.bring([oid])
            self._known |= self._archive.contents([oid])
        return self._known[oid]


class _Keeps:
    """What stays apart from a chart, made once for each policy and application."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Kept] = {}

    def of(self, config: Config, target: AuditedTarget) -> Kept:
        place = (id(config), target.app.name)
        if place not in self._known:
            self._known[place] = kept_apart(config, [target.app])
        return self._known[place]


def _steps(reading: HistoryReader) -> Iterator[ArrivedCommit]:
    return chains.merge_by_time(reading.chains.values())


def _policy_of(commit: LoggedCommit) -> str | None:
    return next(
        (
            delta.after
            for delta in commit.deltas
            if delta.path == configuration.FILE and delta.after and delta.mode in REGULAR
        ),
        None,
    )


def _policies(
    archive: Archive, chain: Sequence[ArrivedCommit], history: _History
) -> dict[str, Config | str]:
    lined = [oid for step in chain if (oid := _policy_of(step.commit))]
    oids = list(dict.fromkeys([*lined, *history.other_policies()])) if lined else []
    archive.bring(oids)
    return {oid: _policy(content) for oid, content in archive.contents(oids).items()}


def _check_program(archive: Archive, chain: Sequence[ArrivedCommit]) -> None:
    """Raise ConfigError where the newest policy is for a newer program: what is judged by less than
    it asks proves nothing.

    Older ones that ask too much are like all that can't be read: the rules before them stay in
    force.
    """
    newest = next((oid for step in reversed(chain) if (oid := _policy_of(step.commit))), None)
    content = archive.contents([newest])[newest] if newest else None
    if content is None:
        return
    try:
        document = parse(content, configuration.FILE)
    except GitopsError:
        return  # told of as a policy that can't be read
    if isinstance(document.data, dict) and is_requirement(document.data.get("requires")):
        check_program(document)


def _policy(content: bytes | None) -> Config | str:
    if content is None:
        return f"{configuration.FILE} is larger than a policy can be"
    try:
        return configuration.read(content)
    except GitopsError as error:
        return error.message


def _implicit(archive: Archive, head: str, apps: Sequence[str]) -> Config:
    place = (head, CHART)
    oid = archive.ids([place])[place]
    if oid:
        archive.bring([oid])
    content = archive.contents([oid])[oid] if oid else None
    return implicit_from_chart(content, apps)


def _other_heads(
    source: Source, span: AuditScope, config: Config
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return where the branches of all environments stand, and by branch the environments whose
    branch does not exist.
    """
    heads = dict(span.heads)
    missing: dict[str, tuple[str, ...]] = {}
    for environment in config.environments.values():
        branch = environment.branch
        if branch is None or branch in heads:
            continue
        try:
            heads[branch] = source.whole_history(branch).commit
        except GitError:
            missing[branch] = (*missing.get(branch, ()), environment.name)
    return heads, missing


def _by_flow(config: Config, heads: Mapping[str, str], policy_branch: str) -> list[str]:
    """Return the other branches, those before others from which releases come first."""
    ordered = sorted(config.environments, key=lambda name: len(config.sources_of(name)))
    wanted = [config.environments[name].branch for name in ordered]
    return [
        branch
        for branch in dict.fromkeys([*wanted, *heads])
        if branch and branch in heads and branch != policy_branch
    ]


def _watched(reading: HistoryReader) -> list[ValuesIndex]:
    configs = [policy for policy in reading.policies.values() if isinstance(policy, Config)]
    configs += [reading.implicit] if reading.implicit else []
    return [ValuesIndex(config, reading.span.policy_branch) for config in configs]


def _needed(
    step: ArrivedCommit, watched: Sequence[ValuesIndex], apps: frozenset[str] | None
) -> Iterator[str]:
    for delta in step.commit.deltas:
        if delta.after and delta.mode in REGULAR:
            spots = (target for places in watched for target in places.at(step.branch, delta.path))
            if any(apps is None or spot.app.name in apps for spot in spots):
                yield delta.after


def _concerned(
    reading: HistoryReader, watched: Sequence[ValuesIndex], reported: Reported
) -> frozenset[str] | None:
    """Return the applications that the reported commits change or claim to change, None where they
    change the rules.
    """
    found: set[str] = set()
    for step in _steps(reading):
        if not reported(step.branch, step.commit.id):
            continue
        for commit in (step.commit, *step.side):
            paths = {delta.path for delta in commit.deltas}
            if configuration.FILE in paths:
                return None
            found |= {
                target.app.name
                for path in paths
                for places in watched
                for target in places.at(step.branch, path)
            }
            found |= {record.app for record in chains.records(commit)}
    return frozenset(found)


def _checks(archive: Archive, reading: HistoryReader, notes: str | None) -> list[CheckResult]:
    """Return every recorded result whose commit is in the history."""
    if notes is None:
        return []
    found = archive.notes(notes)
    return [
        result
        for commit, text in found.items()
        if commit in reading.commits
        for result in check_results.parse(text).results
    ]
