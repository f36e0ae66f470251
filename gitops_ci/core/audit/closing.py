"""Ends an audit: what was acknowledged becomes a notice, and the rest says how it can be closed."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit import remedies
from gitops_ci.core.audit.findings import Found
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.release_values import other_repository
from gitops_ci.model.acknowledgement import Acknowledgement, FindingName
from gitops_ci.model.config import Config
from gitops_ci.model.ledger_views import NOTICE, VIOLATION, Finding


def stands(found: Found, states: States) -> bool:
    """Tell whether what somebody wrote without an operation is still there."""
    target, value = found.target, found.value
    state = states.get(target.key) if target else None
    if target is None or value is None or state is None:
        return False
    repositories = (
        other_repository(each.texts or {}, target.app, target.environment.name)
        for each in (value, state.value)
    )
    if all(repositories):
        return True
    by_hand = state.operation in {None, found.finding.commit}
    return by_hand and state.value.reads_like(value)


class Closing(msgspec.Struct, frozen=True):
    """Closes what was found, under the policy in force at the end."""

    found: list[Found]
    states: States
    config: Config

    def unknown(self, acknowledged: Iterable[FindingName]) -> list[FindingName]:
        """Return the names of which there is no violation."""
        names = {each.finding.name for each in filter(_is_open, self.found)}
        return [name for name in acknowledged if name not in names]

    def close(self, acknowledged: Mapping[FindingName, Acknowledgement]) -> None:
        """Turn acknowledged violations into notices, and say of the others what can be done.

        What a commit acknowledges that violates something itself does not count.
        """
        wrong = {each.finding.commit for each in filter(_is_open, self.found)}
        for found in filter(_is_open, self.found):
            made = acknowledged.get(found.finding.name)
            if made and made.commit not in wrong:
                found.finding = _acknowledged(found.finding, made)
            else:
                found.finding = self._with_remedy(found)

    def _with_remedy(self, found: Found) -> Finding:
        finding = found.finding
        if stands(found, self.states):
            return replace(finding, stands=True)
        close = remedies.acknowledge(finding.name, self.config)
        if found.target or not finding.remedy:
            return replace(finding, remedy=f"it is past; close it: {close}")
        return replace(finding, remedy=f"{finding.remedy}; then close this one: {close}")


def _is_open(found: Found) -> bool:
    return found.finding.severity == VIOLATION


def _acknowledged(finding: Finding, acknowledgement: Acknowledgement) -> Finding:
    who = one_line(", ".join(acknowledgement.requesters) or "nobody")
    approved = one_line(" and ".join(acknowledgement.approved_by))
    by = f"{who}, approved by {approved}" if approved else who
    message = (
        f"{finding.message}; acknowledged by {by} (commit {acknowledgement.commit[:12]}): "
        f"{one_line(acknowledgement.reason)}"
    )
    return replace(finding, severity=NOTICE, message=message, remedy="")
