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
    """What to report: applications and environments (empty: all), changes shown of each, whether to audit, and to ask Argo CD."""

    apps: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    limit: int = 100
    audit: bool = True
    argocd: bool = False


def report_content(place: RepositoryLocation, wish: ReportRequest, deadline: Deadline) -> ReportContent:
    """Return what a report shows; raises GitopsError when the repository can't be read."""
    with approach(place, deadline) as repository:
        overview = deployment_statuses(repository, place, deadline, wish.apps, wish.environments, argocd=wish.argocd)
        history = history_entries(repository, place, HistoryRequest(apps=wish.apps, environments=wish.environments))
    audit = run.audit(place, run.AuditRequest(wish.apps, wish.environments), deadline) if wish.audit else None
    shown = {each.environment for each in overview.standings} | set(wish.environments)
    lanes = [
        EnvironmentColumn(environment.name, environment.source)
        for environment in overview.config.environments.values()
        if not wish.environments or environment.name in shown
    ]
    return ReportContent(
        repository=clean_url(place.url)[0],
        policy_branch=place.branch or "",
        policy_commit=overview.policy_commit,
        generated=int(time.time()),
        lanes=lanes,
        standings=overview.standings,
        entries=_by_app(history.entries),
        audit=_wanted(audit, wish) if audit else None,
        limit=wish.limit,
        version=gitops_ci.__version__,
        notes=overview.notes,
    )


def _by_app(found: Sequence[HistoryEntry]) -> dict[str, list[HistoryEntry]]:
    apps: dict[str, list[HistoryEntry]] = {}
    for entry in found:
        apps.setdefault(entry.record.app, []).append(entry)
    return apps


def _wanted(audit: Audit, wish: ReportRequest) -> Audit:
    """Leave out what is said of other applications."""
    if not wish.apps:
        return audit
    kept = tuple(finding for finding in audit.findings if not finding.app or finding.app in wish.apps)
    return msgspec.structs.replace(audit, findings=kept)
