"""What a promotion would bring, as Markdown for a pull request or a chat message. Pure."""

from collections.abc import Iterator

from gitops_ci.base.redaction import redact
from gitops_ci.model.difference import AppDifference, Difference, ReleaseChange, Sources, Touch
from gitops_ci.report.diff import day, headline, release_words, sources_title, steps_title, summary
from gitops_ci.report.form.markdown import code, link, table

_SHORT = 12


def text(found: Difference) -> str:
    """Return a section for each application; what comes from outside is code."""
    head = f"## {code(f'{found.first} -> {found.second}')}\n\n{code(summary(found))}\n"
    blocks = ["\n".join(_blocks(app, found)) for app in found.apps]
    notices = "".join(f"- {code(notice)}\n" for notice in found.notices)
    return redact("\n".join(each for each in (head, *blocks, notices) if each))


def _blocks(app: AppDifference, found: Difference) -> Iterator[str]:
    yield f"### {code(app.app)}\n\n{code(headline(app, found))}\n"
    if app.steps:
        rows = [_step(step) for step in app.steps] + (
            [["...", "", "", "", "", ""]] if app.more else []
        )
        yield f"{code(steps_title(app, found))}\n\n" + table(
            ("release", "when (UTC)", "what", "commit", "build", "checks"), rows
        )
    if app.sources:
        yield _sources(app.sources)
    if app.carried:
        rows = [
            [
                code(chart_entry.path),
                code((chart_entry.before or "new")[:7]),
                code((chart_entry.after or "removed")[:7]),
            ]
            for chart_entry in app.carried.carried
        ]
        yield (
            f"Carried with the chart of {code(app.carried.branch)} at "
            f"{code(app.carried.commit[:_SHORT])}\n\n"
            + (table(("path", "before", "after"), rows) if rows else "No difference.\n")
        )
    if app.unpromoted:
        yield (
            f"Changes of the chart that reached {code(found.second)} without a promotion\n\n"
            + _touches(app.unpromoted)
        )
    if app.by_hand:
        yield "Other changes of the values files, which no promotion brings\n\n" + _touches(
            app.by_hand
        )


def _step(step: ReleaseChange) -> list[str]:
    record = step.record
    release = "<br>".join(
        [code(release_words(step.release)), *(code(str(image)) for image in step.release.images)]
    )
    checks = "<br>".join(
        code(f"{check_result.name} {'passed' if check_result.passed else 'FAILED'}")
        for check_result in step.checks
    )
    if record is None:
        return [release, "", "written by hand", "", "", checks]
    what = code(
        f"{record.operation} by {record.requested_by}" if record.requested_by else record.operation
    )
    return [
        release,
        day(record.time),
        what,
        code(record.commit[:_SHORT]),
        code(step.release.build_url or ""),
        checks,
    ]


def _sources(sources: Sources) -> str:
    title = (
        code(sources_title(sources))
        + (f" ({link('compare', sources.link)})" if sources.link else "")
        + "\n"
    )
    if not sources.commits:
        return title
    rows = [
        [
            code(source_change.id[:_SHORT]),
            day(source_change.time),
            code(source_change.author),
            code(source_change.subject) + (" (merge)" if source_change.merge else ""),
        ]
        for source_change in sources.commits
    ]
    left = (sources.added or 0) - len(sources.commits)
    return (
        f"{title}\n"
        + table(("commit", "when (UTC)", "author", "subject"), rows)
        + (f"\n... and {left} more\n" if left > 0 else "")
    )


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
