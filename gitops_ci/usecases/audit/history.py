"""Reads what an audit needs of the history: the commits of all branches, and every policy."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.adapters.git.history.local_repository import LocalRepository
from gitops_ci.adapters.git.history.remote_history import RemoteHistory
from gitops_ci.base.errors import GitError, GitopsError
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, Clock, chain, records
from gitops_ci.core.audit.history.branch_lines import BranchLines, Differences, pairs
from gitops_ci.core.audit.history.graph import Graph
from gitops_ci.core.audit.history.merges import Merges
from gitops_ci.core.audit.history.step_order import in_order
from gitops_ci.core.config import reader as configuration
from gitops_ci.core.config.document import parse
from gitops_ci.core.config.implicit import CHART, implicit_config, implicit_from_chart
from gitops_ci.core.config.requires import check_program
from gitops_ci.model.commits import REGULAR, LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.names import is_name
from gitops_ci.model.operation import Record
from gitops_ci.model.required_version import is_requirement
from gitops_ci.usecases import clock

Source = LocalRepository | RemoteHistory
Reported = Callable[[str, str], bool]  # by branch and commit


class AuditScope(msgspec.Struct, frozen=True):
    """What is audited: the policy branch, and the commit at which each branch stands, those that
    were given only.

    Other branches of environments stand where the repository has them. ``published`` is where
    branches stood before what is judged now, as far as that is known: their own line leads there.
    ``pushed`` are the commits that arrive now, by branch.
    """

    policy_branch: str
    heads: Mapping[str, str]
    published: Mapping[str, str] = {}
    pushed: Mapping[str, frozenset[str]] = {}

    def clock(self, branch: str, now: int) -> Clock:
        """Return by what dates on a branch are judged."""
        return Clock(now, self.pushed.get(branch, frozenset()))


class AuditedHistory(msgspec.Struct, frozen=True):
    """The history of all branches of a scope.

    ``chains`` are by branch, ``policies`` by object id (in words why a file is none), ``missing``
    the environments by the branch that does not exist, those of former policies too. ``implicit``
    are the rules that hold without gitops.yaml, from before ``implicit_since`` on: the commit with
    which the first recorded operation arrived.
    """

    scope: AuditScope
    commits: Mapping[str, LoggedCommit]
    chains: Mapping[str, Sequence[ArrivedCommit]]
    policies: Mapping[str, Config | str]
    missing: Mapping[str, tuple[str, ...]]
    implicit: Config | None
    implicit_since: str | None = None
    merges: Merges | None = None

    @property
    def policy(self) -> Sequence[ArrivedCommit]:
        """Return the steps of the policy branch."""
        return self.chains[self.scope.policy_branch]

    def steps(self) -> Iterator[ArrivedCommit]:
        """Yield the steps of all branches, oldest first."""
        return in_order(self.chains, self.scope.policy_branch)

    @property
    def start(self) -> str | None:
        """Return the commit that added gitops.yaml; where there was an operation before, its."""
        if self.implicit_since:
            return self.implicit_since
        return next((step.commit.id for step in self.policy if _policy_of(step.commit)), None)

    @property
    def config(self) -> Config:
        """Return the newest policy that can be read."""
        for step in reversed(self.policy):
            policy = self.policy_at(step.commit)
            if policy:
                return policy
        if self.implicit:
            return self.implicit
        raise GitError(
            f"no {configuration.FILE} in the history can be read",
            remedy=f"mend {configuration.FILE}",
        )

    def policy_at(self, commit: LoggedCommit) -> Config | None:
        """Return the policy that a commit writes; None where it writes none that can be read."""
        policy = self.policies.get(_policy_of(commit) or "")
        return policy if isinstance(policy, Config) else None


def read_history(source: Source, scope: AuditScope, apps: Sequence[str] = ()) -> AuditedHistory:
    """Read the commits of all branches, and every policy; raises GitError when the history can't be
    read.

    ``apps`` are the applications of a repository without gitops.yaml.
    """
    archive = source.archive()
    history = _of_policy_branch(archive, scope, _walk(archive, scope), apps)
    _check_program(archive, history.policy)
    heads, missing = _other_heads(source, history)
    scope = replace(scope, heads=heads)
    if len(heads) > 1:
        walk = _walk(archive, scope, history)
        # what operations on other branches read says where the policy branch stood
        history = _of_policy_branch(archive, scope, walk, apps)
        history = replace(history, chains=_chains(history, walk))
    return replace(history, missing=missing)


def _of_policy_branch(
    archive: Archive, scope: AuditScope, walk: "_Walk", apps: Sequence[str]
) -> AuditedHistory:
    """Return the history of the policy branch alone, with its policies."""
    branch = scope.policy_branch
    policy = chain(branch, scope.heads[branch], walk.line(branch), scope.clock(branch, clock.now()))
    policies = _policies(archive, policy, walk)
    first = _first_operation(policy)
    if policies:
        implicit = implicit_config(first.app) if first else None
    else:
        named = apps or ((first.app,) if first else ())
        implicit = _implicit(archive, scope.heads[branch], named)
    since, chains = first.step if first else None, {branch: policy}
    return AuditedHistory(scope, walk.commits, chains, policies, {}, implicit, since, walk.merges)


def _chains(history: AuditedHistory, walk: "_Walk") -> dict[str, Sequence[ArrivedCommit]]:
    """Return the steps of all branches."""
    scope, now = history.scope, clock.now()
    chains = dict(history.chains)
    arrived = {step.commit.id: step.made for step in history.policy}
    for branch in _by_flow(history.config, scope.heads, scope.policy_branch):
        line, branch_clock = walk.line(branch), scope.clock(branch, now)
        chains[branch] = chain(branch, scope.heads[branch], line, branch_clock, arrived)
        arrived = {step.commit.id: step.made for step in chains[branch]} | arrived
    return chains


class _FirstOperation(msgspec.Struct, frozen=True):
    """The commit with which it arrived, and the application that it names."""

    step: str
    app: str


def _first_operation(policy: Sequence[ArrivedCommit]) -> _FirstOperation | None:
    """Return the first operation that is recorded before there is a gitops.yaml, None for none."""
    for step in policy:
        if _policy_of(step.commit):
            return None
        # what begins with an operation has no value before it
        for commit in (*step.side, step.commit) if step.commit.parents else ():
            names = (record.app for record in records(commit))
            name = next(filter(is_name, names), None)
            if name:
                return _FirstOperation(step.commit.id, name)
    return None


class _Walk(msgspec.Struct, frozen=True):
    """The commits of a scope; a history without merges has one line, which nobody has to find."""

    commits: Mapping[str, LoggedCommit]
    differences: Differences = {}
    lines: BranchLines | None = None
    merges: Merges | None = None

    def line(self, branch: str) -> Mapping[str, LoggedCommit]:
        """Return the commits, with the parent first which the branch follows."""
        return self.lines.commits(branch) if self.lines else self.commits

    def policies_of_parents(self) -> Iterator[str]:
        """Yield the policies that parents of merges have, which may be none that the branch's own
        line ever had.
        """
        merges = (commit.deltas for commit in self.commits.values() if len(commit.parents) > 1)
        for delta in itertools.chain.from_iterable([*merges, *self.differences.values()]):
            if delta.path == configuration.FILE and delta.before and delta.mode_before in REGULAR:
                yield delta.before


def _walk(archive: Archive, scope: AuditScope, policy: AuditedHistory | None = None) -> _Walk:
    """Return the commits of a scope; the history of the policy branch may be known."""
    heads = scope.heads.values()
    walked = archive.walk(heads, [scope.heads[scope.policy_branch]] if policy else [])
    commits = {**(policy.commits if policy else {}), **{commit.id: commit for commit in walked}}
    merged = pairs(commits)
    if not merged:
        return _Walk(commits)
    differences = archive.differences(merged)
    graph = Graph(commits)
    branch_of = _branch_of(policy, commits) if policy else None
    lines = BranchLines(
        graph, differences, scope.policy_branch, scope.heads, scope.published, branch_of
    )
    return _Walk(commits, differences, lines, Merges(graph, differences, lines))


def _branch_of(
    history: AuditedHistory, commits: Mapping[str, LoggedCommit]
) -> Callable[[Record], str]:
    """Return what tells on which branch the environment of an operation lived, by the rules that it
    says it read.
    """
    newest, policy_branch = history.config, history.scope.policy_branch
    policies: dict[str, Config | None] = {}
    for name, commit in commits.items():
        before = policies.get(commit.parents[0]) if commit.parents else None
        policies[name] = history.policy_at(commit) or before

    def branch_of(record: Record) -> str:
        config = policies.get(record.policy or "") or newest
        environment = config.environments.get(record.environment)
        return environment.branch_on(policy_branch) if environment else policy_branch

    return branch_of


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
    archive: Archive, policy: Sequence[ArrivedCommit], walk: _Walk
) -> dict[str, Config | str]:
    own = [oid for step in policy if (oid := _policy_of(step.commit))]
    oids = list(dict.fromkeys([*own, *walk.policies_of_parents()])) if own else []
    archive.bring(oids)
    return {oid: read_policy(content) for oid, content in archive.contents(oids).items()}


def read_policy(content: bytes | None) -> Config | str:
    """Return what a gitops.yaml says, None for one that is too large; in words why it is none."""
    if content is None:
        return f"{configuration.FILE} is larger than a policy can be"
    try:
        return configuration.read(content)
    except GitopsError as error:
        return error.message


def _check_program(archive: Archive, policy: Sequence[ArrivedCommit]) -> None:
    """Raise ConfigError where the newest policy is for a newer program: what is judged by less than
    it asks proves nothing.

    Older ones that ask too much are like all that can't be read: the rules before them stay in
    force.
    """
    newest = next((oid for step in reversed(policy) if (oid := _policy_of(step.commit))), None)
    content = archive.contents([newest])[newest] if newest else None
    if content is None:
        return
    try:
        document = parse(content, configuration.FILE)
    except GitopsError:
        return  # told of as a policy that can't be read
    if isinstance(document.data, dict) and is_requirement(document.data.get("requires")):
        check_program(document)


def _implicit(archive: Archive, head: str, apps: Sequence[str]) -> Config:
    chart = (head, CHART)
    oid = archive.ids([chart])[chart]
    if oid:
        archive.bring([oid])
    content = archive.contents([oid])[oid] if oid else None
    return implicit_from_chart(content, apps)


def _other_heads(
    source: Source, history: AuditedHistory
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return where the branches stand on which environments live or ever lived, and by branch the
    environments whose branch does not exist.

    What an environment left on a branch is what it has to have on the next one.
    """
    heads = dict(history.scope.heads)
    missing: dict[str, tuple[str, ...]] = {}
    for branch, environments in _environments(history).items():
        if branch in heads:
            continue
        try:
            heads[branch] = source.whole_history(branch).commit
        except GitError:
            missing[branch] = environments
    return heads, missing


def _environments(history: AuditedHistory) -> dict[str, tuple[str, ...]]:
    """Return by branch the environments that live there or did, but for the policy branch."""
    former = (history.policy_at(step.commit) for step in reversed(history.policy))
    environments: dict[str, tuple[str, ...]] = {}
    for config in (history.config, *filter(None, former)):
        for name, environment in config.environments.items():
            names = environments.get(environment.branch or "", ())
            if environment.branch and name not in names:
                environments[environment.branch] = (*names, name)
    return environments


def _by_flow(config: Config, heads: Mapping[str, str], policy_branch: str) -> list[str]:
    """Return the other branches, those before others from which releases come first."""
    ordered = sorted(config.environments, key=lambda name: len(config.sources_of(name)))
    branches = [config.environments[name].branch for name in ordered]
    return [
        branch
        for branch in dict.fromkeys([*branches, *heads])
        if branch and branch in heads and branch != policy_branch
    ]
