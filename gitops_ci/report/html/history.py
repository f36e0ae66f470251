"""Pure: the history of an application as a table; it says what the timeline shows, and more."""

from collections.abc import Mapping, Sequence

from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.ledger_views import HistoryEntry
from gitops_ci.model.operation import OVERRIDDEN, PASSED
from gitops_ci.model.release import Release
from gitops_ci.model.report_content import ReportContent
from gitops_ci.report.html.content import AppContent
from gitops_ci.report.html.markup import Markup, element, join, link
from gitops_ci.report.html.page import row, section, table
from gitops_ci.report.html.spans import BEFORE, HAND, DeploymentSpan
from gitops_ci.report.html.words import NONE, badge, counted, length, short, tags, when

COLUMNS = (
    "When",
    "Environment",
    "Operation",
    "Release",
    "Before",
    "Ran for",
    "By",
    "Gates",
    "Commit",
)
_Line = tuple[int, Markup]


def history(
    content: ReportContent, app: AppContent, lanes: Mapping[str, Sequence[DeploymentSpan]]
) -> Markup:
    """Return the section: operations, hand edits and what does not count, newest first."""
    lines: list[_Line] = [
        (span.start or 0, _span(span, content.generated))
        for spans in lanes.values()
        for span in spans
        if span.came != BEFORE
    ]
    told = {span.finding.commit for spans in lanes.values() for span in spans if span.finding}
    lines += [
        (entry.arrived, _not_counting(entry))
        for entry in app.entries
        if entry.problem and not (entry.by_hand and entry.record.commit in told)
    ]
    lines.sort(key=lambda line: line[0], reverse=True)
    if not lines:
        return section("history", "History", element("p", "Nothing has happened yet."))
    markups = [markup for _, markup in lines[: content.limit]]
    caption = counted(len(lines), "change")
    if len(markups) < len(lines):
        caption = f"The newest {len(markups):,} of {caption}"
    return section(
        "history", "History", table(caption, COLUMNS, markups, kind="history", label="History")
    )


def _span(span: DeploymentSpan, now: int) -> Markup:
    if span.entry is None:
        return _without_record(span, now)
    record = span.entry.record
    return row(
        when(span.start),
        span.environment,
        join(record.operation, f" from {record.source}" if record.source else "", _job(span.entry)),
        element("span", tags(record.release), class_="tag"),
        tags(Release(record.previous)) if record.previous else NONE,
        _ran(span, now),
        _who(span.entry),
        _gates(span.entry),
        element("code", short(record.commit)),
    )


def _without_record(span: DeploymentSpan, now: int) -> Markup:
    mark = badge("warn", HAND) if span.came == HAND else join(span.came)
    commit = element("code", short(span.finding.commit)) if span.finding else NONE
    words = span.finding.message if span.finding else NONE
    makers = ", committed by ".join(span.finding.by) if span.finding else NONE
    release = element("span", tags(span.release) or "unknown", class_="tag")
    return row(
        when(span.start),
        span.environment,
        mark,
        release,
        NONE,
        _ran(span, now),
        makers,
        words,
        commit,
    )


def _not_counting(entry: HistoryEntry) -> Markup:
    record = entry.record
    mark = (
        badge("warn", HAND)
        if entry.by_hand
        else join(record.operation, " ", badge("bad", "does not count"))
    )
    released = tags(record.release) or "nothing"
    release = element("span", released, class_="tag") if entry.by_hand else element("s", released)
    return row(
        when(entry.arrived),
        record.environment,
        mark,
        release,
        tags(Release(record.previous)) if record.previous else NONE,
        NONE,
        _committed(entry),
        entry.problem,
        element("code", short(record.commit)),
    )


def _ran(span: DeploymentSpan, now: int) -> Markup:
    if span.start is None:
        return join("unknown")
    words = length((span.end if span.end is not None else now) - span.start)
    return join(words) if span.end is not None else join(f"{words} ", badge("plain", "runs"))


def _job(entry: HistoryEntry) -> Markup | None:
    url = entry.record.job_url or entry.record.release.build_url
    return join(" ", link(url, "build")) if url else None


def _who(entry: HistoryEntry) -> Markup:
    record = entry.record
    approved = f", approved by {', '.join(record.approved_by)}" if record.approved_by else ""
    reason = element("span", record.reason, class_="remedy") if record.reason else None
    return join(record.requested_by or NONE, approved, reason)


def _committed(entry: HistoryEntry) -> Markup:
    """Return who committed what does not count, whatever its text claims."""
    author, committer = entry.author, entry.committer
    by = "" if committer in {"", author} else f", committed by {committer}"
    return join(f"{author}{by}") if author else join(NONE)


def _gates(entry: HistoryEntry) -> Markup:
    """Return the gates as recorded, loudly where one was overridden, and the results of checks."""
    gates = entry.record.gates.items()
    by_force = [gate for gate, state in gates if state.startswith(OVERRIDDEN)]
    parts: list[str] = [
        badge("bad", f"override: {gate}")
        for gate in dict.fromkeys([*entry.record.overrides, *by_force])
    ]
    parts += [
        badge("plain", f"{gate}: {state}")
        for gate, state in gates
        if not state.startswith((PASSED, OVERRIDDEN))
    ]
    passed = [
        f"{gate}{state.removeprefix(PASSED)}" for gate, state in gates if state.startswith(PASSED)
    ]
    if passed:
        parts.append(f"{', '.join(passed)} passed")
    parts += map(_check, entry.checks)
    return join(*parts, between=" ") if parts else join(NONE)


def _check(result: CheckResult) -> Markup:
    mark = (
        badge("good", f"{result.name} passed")
        if result.passed
        else badge("bad", f"{result.name} failed")
    )
    return link(result.url, mark) if result.url else mark
