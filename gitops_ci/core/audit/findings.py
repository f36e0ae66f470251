"""Where findings gather, with those that wait for something: an adoption, signatures, a look at
another commit.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.state.environment_states import Value
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key
from gitops_ci.model.commits import LoggedCommit, Signature
from gitops_ci.model.ledger_views import NOTICE, VIOLATION, Finding
from gitops_ci.model.operation import Record, Verdict

POLICY_CHANGE, HAND_EDIT, OVERRIDE, CHART = (
    "policy-change",
    "hand-edit",
    "override",
    "chart-unpromoted",
)
TAG_MOVED, LOST, BEGINNINGS = "tag-moved", "lost", "two-beginnings"


class Signed(msgspec.Struct, frozen=True):
    """Commits that have to be signed by the signers in a file (None: the file does not exist), and
    what for.
    """

    commits: tuple[str, ...]
    signers: str | None
    app: str
    environment: str
    step: ArrivedCommit
    what: str


class CarriedObjects(msgspec.Struct, frozen=True):
    """Objects that have to be at places of another commit, for the chart that an operation took
    along.
    """

    commit: LoggedCommit
    source: str
    wanted: Mapping[str, str | None]
    app: str
    environment: str


class FindingCollector:
    """All findings, in the order in which they were found; ``reported`` tells which branch's
    commits are asked for.
    """

    def __init__(self, reported: Callable[[str, str], bool]) -> None:
        self.signatures: list[Signed] = []
        self.charts: list[CarriedObjects] = []
        self.commits = 0
        self.changes = 0
        self._reported = reported
        self._counts = False
        self._findings: list[tuple[Finding, bool]] = []
        self._open: dict[Key, list[tuple[int, Value]]] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what was found in the commits that were asked for."""
        return tuple(finding for finding, reported in self._findings if reported)

    def turn_to(self, step: ArrivedCommit) -> None:
        """Begin with a commit: what is found now is found there."""
        self._counts = self._reported(step.branch, step.commit.id)
        self.commits += self._counts

    def changed(self) -> None:
        """Count a change of a managed value."""
        self.changes += self._counts

    def mark(self) -> int:
        """Return a mark for `violated_since`."""
        return len(self._findings)

    def violated_since(self, mark: int) -> bool:
        """Tell whether a violation was found since a mark."""
        return any(finding.severity == VIOLATION for finding, _ in self._findings[mark:])

    def add(
        self,
        kind: str,
        commit: LoggedCommit,
        key: Key,
        message: str,
        *,
        notice: bool = False,
        remedy: str = "",
    ) -> None:
        """Note a finding of one commit; what comes from outside in the message is one line
        already.
        """
        severity = NOTICE if notice else VIOLATION
        self._findings.append(
            (Finding(severity, kind, commit.id, commit.time, *key, message, remedy), self._counts)
        )

    def policy(self, step: ArrivedCommit, environment: str, words: str) -> None:
        """Note a change of the rules."""
        self.add(POLICY_CHANGE, step.commit, ("", environment), words, notice=True)

    def chart(self, step: ArrivedCommit, app: str, environments: str) -> None:
        """Note a chart that reached environments unpromoted."""
        message = (
            f"the chart of {app} changed on {step.branch}: that reached {environments} without "
            "a promotion"
        )
        self.add(CHART, step.commit, (app, environments), message, notice=True)

    def hand_edit(
        self,
        step: ArrivedCommit,
        commit: LoggedCommit,
        target: AuditedTarget,
        value: Value,
        words: str,
        gates: str,
        kind: str = HAND_EDIT,
    ) -> None:
        """Note a value that no operation wrote; it waits for an adoption."""
        remedy = (
            f"take it back, or record it: gitops-ci adopt {target.app.name} --env "
            f"{target.environment.name} --reason TEXT"
        )
        self._open.setdefault(target.key, []).append((self.mark(), value))
        self.add(kind, commit, target.key, f"{words}{'; ' if gates else ''}{gates}", remedy=remedy)

    def adopted(self, target: AuditedTarget, value: Value, record: Record) -> None:
        """Turn the hand edit that an adoption recorded into a notice."""
        for index, written in self._open.pop(target.key, []):
            if _tags(written) == _tags(value):
                finding, reported = self._findings[index]
                by = (
                    f"commit {record.commit[:12]}, {one_line(record.requested_by or 'nobody')}: "
                    f"{one_line(record.reason or '')}"
                )
                told = replace(
                    finding,
                    severity=NOTICE,
                    message=f"{finding.message}; adopted later ({by})",
                    remedy="",
                )
                self._findings[index] = (told, reported)

    def verdict(self, commit: LoggedCommit, verdict: Verdict, record: Record) -> None:
        """Note what a gate says now."""
        key = (verdict.app, verdict.environment)
        if verdict.state == "overridden":
            who = one_line(record.requested_by or "nobody")
            self.add(
                OVERRIDE,
                commit,
                key,
                f"{verdict.gate} was overridden by {who}: {one_line(verdict.reason)}",
                notice=True,
            )
        elif verdict.state != "passed":
            self.add(
                "gate", commit, key, f"{verdict.gate} did not hold: {one_line(verdict.reason)}"
            )

    def signed(self, signed: Signed) -> None:
        """Ask for signatures."""
        if self._counts:
            self.signatures.append(signed)

    def brought(self, chart: CarriedObjects) -> None:
        """Ask whether a chart is what its commit has."""
        if self._counts:
            self.charts.append(chart)

    def settle_chart(self, chart: CarriedObjects, found: Mapping[str, str | None]) -> None:
        """Note a chart that does not come from where the trailers say."""
        self._counts = True
        other = sorted(path for path, oid in chart.wanted.items() if found.get(path) != oid)
        if other:
            message = (
                f"{one_line(', '.join(other[:5]))} of its chart is not what commit "
                f"{one_line(chart.source)[:12]} has"
            )
            self.add("forged", chart.commit, (chart.app, chart.environment), message)

    def settle(
        self, signed: Signed, found: Mapping[str, Signature], at: Mapping[str, LoggedCommit]
    ) -> None:
        """Note which of the commits are not signed as they have to be."""
        self._counts = True
        for commit in signed.commits:
            signature = found.get(commit) or Signature("wrong", "its signature can't be verified")
            if signed.signers is None:
                signature = Signature("wrong", "the file of the signers does not exist")
            if signature.state != "good":
                kind = "unsigned" if signature.state == "unsigned" else "wrong-signer"
                words = f"{signed.what}, and {signature.words}"
                self.add(
                    kind,
                    at.get(commit) or signed.step.commit,
                    (signed.app, signed.environment),
                    words,
                    remedy=f"commits that change {signed.environment} are signed by those in its "
                    "signers file",
                )


def _tags(value: Value) -> list[str] | None:
    return [image.tag for image in value.release.images] if value.release else None
