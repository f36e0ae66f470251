"""Judges what is acknowledged: each line of the tracked file against the record that has to make
it, by the rules of its time.
"""

from collections.abc import Mapping

import msgspec

from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.core import acknowledgement, plan_id
from gitops_ci.core.audit.closing import stands
from gitops_ci.core.audit.findings import FindingCollector, RequiredSignatures, makers
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, change_of_file
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.audit.state.policies import Policies
from gitops_ci.core.audit.words import who
from gitops_ci.model.acknowledgement import FILE, Acknowledgement, FindingName, read_name
from gitops_ci.model.commits import REGULAR, Delta, LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.operation import PASSED, Actor

KIND = "acknowledgement"
_BY_HAND = (
    "take the line out, and use: gitops-ci audit acknowledge FINDING --reason TEXT "
    "--requested-by NAME --approved-by NAME"
)


class _Claimed(msgspec.Struct, frozen=True):
    """A line that came with a step, and the commit that claims to have made it."""

    step: ArrivedCommit
    commit: LoggedCommit
    name: FindingName
    acknowledgement: Acknowledgement


class Acknowledgements:
    """``in_force`` are those whose lines stand in the file and whose records hold, by finding;
    ``plans`` the newest plan that was made of each.
    """

    def __init__(
        self,
        replay_input: ReplayInput,
        policies: Policies,
        states: States,
        collector: FindingCollector,
    ) -> None:
        self.in_force: dict[FindingName, Acknowledgement] = {}
        self.plans: dict[str, str] = {}
        self._input = replay_input
        self._policies = policies
        self._states = states
        self._collector = collector
        self._lines: dict[str, str] = {}
        self._commits: dict[str, tuple[LoggedCommit, bool]] = {}

    def step(self, step: ArrivedCommit, config: Config | None) -> None:
        """Take a step; ``config`` are the rules before it, None where nothing is judged yet."""
        for commit in (*step.side, step.commit):
            self._commits[commit.id] = (commit, self._collector.reporting)
        delta = change_of_file(step.commit, FILE)
        if step.branch != self._input.policy_branch or config is None:
            return
        if delta:
            self._apply(step, delta, config)
            return
        for claim in acknowledgement.claims(step.commit):
            self._add(step.commit, "it claims to acknowledge something, and adds no line", claim)

    def note_unknown(self, name: FindingName) -> None:
        """Note that what was acknowledged is no violation of this history."""
        made = self.in_force[name]
        commit, reported = self._commits[made.commit]
        self._collector.reporting = reported
        self._add(commit, "there is no such violation", made)

    def _apply(self, step: ArrivedCommit, delta: Delta, config: Config) -> None:
        before = self._lines
        try:
            after = self._read(delta.mode, delta.after)
        except GitopsError as error:
            self._add(step.commit, f"{error.message}: nothing counts as acknowledged")
            after = {}
        self._lines = after
        for finding in before.keys() - after.keys():
            self._take_out(step.commit, finding)
        for finding, reason in after.items():
            if before.get(finding) != reason:
                self._add_line(step, finding, reason, config)

    def _read(self, mode: str, oid: str | None) -> dict[str, str]:
        if oid is None:
            return {}
        content = self._input.content(oid) if mode in REGULAR else None
        if content is None:
            raise GitopsError(f"{FILE} can't be read", remedy=f"restore {FILE}")
        return acknowledgement.read_lines(content)

    def _take_out(self, commit: LoggedCommit, finding: str) -> None:
        name = read_name(finding)
        if name and self.in_force.pop(name, None):
            message = f"{who(commit)} took back that {one_line(name.short)} was acknowledged"
            self._collector.add_notice(KIND, commit, (name.app, name.environment), message)

    def _add_line(self, step: ArrivedCommit, finding: str, reason: str, config: Config) -> None:
        name = read_name(finding)
        claimed = self._claimed(step, finding, reason)
        if name is None or claimed is None:
            commit = _writer(step)
            words = f"{who(commit)} wrote a line into {FILE} by hand"
            self._add(commit, words, Acknowledgement(commit.id, finding, reason))
            if name:
                self.in_force.pop(name, None)
            return
        commit, made = claimed
        problem = self._problem(_Claimed(step, commit, name, made), config)
        self.plans[finding] = made.plan or ""
        if problem:
            self.in_force.pop(name, None)
            self._add(commit, problem, made)
            return
        self.in_force[name] = made
        self._require_signatures(_Claimed(step, commit, name, made), config)

    def _claimed(
        self, step: ArrivedCommit, finding: str, reason: str
    ) -> tuple[LoggedCommit, Acknowledgement] | None:
        """Return the newest record of a line that its commit's own change makes."""
        for commit in (step.commit, *reversed(step.side)):
            for made in acknowledgement.claims(commit):
                said = (made.finding, made.reason) == (finding, reason)
                if said and self._adds(commit, finding, reason):
                    return commit, made
        return None

    def _adds(self, commit: LoggedCommit, finding: str, reason: str) -> bool:
        delta = change_of_file(commit, FILE)
        if delta is None:
            return False
        try:
            before = self._read(delta.mode_before, delta.before)
            after = self._read(delta.mode, delta.after)
        except GitopsError:
            return False
        return before.get(finding) != reason == after.get(finding)

    def _problem(self, claimed: _Claimed, config: Config) -> str:
        """Return why a record does not close what it names, '' where it does."""
        name, made = claimed.name, claimed.acknowledgement
        violating = self._commits.get(name.commit)
        if violating is None:
            return "it names a commit that was not there"
        prior = self.plans.get(made.finding)
        plan = acknowledgement.plan_of(name, made.reason, config, prior)
        if made.plan is None or not plan_id.approves(made.plan, plan):
            return "its Gitops-Plan is not the plan of this acknowledgement"
        if any(
            stands(found, self._states)
            for found in self._collector.all
            if found.finding.name == name
        ):
            return "what was written there still stands: it is taken back or adopted first"
        actor = Actor(made.requesters, made.approved_by, reason=made.reason)
        verdicts = acknowledgement.judge(name, plan, config, actor, makers(violating[0]))
        refused = [one_line(each.reason) for each in verdicts if each.state != PASSED]
        return f"approval did not hold: {'; '.join(refused)}" if refused else ""

    def _require_signatures(self, claimed: _Claimed, config: Config) -> None:
        for environment in claimed.name.environments_in(config):
            signers: Mapping[str, str | None] = self._policies.signers
            if environment.name in signers:
                self._collector.require_signatures(
                    RequiredSignatures(
                        (claimed.commit.id,),
                        signers[environment.name],
                        (claimed.name.app, environment.name),
                        claimed.step,
                        f"{one_line(claimed.name.short)} was acknowledged",
                    )
                )

    def _add(self, commit: LoggedCommit, words: str, made: Acknowledgement | None = None) -> None:
        name = read_name(made.finding) if made else None
        key = (name.app, name.environment) if name else ("", "")
        what = f"{one_line(name.short)} is not acknowledged: " if name else ""
        by = "" if who(commit) in words else f" ({who(commit)})"
        self._collector.add_violation(KIND, commit, key, f"{what}{words}{by}", _BY_HAND)


def _writer(step: ArrivedCommit) -> LoggedCommit:
    """Return the commit that changed the file: of a merge the newest that it brought."""
    touching = [commit for commit in step.side if change_of_file(commit, FILE)]
    return touching[-1] if touching else step.commit
