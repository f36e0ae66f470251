"""The parts of a report, and where each of them stands in the folder."""

import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec

from gitops_ci.model.ledger_views import DeploymentStatus, Finding, HistoryEntry
from gitops_ci.model.operation import OVERRIDDEN, PASSED, Verdict
from gitops_ci.model.report_content import ReportContent

_SAFE = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
# names that Windows keeps for itself
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class AppContent(msgspec.Struct, frozen=True):
    """The part of a report that is about one application."""

    name: str
    standings: Mapping[str, DeploymentStatus]
    entries: Sequence[HistoryEntry]
    findings: Sequence[Finding]


def applications(content: ReportContent) -> list[AppContent]:
    """Return the applications by name, those known to the history or the audit alone too."""
    standings: dict[str, dict[str, DeploymentStatus]] = {}
    findings: dict[str, list[Finding]] = {}
    for status in content.standings:
        standings.setdefault(status.app, {})[status.environment] = status
    for finding in content.audit.findings if content.audit else ():
        if finding.app:
            findings.setdefault(finding.app, []).append(finding)
    names = sorted(
        {*standings, *content.entries, *findings}, key=lambda name: (name.casefold(), name)
    )
    return [
        AppContent(
            name, standings.get(name, {}), content.entries.get(name, ()), findings.get(name, ())
        )
        for name in names
    ]


def waiting(status: DeploymentStatus) -> list[Verdict]:
    """Return the verdicts that keep a promotion from happening now."""
    return [verdict for verdict in status.waiting if verdict.state not in {PASSED, OVERRIDDEN}]


def slug(name: str) -> str:
    """Return a file name for an application: unique where upper and lower case are the same, and
    allowed everywhere.
    """
    if _SAFE.fullmatch(name) and not _RESERVED.fullmatch(name) and not name.endswith("."):
        return name
    plain = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:60] or "app"
    return f"{plain}~{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
