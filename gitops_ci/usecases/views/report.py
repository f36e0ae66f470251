"""The account of a repository: everything that a report shows, read from the ledger."""

import time
from collections.abc import Sequence

import msgspec

import gitops_ci
from gitops_ci.adapters.git import clean_url
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.ledger_views import Audit, HistoryEntry
from gitops_ci.model.report_content import EnvironmentColumn, ReportContent
from gitops_ci.usecases import approach
from gitops_ci.usecases.audit import run
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.views.history import HistoryRequest, history_entries
from gitops_ci.usecases.views.status import deployment_statuses


class ReportRequest(msgspec.Struct, frozen=True):
    """What to report: applications and environments (empty: all), changes shown of each, whether to
    audit, and to ask Argo CD.
    """

    apps: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    limit: int = 100
    audit: bool = True
    argocd: bool = False


def report_content(
    location: RepositoryLocation, request: ReportRequest, deadline: Deadline
) -> ReportContent:
    """Return what a report shows; raises GitopsError when the repository can't be read."""
    with approach(location, deadline) as repository:
        overview = deployment_statuses(
            repository,
            location,
            deadline,
            request.apps,
            request.environments,
            argocd=request.argocd,
        )
        history = history_entries(
            repository,
            location,
            HistoryRequest(apps=request.apps, environments=request.environments),
        )
    audit = (
        run.audit(location, run.AuditRequest(request.apps, request.environments), deadline)
        if request.audit
        else None
    )
    shown = {status.environment for status in overview.standings} | set(request.environments)
    lanes = [
        EnvironmentColumn(environment.name, environment.source)
        for environment in overview.config.environments.values()
        if not request.environments or environment.name in shown
    ]
    return ReportContent(
        repository=clean_url(location.url)[0],
        policy_branch=location.branch or "",
        policy_commit=overview.policy_commit,
        generated=int(time.time()),
        lanes=lanes,
        standings=overview.standings,
        entries=_by_app(history.entries),
        audit=_wanted(audit, request) if audit else None,
        limit=request.limit,
        version=gitops_ci.__version__,
        notes=overview.notes,
    )


def _by_app(found: Sequence[HistoryEntry]) -> dict[str, list[HistoryEntry]]:
    apps: dict[str, list[HistoryEntry]] = {}
    for entry in found:
        apps.setdefault(entry.record.app, []).append(entry)
    return apps


def _wanted(audit: Audit, request: ReportRequest) -> Audit:
    """Leave out what is said of other applications."""
    if not request.apps:
        return audit
    findings = tuple(
        finding for finding in audit.findings if not finding.app or finding.app in request.apps
    )
    return msgspec.structs.replace(audit, findings=findings)
