"""Pure: what an application's cell says of one environment."""

from collections.abc import Iterator

from gitops_ci.model.ledger_views import DeploymentStatus
from gitops_ci.model.release import Release
from gitops_ci.model.report_content import EnvironmentColumn
from gitops_ci.report.formats.live import is_healthy, state_text
from gitops_ci.report.html.content import waiting
from gitops_ci.report.html.markup import Markup, element, join
from gitops_ci.report.html.words import badge, length, short, tags


def running(status: DeploymentStatus | None, column: EnvironmentColumn, now: int) -> Markup:
    """Return what a cell says: the release, since when and by whom, and what is wrong with it."""
    if status is None or (status.release is None and not status.drift):
        return element("span", "not here", class_="none")
    marks = [*_state_marks(status, column), *_gate_marks(status)]
    markup = element("span", join(*marks, between=" "), class_="marks") if marks else None
    if status.release is None or not tags(status.release):
        nothing = "nothing" if status.drift else "nothing yet"
        return join(element("span", nothing, class_="none"), markup)
    return join(
        element("span", tags(status.release), class_="tag"),
        _digests(status.release),
        _since(status, now),
        markup,
    )


def _digests(release: Release) -> Markup | None:
    digests = dict.fromkeys(short(image.digest) for image in release.images if image.digest)
    if not digests:
        return None
    return join(" ", element("code", ", ".join(digests), class_="digest"))


def _since(status: DeploymentStatus, now: int) -> Markup:
    parts = []
    if status.since is not None:
        parts.append(f"{length(now - status.since)} ago")
    if status.record and status.record.requested_by and not status.drift:
        parts.append(f"by {status.record.requested_by}")
    return element("span", join(*parts, between=" "), class_="since")


def _state_marks(status: DeploymentStatus, column: EnvironmentColumn) -> Iterator[Markup]:
    if status.drift:
        unreadable = status.drift == status.problem
        yield badge("bad", "unreadable") if unreadable else badge("warn", "drift")
    if status.live and not is_healthy(status.live):
        yield badge("bad", state_text(status))
    if status.adopted:
        yield badge("plain", "adopted")
    if status.behind:
        yield badge("plain", f"{status.behind:,} behind {column.source or ''}".strip())


def _gate_marks(status: DeploymentStatus) -> Iterator[Markup]:
    gates = dict.fromkeys(verdict.gate for verdict in waiting(status))
    if gates:
        yield badge("wait", f"waits for {', '.join(gates)}")
    failed = dict.fromkeys(check.name for check in status.checks if not check.passed)
    if failed:
        yield badge("bad", f"failed: {', '.join(failed)}")
