"""Replays the history of all branches, oldest first, and judges everything that changed a managed
value.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit import operations
from gitops_ci.core.audit.findings import FindingCollector, Signed
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files, records
from gitops_ci.core.audit.history.former_records import FormerRecords
from gitops_ci.core.audit.history.merges import Merges
from gitops_ci.core.audit.merge_findings import Merging
from gitops_ci.core.audit.rebuilt_operation import Keeps, release_words
from gitops_ci.core.audit.state import policies
from gitops_ci.core.audit.state.environment_states import (
    NOTHING,
    TOO_LARGE,
    State,
    States,
    Value,
    read_value,
    value_of_missing,
)
from gitops_ci.core.audit.state.policies import Policies, Version
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, Tree, ValuesIndex
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.commits import REGULAR, Delta, LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.operation import Record
from gitops_ci.model.release import Release


class ReplayInput(msgspec.Struct, frozen=True):
    """What the replay is given: the policy branch and the place of every commit on it, policies and
    contents by object id.

    ``policy`` returns a Config, or in words why the file is none; ``reported`` tells of a branch
    and a commit that arrived there whether what is found in it is asked for; ``implicit`` is the
    policy of a repository without gitops.yaml; ``apps`` are those that what is asked for concerns
    (None: all); ``tagged`` says of which commits has to be known what ran; ``merges`` is None where
    there are none.
    """

    policy_branch: str
    positions: Mapping[str, int]
    policy: Callable[[str], Config | str]
    content: Callable[[str], bytes | None]
    kept: Callable[[Config, AuditedTarget], Keeps]
    reported: Callable[[str, str], bool]
    checks: Sequence[CheckResult] = ()
    implicit: Config | None = None
    apps: frozenset[str] | None = None
    tagged: Mapping[str, frozenset[Key]] = {}
    merges: Merges | None = None

    def concerns(self, target: AuditedTarget) -> bool:
        """Tell whether an application has to be looked at."""
        return self.apps is None or target.app.name in self.apps


class Replay:
    """The state of everything at the step that was replayed last; findings gather in ``book``."""

    def __init__(self, world: ReplayInput) -> None:
        self._world = world
        self._trees: dict[str, dict[str, tuple[str, str]]] = {}
        self._places: ValuesIndex | None = None
        self._former_records = FormerRecords(world.content)
        self.policies = Policies(world.positions)
        self.states: States = {}
        self.arrived: dict[tuple[str, str], dict[Key, Release]] = {}
        self.book = FindingCollector(world.reported)
        self.judge = operations.Judge(
            world.policy_branch, self.policies, self.states, self.book, world.checks, world.kept
        )
        self._merging = (
            Merging(world.merges, world.policy, self._read, self._state, self.book)
            if world.merges
            else None
        )
        if world.implicit:
            self._enact(world.implicit, "", -1, 0)

    def step(self, step: ArrivedCommit) -> None:
        """Replay one commit that arrived."""
        self.book.turn_to(step)
        tree = self._trees.setdefault(step.branch, {})
        config = self._places.config if self._places else None
        begins = (
            config is None
            or bool(self._world.implicit and not step.commit.parents)
            or self._shared(step)
        )
        _apply(tree, files(step.commit))
        if config and not begins:
            changed = self._values(step)
            if self._merging and self._places:
                self._merging.values(step, changed, self._places, self._world.concerns)
        self._former_records.add(step)
        if step.branch == self._world.policy_branch:
            if config and not begins:
                self._signers(step, config)
            rules = next((delta for delta in files(step.commit) if delta.path == FILE), None)
            if rules:
                self._policy(step, rules, config)
            if config and not begins and self._merging and self._places:
                self._merging.rules(step, tree, self._places.config)
        if begins and self._places:
            self._adopt_all(step, None if step.branch == self._world.policy_branch else step.branch)
        for commit in (step.commit, *step.side):
            if commit.id in self._world.tagged:
                self.arrived[step.branch, commit.id] = self.running(self._world.tagged[commit.id])

    def running(self, keys: Iterable[Key]) -> dict[Key, Release]:
        """Return what runs now of what operations put there, or was there before."""
        states = {key: self.states.get(key[0], {}).get(key[1]) for key in keys}
        return {
            key: state.current.release
            for key, state in states.items()
            if state and state.current and (state.current.record or state.current.adopted)
        }

    def adopt(self) -> None:
        """Take what runs now as it is: the audit that was asked for begins here."""
        for environments in self.states.values():
            for state in environments.values():
                if state.current and state.current.record is None:
                    state.change_current(adopted=True)

    def _values(self, step: ArrivedCommit) -> frozenset[Key]:
        """Judge what a step changed of managed values, and what its trailers claim; return
        where.
        """
        assert self._places is not None  # noqa: S101 - there is a policy
        changes: dict[Key, tuple[AuditedTarget, Value, Value]] = {}
        tree = self._trees[step.branch]
        for delta in files(step.commit):
            for target in filter(self._world.concerns, self._places.touched(step.branch, delta)):
                before = self._state(target).value
                after = self._stands(tree.get(target.file), target, tree)
                if before.texts != after.texts or before.problem != after.problem:
                    changes[target.key] = (target, before, after)
        claims = self._claims(step)
        # what was done and taken back behind a merge changes nothing on the branch's own line
        behind = (
            (record.app, record.environment) for side in step.side for record in records(side)
        )
        for key in (*claims, *behind):
            claimed = None if key in changes else self._claimed_spot(step, key)
            if claimed:
                value = self._state(claimed).value
                changes[key] = (claimed, value, value)
        if changes:
            self.judge.step(step, changes, claims, self._places.config)
        self._charts(step, bool(claims))
        return frozenset(key for key, (_, before, after) in changes.items() if before is not after)

    def _read(self, mode: str, oid: str | None, target: AuditedTarget) -> Value:
        return self._stands((mode, oid) if oid else None, target, {})

    def _begin(self, spots: Sequence[AuditedTarget]) -> None:
        """Take over what was recorded of places before they were managed where they are now."""
        found = self._former_records.newest(spots)
        for target in spots:
            state = self._state(target)
            state.recorded = None
            if target.key in found:
                state.note(found[target.key])

    def _claimed_spot(self, step: ArrivedCommit, key: Key) -> AuditedTarget | None:
        """Return the place that a commit claims to have changed, None where it lies elsewhere or is
        not asked for.
        """
        assert self._places is not None  # noqa: S101 - there is a policy
        target = self._places.spot(key, self._world.policy_branch)
        return (
            target
            if target and target.branch == step.branch and self._world.concerns(target)
            else None
        )

    def _claims(self, step: ArrivedCommit) -> dict[Key, list[Record]]:
        found: dict[Key, list[Record]] = {}
        for record in records(step.commit):
            found.setdefault((record.app, record.environment), []).append(record)
        return found

    def _stands(self, entry: tuple[str, str] | None, target: AuditedTarget, tree: Tree) -> Value:
        """Return the value that an entry of a tree (None: there is none) makes."""
        if entry is None:
            return value_of_missing(target, tree)
        mode, oid = entry
        if mode not in REGULAR:
            return Value(None, None, f"{target.file} is a link")
        content = self._world.content(oid)
        return TOO_LARGE if content is None else read_value(content, target)

    def _state(self, target: AuditedTarget) -> State:
        return self.states.setdefault(target.app.name, {}).setdefault(
            target.environment.name, State(NOTHING)
        )

    def _policy(self, step: ArrivedCommit, delta: Delta, old: Config | None) -> None:
        """Put a new gitops.yaml in force, and say what it changes; one that can't be read leaves
        the old one in force.
        """
        found = (
            self._world.policy(delta.after)
            if delta.after and delta.mode in REGULAR
            else f"{FILE} was removed"
        )
        who = f"by {one_line(step.commit.author)}"
        if isinstance(found, str):
            if old:
                self.book.policy(
                    step, "", f"{one_line(found)} ({who}); the rules before it stay in force here"
                )
                self._signed_policy(step, old, None)
            return
        if old is None:
            self._enact(
                found, step.commit.id, self._world.positions.get(step.commit.id, 0), step.arrived
            )
            return
        for environment, words in policies.differences(old, found):
            self.book.policy(step, environment, f"{one_line(words)} ({who})")
        self._signed_policy(step, old, found)
        self._enact(
            found, step.commit.id, self._world.positions.get(step.commit.id, 0), step.arrived
        )
        self._moved(step, old)

    def _enact(self, config: Config, commit: str, position: int, arrived: int) -> None:
        self._places = ValuesIndex(config, self._world.policy_branch)
        self.policies.add(Version(config, commit, position, arrived))
        self.judge.signers = self._signers_files(config)

    def _moved(self, step: ArrivedCommit, old: Config) -> None:
        """Compare values before and after gitops.yaml names other files or keys: that changes them
        too.
        """
        assert self._places is not None  # noqa: S101 - it was just made
        former = ValuesIndex(old, self._world.policy_branch)
        targets: list[AuditedTarget] = []
        for target in self._all_spots():
            before = former.spot(target.key, self._world.policy_branch)
            if before and (before.app, before.branch, before.file) == (
                target.app,
                target.branch,
                target.file,
            ):
                continue
            targets.append(target)
            state = self.states.get(target.app.name, {}).get(target.environment.name)
            value = self._now(target)
            if state is None:
                self._state(target).arrive(value, step.arrived, adopted=True)
                continue
            one, two = state.value.release, value.release
            if (one and one.images) != (two and two.images) and not state.value.empty:
                self.book.hand_edit(
                    step,
                    step.commit,
                    target,
                    value,
                    f"{FILE} names another file or other keys: {release_words(one)} -> "
                    f"{release_words(two)} without an operation",
                    "",
                )
            state.arrive(value, step.arrived)
        self._begin(targets)

    def _shared(self, step: ArrivedCommit) -> bool:
        """Tell whether another branch got here what the policy branch had when the audit began: it
        was made from it.
        """
        if step.branch == self._world.policy_branch or not self.policies.versions:
            return False
        position = self._world.positions.get(step.commit.id)
        return position is not None and position <= self.policies.versions[0].position

    def _adopt_all(self, step: ArrivedCommit, branch: str | None) -> None:
        """Take what stands on a branch (None: on all) when the audit begins as it is."""
        spots = [target for target in self._all_spots() if branch in {None, target.branch}]
        for spot in spots:
            self._state(spot).arrive(self._now(spot), step.arrived, adopted=True)
        self._begin(spots)

    def _all_spots(self) -> Iterable[AuditedTarget]:
        assert self._places is not None  # noqa: S101 - there is a policy
        targets = {target.key: target for target in self._places.exact()}
        for branch, tree in self._trees.items():
            for spot in self._places.found(branch, tree):
                targets.setdefault(spot.key, spot)
        return filter(self._world.concerns, targets.values())

    def _now(self, target: AuditedTarget) -> Value:
        tree = self._trees.get(target.branch, {})
        return self._stands(tree.get(target.file), target, tree)

    def _signers_files(self, config: Config) -> dict[str, str | None]:
        """Return the object id of the signers file by environment, None where the file does not
        exist.
        """
        tree = self._trees.get(self._world.policy_branch, {})
        return {
            name: oid
            if (entry := tree.get(environment.signers))
            and entry[0] in REGULAR
            and (oid := entry[1])
            else None
            for name, environment in config.environments.items()
            if environment.signers
        }

    def _signed_policy(self, step: ArrivedCommit, old: Config, new: Config | None) -> None:
        """Ask for the signatures that a change of the rules needs under the rules before it."""
        for name, oid in self.judge.signers.items():
            same = new is not None and all(
                policies.same(old, new, name, app) for app in {*old.apps, *new.apps, "*"}
            )
            if not same:
                self.book.signed(
                    Signed(_authors(step, FILE), oid, "", name, step, f"{FILE} was changed")
                )

    def _signers(self, step: ArrivedCommit, old: Config) -> None:
        """A change of the signers needs a signature of those before it."""
        changed = {delta.path for delta in files(step.commit)}
        for name, environment in old.environments.items():
            if environment.signers in changed and environment.signers:
                self.book.policy(
                    step,
                    name,
                    f"{environment.signers} was changed (by {one_line(step.commit.author)})",
                )
                oid = self.judge.signers.get(name)
                if oid:
                    signed = Signed(
                        _authors(step, environment.signers),
                        oid,
                        "",
                        name,
                        step,
                        f"{environment.signers} was changed",
                    )
                    self.book.signed(signed)
        if self._places:
            self.judge.signers = self._signers_files(self._places.config)

    def _charts(self, step: ArrivedCommit, claimed: bool) -> None:
        """Say where a chart reached an environment that has a ``from`` without having been
        promoted.
        """
        if claimed or self._places is None:
            return
        config = self._places.config
        for app in _charts_of(config, step.commit):
            unpromoted = [
                name
                for name, environment in config.environments.items()
                if environment.source
                and environment.branch_on(self._world.policy_branch) == step.branch
            ]
            if unpromoted:
                self.book.chart(step, app, ", ".join(unpromoted))


def _apply(tree: dict[str, tuple[str, str]], deltas: Iterable[Delta]) -> None:
    for delta in deltas:
        if delta.after is None:
            tree.pop(delta.path, None)
        else:
            tree[delta.path] = (delta.mode, delta.after)


def _authors(step: ArrivedCommit, path: str) -> tuple[str, ...]:
    """Return the commits that have to be signed for a change of a file: those that a merge brought,
    or the step itself.
    """
    after = next((delta.after for delta in files(step.commit) if delta.path == path), None)
    touching = [
        (commit, delta) for commit in step.side for delta in files(commit) if delta.path == path
    ]
    if touching and touching[-1][1].after == after:
        return tuple(each.id for each, _ in touching)
    return (step.commit.id,)


_CHART = ("Chart.yaml", "Chart.lock", "values.yaml")
_CHART_FOLDERS = ("charts", "templates", "crds")


def _charts_of(config: Config, commit: LoggedCommit) -> list[str]:
    """Return the applications whose chart a commit changes."""
    found: dict[str, None] = {}
    for delta in files(commit):
        for name, path in _folders(config, delta.path):
            own = delta.path[len(path) + 1 if path else 0 :]
            head, deeper, _ = own.partition("/")
            if (deeper and head in _CHART_FOLDERS) or own in _CHART:
                found[name] = None
    return list(found)


def _folders(config: Config, path: str) -> list[tuple[str, str]]:
    return [
        (app.name, app.path)
        for app in config.apps.values()
        if not app.path or path.startswith(f"{app.path}/")
    ]
