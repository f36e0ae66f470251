"""What a report is made of."""

from collections.abc import Mapping, Sequence

import msgspec

from gitops_ci.model.ledger_views import Audit, DeploymentStatus, HistoryEntry


class EnvironmentColumn(msgspec.Struct, frozen=True):
    """An environment in its place: ``source`` is where its releases come from."""

    name: str
    source: str | None = None


class ReportContent(msgspec.Struct, frozen=True):
    """Everything that a report shows.

    ``generated`` is in seconds since the epoch; ``entries`` by application, newest first; ``limit``
    how many of them a page shows; ``audit`` None when it was left out; ``notes`` say what could not
    be asked.
    """

    repository: str
    policy_branch: str
    policy_commit: str
    generated: int
    lanes: Sequence[EnvironmentColumn]
    standings: Sequence[DeploymentStatus]
    entries: Mapping[str, Sequence[HistoryEntry]]
    audit: Audit | None = None
    limit: int = 100
    version: str = ""
    notes: Sequence[str] = ()
