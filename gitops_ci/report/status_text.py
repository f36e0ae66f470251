"""What runs where: as a table for terminals and pipes, and as Markdown for pull requests."""

from collections.abc import Sequence

from gitops_ci.base.redaction import safe
from gitops_ci.model.check_results import latest
from gitops_ci.model.ledger_views import DeploymentStatus, Overview
from gitops_ci.model.operation import PENDING, Record, Verdict
from gitops_ci.report.formats import live, markdown
from gitops_ci.report.formats.releases import short_digest, tag_of
from gitops_ci.report.formats.terminal import Style, TextCell, table
from gitops_ci.report.formats.times import time_words

_HEADERS = ("app", "environment", "tag", "digest", "since (UTC)", "by", "behind", "state")


def text(overview: Overview) -> str:
    """Return one line for each application and environment, and a summary."""
    statuses = overview.standings
    notes = "".join(f"{safe(note)}\n" for note in overview.notes)
    if not statuses:
        return f"no application\n{notes}"
    headers, rows = list(_HEADERS), [_row(status) for status in statuses]
    if any(status.live for status in statuses):
        headers.insert(-1, "argo cd")
        for row, status in zip(rows, statuses, strict=True):
            row.insert(-1, _live(status))
    return table(headers, rows) + f"\n{safe(summary(overview))}\n{notes}"


def summary(overview: Overview) -> str:
    """Return in one sentence how many drifted, wait, and can move on."""
    statuses = overview.standings
    counts = {
        "with drift": sum(bool(status.drift) for status in statuses),
        "waiting": sum(bool(status.waiting) for status in statuses),
        "ready to be promoted to": sum(map(_ready, statuses)),
    }
    counted = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    apps = len({status.app for status in statuses})
    return (
        f"{apps} application{'' if apps == 1 else 's'}, {len(statuses)} places: "
        f"{counted or 'no drift, nothing waits'}"
    )


def as_markdown(overview: Overview) -> str:
    """Return a matrix, and below it what somebody has to look at."""
    statuses = overview.standings
    environments = list(dict.fromkeys(status.environment for status in statuses))
    at = {(status.app, status.environment): status for status in statuses}
    rows = [
        [markdown.escape(app), *(_square(at.get((app, name))) for name in environments)]
        for app in dict.fromkeys(status.app for status in statuses)
    ]
    matrix = markdown.table(["application", *map(markdown.escape, environments)], rows)
    return f"{matrix}\n{_open_points(statuses)}"


def _row(status: DeploymentStatus) -> list[str | TextCell]:
    return [
        status.app,
        status.environment,
        TextCell(tag_of(status.release), "strong"),
        TextCell(short_digest(status.release), "faint"),
        time_words(status.since),
        people(status.record) if status.record else "",
        str(status.behind) if status.behind else "",
        _state(status),
    ]


def people(record: Record) -> str:
    """Return who asked for an operation, and with a plus each of those who approved it."""
    names = (record.requested_by, *(f"+{name}" for name in record.approved_by))
    return " ".join(filter(None, names))


def _live(status: DeploymentStatus) -> TextCell:
    if status.live is None:
        return TextCell(live.state_text(status))
    return TextCell(live.state_text(status), "good" if live.is_healthy(status.live) else "bad")


def _state(status: DeploymentStatus) -> TextCell:
    if status.drift:
        return TextCell(f"DRIFT: {status.drift}", "bad")
    if status.problem:
        return TextCell(status.problem, "faint")
    failed = [
        f"check {check.name} failed" for check in latest(status.checks).values() if not check.passed
    ]
    lines = [*failed, *map(_wait, status.waiting)]
    if _ready(status):
        lines.append(f"can be promoted from {status.source}")
    if not tag_of(status.release):
        lines.append("nothing deployed")
    if status.adopted:
        lines.append("from before gitops.yaml")
    return TextCell("\n".join(lines), _style(status, bool(failed)))


def _style(status: DeploymentStatus, failed: bool) -> Style:
    if failed or any(verdict.state != PENDING for verdict in status.waiting):
        return "bad"
    return "wait" if status.waiting else "good" if _ready(status) else "faint"


def _wait(verdict: Verdict) -> str:
    until = (
        f", until {verdict.opens_at}"
        if verdict.opens_at and verdict.opens_at not in verdict.reason
        else ""
    )
    return f"{verdict.gate}: {verdict.reason}{until}"


def _ready(status: DeploymentStatus) -> bool:
    """Tell whether the environment before has another release, and nothing keeps it."""
    return bool(status.behind) and not status.waiting and not status.problem


def _square(status: DeploymentStatus | None) -> str:
    if status is None or status.release is None:
        return "**drift**" if status and status.drift else "-"
    parts = [markdown.code(tag_of(status.release)) or "-"]
    if status.drift:
        parts.append("**drift**")
    if status.behind:
        parts.append(f"{status.behind} behind")
    if status.live and not live.is_healthy(status.live):
        parts.append(markdown.escape(live.state_text(status)))
    return " ".join(parts)


def _open_points(statuses: Sequence[DeploymentStatus]) -> str:
    lines = []
    for status in statuses:
        where = f"{markdown.escape(status.app)} in {markdown.escape(status.environment)}"
        if status.drift:
            lines.append(f"- **drift** of {where}: {markdown.escape(status.drift)}\n")
        for verdict in status.waiting:
            lines.append(f"- {where} waits: {markdown.escape(_wait(verdict))}\n")
    return "".join(lines) or "No drift, nothing waits.\n"
