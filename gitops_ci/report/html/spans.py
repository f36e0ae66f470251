"""Pure: how long each release ran in each environment, from operations, hand edits and what stands
there now.
"""

from collections.abc import Sequence

import msgspec

from gitops_ci.model.ledger_views import DeploymentStatus, Finding, HistoryEntry
from gitops_ci.model.release import Release
from gitops_ci.report.html.content import AppContent

HAND, BEFORE, ADOPTED = "by hand", "before", "adopted"  # besides the operations: how a release came
HAND_EDIT = "hand-edit"  # the kind of an audit's finding


class DeploymentSpan(msgspec.Struct, frozen=True):
    """A release in an environment: ``start`` None when it began earlier than is known, ``end`` None
    when it runs still.

    ``release`` is None where nobody knows it; ``came`` is the operation that brought it, or one of
    the words above.
    """

    environment: str
    release: Release | None
    start: int | None
    end: int | None
    came: str
    entry: HistoryEntry | None = None
    finding: Finding | None = None


_Event = tuple[int, HistoryEntry | None, Finding | None]


def spans(app: AppContent, environment: str) -> list[DeploymentSpan]:
    """Return the spans of one environment, the oldest first."""
    status = app.standings.get(environment)
    events = _events(app, environment)
    if not events:
        return _standing_alone(status)
    deployment_spans = _before(events[0])
    for event, following in zip(events, [*events[1:], None], strict=True):
        if not _ends(event):
            deployment_spans.append(_span(environment, event, following[0] if following else None))
    return _up_to_now(deployment_spans, status) if deployment_spans else _standing_alone(status)


def _events(app: AppContent, environment: str) -> list[_Event]:
    """Return the changes of an environment by time; of one time, in the order of the history."""
    events: list[_Event] = [
        (entry.arrived, entry, None)
        for entry in reversed(app.entries)
        if entry.record.environment == environment and not entry.problem
    ]
    commits = {entry.record.commit for _, entry, _ in events if entry}
    events += [
        (finding.time, None, finding)
        for finding in app.findings
        if finding.kind == HAND_EDIT
        and finding.environment == environment
        and finding.commit not in commits
    ]
    return sorted(events, key=lambda event: event[0])


def _ends(event: _Event) -> bool:
    """Tell whether an event only ends what ran, because the place was retired."""
    _, entry, _ = event
    return entry is not None and entry.record.kind.removes


def _before(event: _Event) -> list[DeploymentSpan]:
    """Return what the first known operation replaced."""
    time, entry, _ = event
    if entry is None or not any(image.deployed for image in entry.record.previous):
        return []
    return [
        DeploymentSpan(entry.record.environment, Release(entry.record.previous), None, time, BEFORE)
    ]


def _span(environment: str, event: _Event, end: int | None) -> DeploymentSpan:
    time, entry, finding = event
    if entry is None:
        return DeploymentSpan(environment, None, time, end, HAND, finding=finding)
    return DeploymentSpan(
        environment, entry.record.release, time, end, entry.record.operation, entry
    )


def _up_to_now(
    deployment_spans: Sequence[DeploymentSpan], status: DeploymentStatus | None
) -> list[DeploymentSpan]:
    """Let the last span end in what stands there now."""
    last = deployment_spans[-1]
    if status is None or status.release is None or not status.drift:
        return list(deployment_spans)
    if last.came == HAND:
        return [*deployment_spans[:-1], msgspec.structs.replace(last, release=status.release)]
    # where nobody knows when, the release before gets no time at all
    since = max(status.since or 0, last.start or 0)
    ended = msgspec.structs.replace(last, end=since if last.end is None else last.end)
    return [
        *deployment_spans[:-1],
        ended,
        DeploymentSpan(status.environment, status.release, since, None, HAND),
    ]


def _standing_alone(status: DeploymentStatus | None) -> list[DeploymentSpan]:
    if (
        status is None
        or status.release is None
        or not any(image.tag for image in status.release.images)
    ):
        return []
    came = HAND if status.drift else status.record.operation if status.record else ADOPTED
    return [DeploymentSpan(status.environment, status.release, status.since, None, came)]
