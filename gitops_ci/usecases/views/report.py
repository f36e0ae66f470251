"""Everything that a report shows, read from the ledger."""

import time
from collections.abc import Sequence

import msgspec

import gitops_ci
from gitops_ci.adapters.git import clean_url
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.ledger_views import Audit, HistoryEntry, Overview
from gitops_ci.model.report_content import EnvironmentColumn, ReportContent
from gitops_ci.usecases import approach
from gitops_ci.usecases.audit import run
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.views.history import HistoryRequest, history_entries
from gitops_ci.usecases.views.status import StatusRequest, deployment_statuses


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
    apps, environments = request.apps, request.environments
    with approach(location, deadline) as repository:
        status_request = StatusRequest(apps, environments, argocd=request.argocd)
        overview = deployment_statuses(repository, location, status_request, deadline)
        history_request = HistoryRequest(apps=apps, environments=environments)
        history = history_entries(repository, location, history_request)
    return ReportContent(
        repository=clean_url(location.url)[0],
        policy_branch=location.branch or "",
        policy_commit=overview.policy_commit,
        generated=int(time.time()),
        lanes=_columns(overview, environments),
        standings=overview.standings,
        entries=_by_app(history.entries),
        audit=_audit(location, request, deadline) if request.audit else None,
        limit=request.limit,
        version=gitops_ci.__version__,
        notes=overview.notes,
    )


def _columns(overview: Overview, environments: Sequence[str]) -> list[EnvironmentColumn]:
    shown = {status.environment for status in overview.standings} | set(environments)
    return [
        EnvironmentColumn(environment.name, environment.source)
        for environment in overview.config.environments.values()
        if not environments or environment.name in shown
    ]


def _by_app(entries: Sequence[HistoryEntry]) -> dict[str, list[HistoryEntry]]:
    apps: dict[str, list[HistoryEntry]] = {}
    for entry in entries:
        apps.setdefault(entry.record.app, []).append(entry)
    return apps


def _audit(location: RepositoryLocation, request: ReportRequest, deadline: Deadline) -> Audit:
    """Return the audit without what it says of other applications."""
    audit = run.audit(location, run.AuditRequest(request.apps, request.environments), deadline)
    findings = tuple(
        finding
        for finding in audit.findings
        if not request.apps or not finding.app or finding.app in request.apps
    )
    return msgspec.structs.replace(audit, findings=findings)
