"""Collects findings, with those that wait for something: an adoption, signatures, a look at another
commit.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit import remedies, words
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.state.environment_states import NOTHING, Value
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key
from gitops_ci.model.commits import LoggedCommit, Signature
from gitops_ci.model.ledger_views import NOTICE, VIOLATION, Finding
from gitops_ci.model.operation import Record, Verdict
from gitops_ci.model.release import Release

POLICY_CHANGE, HAND_EDIT, OVERRIDE, CHART = (
    "policy-change",
    "hand-edit",
    "override",
    "chart-unpromoted",
)
WEAKENED = "policy-weakened"
TAG_MOVED, LOST, BEGINNINGS = "tag-moved", "lost", "two-beginnings"
REWRITTEN = "rewritten"
BESIDE, STALE_DIGEST, NAMELESS = "beside-operation", "stale-digest", "nameless-folder"
ARGO_CD, ARGO_CD_OVERRIDE = "argocd-changed", "argocd-override"
ADDED, REMOVED = "added", "removed"
TAKEN_BACK = "taken-back"
_NO_FILE = Signature("wrong", "the file of the signers does not exist")
_UNVERIFIED = Signature("wrong", "its signature can't be verified")


class RequiredSignatures(msgspec.Struct, frozen=True):
    """Commits that have to be signed by the signers in a file, and what for.

    ``signers`` is the file's object id, None where it does not exist; ``reported``: what is wrong
    with them is asked for.
    """

    commits: tuple[str, ...]
    signers: str | None
    key: Key
    step: ArrivedCommit
    what: str
    reported: bool = True


class RequiredChart(msgspec.Struct, frozen=True):
    """Object ids by path that the commit ``source`` has to have, for a chart that came from it."""

    commit: LoggedCommit
    source: str
    expected: Mapping[str, str | None]
    key: Key
    reported: bool = True


class Found(msgspec.Struct):
    """A finding, and whether it is asked for.

    ``target`` and ``value`` are where and what somebody wrote without an operation.
    """

    finding: Finding
    reported: bool
    target: AuditedTarget | None = None
    value: Value | None = None


class FindingCollector:
    """All findings, in the order in which they came.

    ``reported`` tells of a branch and a commit whether findings there are asked for. What is found
    elsewhere is kept too, because an adoption may refer to it; of signatures and charts that of
    ``acknowledged`` commits alone.
    """

    def __init__(
        self,
        reported: Callable[[str, str], bool],
        acknowledged: frozenset[str] = frozenset(),
    ) -> None:
        self.all: list[Found] = []
        self._acknowledged = acknowledged
        self.required_signatures: list[RequiredSignatures] = []
        self.required_charts: list[RequiredChart] = []
        self.commits = 0
        self.changes = 0
        self._is_reported = reported
        self._reported = False
        self._weakenings: dict[str, list[int]] = {}  # by commit
        self._unreadable_policies: list[int] = []
        self._waiting: dict[Key, list[tuple[int, Release | None]]] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what was found in the commits that were asked for."""
        return tuple(found.finding for found in self.all if found.reported)

    def enter(self, step: ArrivedCommit) -> None:
        """Begin with a commit: what is added from now on was found there."""
        self.look_back(step)
        self.commits += self._reported

    def look_back(self, step: ArrivedCommit) -> None:
        """Take a commit that was counted already for that in which the next findings are."""
        self._reported = self._is_reported(step.branch, step.commit.id)

    @property
    def reporting(self) -> bool:
        """Tell whether what is found in the commit that was entered is asked for."""
        return self._reported

    @reporting.setter
    def reporting(self, asked_for: bool) -> None:
        self._reported = asked_for

    def count_change(self) -> None:
        """Count a change of a managed value."""
        self.changes += self._reported

    def checkpoint(self) -> int:
        """Return a position for `violated_since`."""
        return len(self.all)

    def violated_since(self, checkpoint: int) -> bool:
        return any(found.finding.severity == VIOLATION for found in self.all[checkpoint:])

    def add_violation(
        self,
        kind: str,
        commit: LoggedCommit,
        key: Key,
        message: str,
        remedy: str = "",
        at_push: str = "",
    ) -> None:
        """Add a violation; what comes from outside in the message is one line already."""
        pushed = at_push or remedy or remedies.MEND
        finding = Finding(VIOLATION, kind, commit.id, commit.time, *key, message, remedy, pushed)
        self._add(replace(finding, by=makers(commit)))

    def add_notice(self, kind: str, commit: LoggedCommit, key: Key, message: str) -> None:
        """Add a notice; what comes from outside in the message is one line already."""
        finding = Finding(NOTICE, kind, commit.id, commit.time, *key, message)
        self._add(replace(finding, by=makers(commit)))

    def _add(self, finding: Finding) -> None:
        self.all.append(Found(finding, self._reported))

    def add_policy_change(self, step: ArrivedCommit, environment: str, message: str) -> None:
        self.add_notice(POLICY_CHANGE, step.commit, ("", environment), message)

    def add_unreadable_policy(self, step: ArrivedCommit, message: str) -> None:
        """Add that the rules are gone: a violation until there are some again."""
        self._unreadable_policies.append(len(self.all))
        remedy = remedies.RESTORE_RULES
        self.add_violation(POLICY_CHANGE, step.commit, ("", ""), message, remedy)

    def settle_policy(self) -> None:
        """Turn rules that were gone for a while into notices."""
        for index in self._unreadable_policies:
            finding = self.all[index].finding
            self.all[index].finding = replace(finding, severity=NOTICE, remedy="")
        self._unreadable_policies.clear()

    def add_weakening(self, step: ArrivedCommit, environment: str, message: str) -> None:
        """Add that rules ask for less; it is a violation once it turns out that signers whose rules
        they are did not sign it.
        """
        self._weakenings.setdefault(step.commit.id, []).append(len(self.all))
        self.add_notice(WEAKENED, step.commit, ("", environment), message)

    def _condemn_weakenings(self, required: RequiredSignatures, problem: str) -> None:
        app, environment = required.key
        for index in self._weakenings.get(required.step.commit.id, ()):
            finding = self.all[index].finding
            if finding.severity == NOTICE and not app and finding.environment in {"", environment}:
                self.all[index].finding = replace(
                    finding,
                    severity=VIOLATION,
                    message=f"{finding.message}; {problem}",
                    remedy=remedies.RESTORE_RULES,
                    at_push=remedies.RESTORE_RULES,
                )

    def add_hand_edit(
        self,
        commit: LoggedCommit,
        target: AuditedTarget,
        value: Value,
        message: str,
        kind: str = HAND_EDIT,
    ) -> None:
        """Add a value that no operation wrote; it waits for an adoption."""
        self._waiting.setdefault(target.key, []).append((len(self.all), value.release))
        self.add_written(commit, target, value, message, kind)

    def add_written(
        self, commit: LoggedCommit, target: AuditedTarget, value: Value, message: str, kind: str
    ) -> None:
        """Add a value that nobody was allowed to write."""
        remedy = remedies.record_it(target)
        self.add_violation(kind, commit, target.key, message, remedy, remedies.OPERATE)
        self.all[-1].target, self.all[-1].value = target, value

    def add_removal(
        self, commit: LoggedCommit, target: AuditedTarget, left: Release, message: str
    ) -> None:
        """Add a place that is gone, with the release that was left there; it waits for an
        operation.
        """
        put_back, retire = remedies.retire_it(target)
        self._waiting.setdefault(target.key, []).append((len(self.all), left))
        self.add_violation(REMOVED, commit, target.key, message, put_back, retire)
        self.all[-1].target, self.all[-1].value = target, NOTHING

    def settle_move(self, target: AuditedTarget, gone: ArrivedCommit, step: ArrivedCommit) -> None:
        """Turn that a place was gone with a step into a notice: another one put its value where
        gitops.yaml names it now.
        """
        commits = {commit.id for commit in (*gone.side, gone.commit)}
        for index, _ in self._waiting.get(target.key, []):
            found = self.all[index]
            if found.finding.commit in commits and found.value == NOTHING:
                where = f"its value is in {target.file} since commit {step.commit.id[:12]}"
                message = f"{found.finding.message}; {where}"
                found.finding = replace(found.finding, severity=NOTICE, message=message, remedy="")

    def settle(self, target: AuditedTarget, release: Release | None, record: Record) -> None:
        """Turn what waits for an operation on this release into notices."""
        requester = one_line(record.requested_by or "nobody")
        how = "retired" if record.kind.removes else "adopted"
        operation = f"commit {record.commit[:12]}, {requester}: {one_line(record.reason or '')}"
        for index, left in self._waiting.pop(target.key, []):
            finding = self.all[index].finding
            another_kind = record.kind.removes and finding.kind != REMOVED
            if another_kind or _tags(left) != _tags(release):
                continue
            message = f"{finding.message}; {how} later ({operation})"
            self.all[index].finding = replace(finding, severity=NOTICE, message=message, remedy="")

    def add_verdict(self, commit: LoggedCommit, verdict: Verdict, record: Record) -> None:
        """Add what a gate says now, if it did not pass."""
        key = (verdict.app, verdict.environment)
        reason = one_line(verdict.reason)
        if verdict.state == "overridden":
            asked = one_line(record.requested_by or "nobody")
            message = f"{verdict.gate} was overridden by {asked}: {reason}"
            self.add_notice(OVERRIDE, commit, key, message)
        elif verdict.state != "passed":
            message = words.sentence(
                f"{verdict.gate} did not hold: {reason}",
                f"{words.who(commit)} committed {words.operation(record)}",
                words.could_open(verdict),
            )
            self.add_violation("gate", commit, key, message, at_push=remedies.OPERATE)

    def require_signatures(self, required: RequiredSignatures) -> None:
        """Have signatures verified when the replay is over."""
        if self._reported or not self._acknowledged.isdisjoint(required.commits):
            self.required_signatures.append(replace(required, reported=self._reported))

    def require_chart(self, required: RequiredChart) -> None:
        """Have a chart compared with its commit when the replay is over."""
        if self._reported or required.commit.id in self._acknowledged:
            self.required_charts.append(replace(required, reported=self._reported))

    def add_chart_findings(self, required: RequiredChart, oids: Mapping[str, str | None]) -> None:
        """Note a chart that does not come from where the trailers say; ``oids`` are those there."""
        self._reported = required.reported
        other = sorted(path for path, oid in required.expected.items() if oids.get(path) != oid)
        if other:
            message = (
                f"{one_line(', '.join(other[:5]))} of its chart is not what commit "
                f"{one_line(required.source)[:12]} has"
            )
            self.add_violation("forged", required.commit, required.key, message)

    def add_signature_findings(
        self,
        required: RequiredSignatures,
        signatures: Mapping[str, Signature],
        commits: Mapping[str, LoggedCommit],
    ) -> None:
        """Note the commits that are not signed as they have to be; both mappings are by id."""
        self._reported = required.reported
        _, environment = required.key
        for name in required.commits:
            signature = _NO_FILE
            if required.signers is not None:
                signature = signatures.get(name) or _UNVERIFIED
            if signature.state == "good":
                continue
            self._condemn_weakenings(required, f"none of the signers of {environment} signed it")
            self.add_violation(
                "unsigned" if signature.state == "unsigned" else "wrong-signer",
                commits.get(name) or required.step.commit,
                required.key,
                f"{required.what}, and {signature.words}",
                f"commits that change {environment} are signed by those in its signers file",
            )


def makers(commit: LoggedCommit) -> tuple[str, ...]:
    """Return author and committer of a commit, once where they are one."""
    return tuple(dict.fromkeys((commit.author, commit.committer)))


def _tags(release: Release | None) -> list[str] | None:
    return [image.tag for image in release.images] if release else None
