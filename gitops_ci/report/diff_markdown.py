"""What a promotion would bring, as Markdown for a pull request or a chat message."""

from collections.abc import Iterator

from gitops_ci.base.redaction import redact
from gitops_ci.model.difference import AppDifference, Difference, ReleaseChange, Sources, Touch
from gitops_ci.model.operation import Chart
from gitops_ci.report.diff_text import (
    day,
    headline,
    release_words,
    sources_title,
    steps_title,
    summary,
)
from gitops_ci.report.formats.markdown import code, link, table

_SHORT = 12
_STEPS = ("release", "when (UTC)", "what", "commit", "build", "checks")


def text(difference: Difference) -> str:
    """Return a section for each application; what comes from outside is code."""
    title = code(f"{difference.first} -> {difference.second}")
    head = f"## {title}\n\n{code(summary(difference))}\n"
    blocks = ["\n".join(_blocks(app, difference)) for app in difference.apps]
    notices = "".join(f"- {code(notice)}\n" for notice in difference.notices)
    return redact("\n".join(block for block in (head, *blocks, notices) if block))


def _blocks(app: AppDifference, difference: Difference) -> Iterator[str]:
    yield f"### {code(app.app)}\n\n{code(headline(app, difference))}\n"
    if app.steps:
        rows = [_step(step) for step in app.steps]
        if app.more:
            rows.append(["...", "", "", "", "", ""])
        yield f"{code(steps_title(app, difference))}\n\n{table(_STEPS, rows)}"
    if app.sources:
        yield _sources(app.sources)
    if app.carried:
        yield _chart(app.carried)
    if app.unpromoted:
        yield (
            f"Changes of the chart that reached {code(difference.second)} without a promotion\n\n"
            f"{_touches(app.unpromoted)}"
        )
    if app.by_hand:
        yield (
            "Other changes of the values files, which no promotion brings\n\n"
            f"{_touches(app.by_hand)}"
        )


def _chart(chart: Chart) -> str:
    rows = [
        [code(entry.path), code((entry.before or "new")[:7]), code((entry.after or "removed")[:7])]
        for entry in chart.carried
    ]
    entries = table(("path", "before", "after"), rows) if rows else "No difference.\n"
    commit = code(chart.commit[:_SHORT])
    return f"Carried with the chart of {code(chart.branch)} at {commit}\n\n{entries}"


def _step(step: ReleaseChange) -> list[str]:
    record = step.record
    release = "<br>".join(
        [code(release_words(step.release)), *(code(str(image)) for image in step.release.images)]
    )
    checks = "<br>".join(
        code(f"{check.name} {'passed' if check.passed else 'FAILED'}") for check in step.checks
    )
    if record is None:
        return [release, "", "written by hand", "", "", checks]
    by = f" by {record.requested_by}" if record.requested_by else ""
    return [
        release,
        day(record.time),
        code(f"{record.operation}{by}"),
        code(record.commit[:_SHORT]),
        code(step.release.build_url or ""),
        checks,
    ]


def _sources(sources: Sources) -> str:
    compare = f" ({link('compare', sources.link)})" if sources.link else ""
    title = f"{code(sources_title(sources))}{compare}\n"
    if not sources.commits:
        return title
    rows = [
        [
            code(commit.id[:_SHORT]),
            day(commit.time),
            code(commit.author),
            code(commit.subject) + (" (merge)" if commit.merge else ""),
        ]
        for commit in sources.commits
    ]
    commits = table(("commit", "when (UTC)", "author", "subject"), rows)
    left_out = (sources.added or 0) - len(sources.commits)
    more = f"\n... and {left_out} more\n" if left_out > 0 else ""
    return f"{title}\n{commits}{more}"


def _touches(touches: tuple[Touch, ...]) -> str:
    rows = [
        [
            code(touch.commit[:_SHORT]) if touch.commit else "earlier",
            day(touch.time),
            code(touch.author),
            code(touch.subject),
            "<br>".join(code(path) for path in touch.paths),
        ]
        for touch in touches
    ]
    return table(("commit", "when (UTC)", "author", "subject", "files"), rows)
