"""Holds what a commit claims against what it does, and the operation against the rules of its
time.
"""

from collections.abc import Callable, Mapping, Sequence

from gitops_ci import __version__
from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit import rebuilt_operation, rejudge
from gitops_ci.core.audit.findings import CarriedObjects, FindingCollector, Signed
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files, records
from gitops_ci.core.audit.plan_check import PlanCheck
from gitops_ci.core.audit.rebuilt_operation import Keeps, RebuiltOperation, release_words
from gitops_ci.core.audit.state.environment_states import NOTHING, State, States, Value
from gitops_ci.core.audit.state.policies import Policies, same
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key
from gitops_ci.core.release_values import other_repository
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.deployment import Withdrawal
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Change, Chart, Record
from gitops_ci.model.operation_kind import KINDS
from gitops_ci.model.release import Release

Changes = Mapping[Key, tuple[AuditedTarget, Value, Value]]
Claims = Mapping[Key, Sequence[Record]]


class Judge:
    """Knows what ran before, the policies, and the plans that were carried out; ``signers`` are
    files by environment.
    """

    def __init__(
        self,
        policy_branch: str,
        policies: Policies,
        states: States,
        collector: FindingCollector,
        checks: Sequence[CheckResult],
        kept: Callable[[Config, AuditedTarget], Keeps],
    ) -> None:
        self._policy_branch = policy_branch
        self._policies = policies
        self._states = states
        self._book = collector
        self._releases: dict[str, list[Release]] = {}
        self._replay_facts = rejudge.ReplayFacts(states, checks, self._releases)
        self._kept = kept
        self._plans = PlanCheck(states, collector)
        self.signers: dict[str, str | None] = {}

    def step(self, step: ArrivedCommit, changes: Changes, claims: Claims, config: Config) -> None:
        """Judge what a step changed, application by application, and put the new values into the
        states.
        """
        operations: dict[str, list[RebuiltOperation]] = {}
        behind: list[tuple[LoggedCommit, RebuiltOperation]] = []
        for key, (target, before, after) in changes.items():
            if before is not after:
                self._book.changed()
            rebuilts = self._carried_out(
                step.commit,
                target,
                claims.get(key, ()),
                (before, after),
                config,
                self._last(target),
            )
            for rebuilt in rebuilts:
                operations.setdefault(rebuilt.record.plan or "", []).append(rebuilt)
            if rebuilts:
                continue
            if claims.get(key) and before is after:
                self._idle(step, target, claims[key][-1])
            elif step.side and not claims.get(key):
                behind += self._merged(step, target, before, after, config)
            elif before is not after:
                self._by_hand(step, step.commit, target, before, after, claims, config)
        for rebuilts in _in_order(operations, claims, config):
            self._operation(step, step.commit, rebuilts, config)
        self._behind(step, behind, config)

    def _behind(
        self,
        step: ArrivedCommit,
        behind: Sequence[tuple[LoggedCommit, RebuiltOperation]],
        config: Config,
    ) -> None:
        """Judge what came with a merge in the order of its commits, and no application twice."""
        order = {each.id: place for place, each in enumerate(step.side)}
        judged: set[tuple[str, Key]] = set()
        for commit, one in sorted(behind, key=lambda pair: order[pair[0].id]):
            if (commit.id, one.spot.key) not in judged:
                whole = self._whole(step, commit, one, config)
                judged |= {(commit.id, rebuilt.spot.key) for rebuilt in whole}
                self._operation(step, commit, whole, config)

    def _carried_out(
        self,
        commit: LoggedCommit,
        target: AuditedTarget,
        claimed: Sequence[Record],
        values: tuple[Value, Value],
        config: Config,
        last: Record | None,
    ) -> list[RebuiltOperation]:
        """Return the operations that lead from one value to the other, empty where the claims do
        not.

        ``last`` is the record before them.
        """
        before, after = values
        keeps = self._kept(config, target)

        def chart(record: Record) -> Chart | None:
            return rebuilt_operation.chart_of(
                target, record, commit, config, self._policy_branch, keeps
            )

        return rebuilt_operation.carried_out(target, claimed, before, after, chart, last)

    def _merged(
        self,
        step: ArrivedCommit,
        target: AuditedTarget,
        before: Value,
        after: Value,
        config: Config,
    ) -> list[tuple[LoggedCommit, RebuiltOperation]]:
        """Return the operations behind what a merge brought; note a value that none of them leads
        to.
        """
        from_side = [
            (each, found) for each in step.side if (found := self._claimed_there(each, target))
        ]
        touched = [
            each for each in step.side if any(delta.path == target.file for delta in files(each))
        ]
        value, last = before, self._last(target)
        done: list[tuple[LoggedCommit, RebuiltOperation]] = []
        for commit, claimed in from_side:
            values = (value, _left_by(claimed, value, target))
            rebuilts = self._carried_out(commit, target, claimed, values, config, last)
            done += [(commit, one) for one in rebuilts]
            value, last = (rebuilts[-1].value, rebuilts[-1].record) if rebuilts else (value, last)
        if done and rebuilt_operation.leaves_value(done[-1][1], after):
            return done
        if before is not after:
            commit = touched[-1] if touched and not from_side else step.commit
            self._by_hand(step, commit, target, before, after, {}, config)
        return []

    def _whole(
        self, step: ArrivedCommit, commit: LoggedCommit, made: RebuiltOperation, config: Config
    ) -> list[RebuiltOperation]:
        """Return all applications of an operation, as its plan covers them together, with the one
        that is judged now first.
        """
        rebuilts = [made]
        for record in records(commit):
            if record.plan != made.record.plan or (record.app, record.environment) == made.spot.key:
                continue
            environment = config.environments.get(record.environment)
            app = config.app(record.app)
            if environment is None or app is None:
                continue
            target = AuditedTarget(
                app, environment, made.spot.branch, config.values_file(app, environment)
            )
            chart = rebuilt_operation.chart_of(
                target, record, commit, config, self._policy_branch, self._kept(config, target)
            )
            before = self._before(target, record)
            one = (
                rebuilt_operation.change_of(target, record, before, chart, self._last(target))
                if before
                else None
            )
            rebuilts += [one] if one else []
        return rebuilts

    def _before(self, target: AuditedTarget, record: Record) -> Value | None:
        state = self._states.get(target.app.name, {}).get(target.environment.name)
        return state.value if state else None

    def _last(self, target: AuditedTarget) -> Record | None:
        return self._state(target).recorded

    def _claimed_there(self, commit: LoggedCommit, target: AuditedTarget) -> list[Record]:
        return [
            record for record in records(commit) if (record.app, record.environment) == target.key
        ]

    def _operation(
        self,
        step: ArrivedCommit,
        commit: LoggedCommit,
        made: Sequence[RebuiltOperation],
        config: Config,
    ) -> None:
        """Judge one operation and put what it did into the states."""
        first = made[0]
        record = first.record
        clean = self._book.mark()
        rules = self._rules(step, commit, made, config)
        plan = rebuilt_operation.plan_of(made)
        if record.operation not in KINDS:
            words = f"gitops-ci {__version__} knows no operation {one_line(record.operation)}"
            self._flag("forged", commit, first, words)
        self._plans.judge(commit, made, proposed=commit is not step.commit)
        moment = (max(commit.time, step.before), step.arrived)
        for verdict in rejudge.judge(plan, made, rules, self._replay_facts, moment):
            self._book.verdict(commit, verdict, record)
        self._check_people(step, commit, made)
        for rebuilt in made:
            self._settle(step, rebuilt, clean)

    def _flag(self, kind: str, commit: LoggedCommit, made: RebuiltOperation, message: str) -> None:
        self._book.add(kind, commit, made.spot.key, message)

    def _rules(
        self,
        step: ArrivedCommit,
        commit: LoggedCommit,
        made: Sequence[RebuiltOperation],
        config: Config,
    ) -> Config:
        """Return the policy that an operation is judged by, and say where it chose an old one
        itself.
        """
        record = made[0].record
        if not record.policy:
            return config
        index = self._policies.read_at(record.policy)
        first = made[0]
        if index is None:
            if self._policies.versions and self._policies.versions[0].commit:
                # a squash or a rebase leaves the commit behind; the plan, whose id holds the rules,
                # shows that they were these
                harmless = step.branch == self._policy_branch and rebuilt_operation.fits(made)
                message = (
                    f"Gitops-Policy {one_line(record.policy)[:12]} is not in the history of "
                    f"{self._policy_branch}"
                )
                self._book.add("old-policy", commit, first.spot.key, message, notice=harmless)
            return config
        newest = len(self._policies.versions) - 1
        needed = (
            newest
            if step.branch == self._policy_branch
            else min(newest, self._policies.at_time(step.before))
        )
        read = self._policies.versions[index].config
        for rebuilt in made:
            if index < needed and not same(
                read, self._policies.versions[needed].config, *reversed(rebuilt.spot.key)
            ):
                newer = self._policies.versions[needed].commit[:12]
                message = (
                    f"it was judged by the rules of {one_line(record.policy)[:12]}, which "
                    f"{newer} had replaced"
                )
                self._flag("old-policy", commit, rebuilt, message)
        return self._policies.versions[max(index, needed)].config

    def _check_people(
        self, step: ArrivedCommit, commit: LoggedCommit, made: Sequence[RebuiltOperation]
    ) -> None:
        for rebuilt in made:
            name = rebuilt.spot.environment.name
            if name in self.signers:
                what = f"{rebuilt.record.operation} to {name}"
                self._book.signed(
                    Signed(
                        (commit.id,),
                        self.signers[name],
                        rebuilt.spot.app.name,
                        name,
                        step,
                        one_line(what),
                    )
                )
            elif rebuilt.record.approved_by and rebuilt.spot.environment.approval:
                who = one_line(", ".join(rebuilt.record.approved_by))
                message = (
                    f"approver: unverified ({who}; {name} has no signers, so the publishing "
                    "account alone vouches)"
                )
                self._book.add(
                    "approver-unverified", commit, rebuilt.spot.key, message, notice=True
                )
            if rebuilt.change.chart and rebuilt.record.chart:
                folder = fill(rebuilt.spot.app.path, env=rebuilt.record.source or "")
                wanted = rebuilt_operation.chart_sources(rebuilt, folder)
                self._book.brought(
                    CarriedObjects(commit, rebuilt.record.chart, wanted, *rebuilt.spot.key)
                )

    def _settle(self, step: ArrivedCommit, made: RebuiltOperation, mark: int) -> None:
        """Put what an operation did into the states; an adoption without a fault mends the hand
        edit before it.
        """
        state = self._state(made.spot)
        violated = self._book.violated_since(mark)
        before = state.current.release if state.current else None
        record = made.record
        self._releases.setdefault(made.spot.app.name, []).append(record.release)
        if (
            record.kind.keeps_release
            and not violated
            and not _other_repository(made.spot, made.value)
        ):
            self._book.adopted(made.spot, made.value, record)
        if record.kind.goes_back and before and not before.same_content(made.change.after):
            state.withdraw(Withdrawal(record.commit, record.requested_by, record.reason))
        state.arrive(made.value, step.arrived, record)
        state.note(record)

    def _by_hand(
        self,
        step: ArrivedCommit,
        commit: LoggedCommit,
        target: AuditedTarget,
        before: Value,
        after: Value,
        claims: Claims,
        config: Config,
    ) -> None:
        """Note a change that no operation made, whatever the message says."""
        state = self._state(target)
        who = one_line(commit.author)
        claimed = claims.get(target.key)
        words = _words(target, before, after, who)
        last = state.deployments[-1] if state.deployments else None
        back = before.texts is None and after.texts is not None and after.texts == state.good
        if claimed:
            record = claimed[-1]
            twin = self._plans.carried_out(record)
            kind = "copied" if twin else "forged"
            claim = (
                f"its trailers claim {one_line(record.operation)} of "
                f"{one_line(release_words(record.release))}"
            )
            self._book.add(kind, commit, target.key, f"{claim}, but {words}", remedy="take it back")
            self._plans.note(record)
        elif after is NOTHING:
            self._book.add(
                "removed", commit, target.key, f"{target.file} was removed by {who}", notice=True
            )
        elif _named_again(target, before, after):
            pass  # the values file says the repository of gitops.yaml again
        elif not back and not (before.texts is None and after.empty and not after.problem):
            kind = (
                "missing-trailers"
                if "Gitops-" in commit.message or _looks_made(commit)
                else "hand-edit"
            )
            gates = (
                "" if after.problem else self._gates_for(step, target, before, after, config, who)
            )
            self._book.hand_edit(step, commit, target, after, words, gates, kind)
        state.arrive(after, step.arrived, last.record if back and last else None)

    def _gates_for(
        self,
        step: ArrivedCommit,
        target: AuditedTarget,
        before: Value,
        after: Value,
        config: Config,
        who: str,
    ) -> str:
        if before.release is None or after.release is None or after.empty:
            return ""
        change = Change(
            target.app,
            target.environment,
            target.branch,
            target.file,
            before.release,
            after.release,
            (),
            None,
        )
        return one_line(rejudge.would_hold(change, config, self._replay_facts, step.arrived, who))

    def _idle(self, step: ArrivedCommit, target: AuditedTarget, record: Record) -> None:
        """Note a claim of which the commit does nothing."""
        twin = any(each.commit != record.commit for each in self._plans.carried_out(record))
        message = (
            f"its trailers claim {one_line(record.operation)} of "
            f"{one_line(release_words(record.release))}, and it changes nothing there"
        )
        self._book.add("copied" if twin else "forged", step.commit, target.key, message)

    def _state(self, target: AuditedTarget) -> State:
        return self._states.setdefault(target.app.name, {}).setdefault(
            target.environment.name, State(NOTHING)
        )


def _in_order(
    operations: Mapping[str, list[RebuiltOperation]], claims: Claims, config: Config
) -> list[list[RebuiltOperation]]:
    """Return the operations of a commit as they were carried out: squashes have them in either
    order.
    """
    plans = dict.fromkeys(record.plan or "" for found in claims.values() for record in found)
    ordered = [operations[plan] for plan in plans if plan in operations]
    depths = [len(config.sources_of(rebuilts[0].spot.environment.name)) for rebuilts in ordered]
    return ordered[::-1] if depths and depths[0] > depths[-1] else ordered


def _left_by(claimed: Sequence[Record], before: Value, target: AuditedTarget) -> Value:
    """Return the value that claims lead to, whatever the commit behind a merge really has: the
    merge's value decides.
    """
    value = before
    for record in claimed:
        one = rebuilt_operation.change_of(target, record, value)
        value = one.value if one else value
    return value


def _words(target: AuditedTarget, before: Value, after: Value, who: str) -> str:
    if after.problem:
        return f"{target.file} can't be read since {who} changed it: {one_line(after.problem)}"
    if before is NOTHING:
        return f"{target.file} was added by {who} with {one_line(release_words(after.release))}"
    one, two = release_words(before.release), release_words(after.release)
    if one == two:
        other = _other_repository(target, after)
        if other:
            return (
                f"{who} wrote {one_line(other[1])} as {other[0]} by hand, and gitops.yaml names "
                f"{one_line(other[2])}"
            )
        keys = [
            str(key)
            for key, text in (after.texts or {}).items()
            if (before.texts or {}).get(key) != text
        ]
        return f"{who} changed {', '.join(keys)} of {one_line(two)} by hand"
    return f"{who} wrote {one_line(two)} over {one_line(one)} by hand"


def _named_again(target: AuditedTarget, before: Value, after: Value) -> bool:
    """Tell whether nothing changed but a repository, to the one that the configuration names."""
    if before.texts is None or after.texts is None:
        return False
    changed = {key for key, text in after.texts.items() if before.texts.get(key) != text}
    keys = {
        key for image in target.app.images if image.repositories for key in image.repository_keys
    }
    return changed <= keys and all(after.texts[key] is None for key in changed)


def _other_repository(target: AuditedTarget, value: Value) -> tuple[KeyPath, str, str] | None:
    return (
        other_repository(value.texts, target.app, target.environment.name) if value.texts else None
    )


def _looks_made(commit: LoggedCommit) -> bool:
    """Tell whether a subject is one of an operation."""
    head = commit.message.partition("(")[0]
    return head in KINDS and "):" in commit.message.partition("\n")[0]
