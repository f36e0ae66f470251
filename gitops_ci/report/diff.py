"""What a promotion would bring, as text and as a result document."""

from collections.abc import Iterator

import msgspec
from msgspec.structs import asdict

from gitops_ci.base.redaction import one_line
from gitops_ci.model.difference import (
    APART,
    BACKWARD,
    EMPTY,
    SAME,
    AppDifference,
    Difference,
    Direction,
    ReleaseChange,
    Sources,
    Touch,
)
from gitops_ci.model.operation import Chart
from gitops_ci.model.release import Release
from gitops_ci.report.form import result
from gitops_ci.report.form.output import MarkdownOutput, render
from gitops_ci.report.form.releases import release_result
from gitops_ci.report.form.result import ReleaseResult
from gitops_ci.report.form.terminal import mark
from gitops_ci.report.form.times import iso, time_words

_SHORT = 12


class CheckMark(msgspec.Struct, frozen=True):
    """The newest result of a check."""

    name: str
    passed: bool
    url: str | None


class ReleaseStep(ReleaseResult, frozen=True):
    """A release that an environment had; ``commit`` and what follows are null where it was written
    by hand.
    """

    commit: str | None
    time: str | None
    operation: str | None
    requested_by: str | None
    approved_by: list[str]
    checks: list[CheckMark]


class SourceCommitResult(msgspec.Struct, frozen=True):
    """A commit of the source."""

    id: str
    time: str | None
    author: str
    subject: str
    merge: bool


class SourcesResult(msgspec.Struct, frozen=True):
    """What comes of the source: numbers of commits, the newest of them, and why something is not
    known.
    """

    old: str | None
    new: str | None
    added: int | None
    removed: int | None
    commits: list[SourceCommitResult]
    link: str | None
    note: str


class FileChange(msgspec.Struct, frozen=True):
    """A commit of the GitOps repository with the files in question; ``commit`` null: earlier
    ones.
    """

    commit: str | None
    time: str | None
    author: str
    subject: str
    paths: list[str]


class DifferenceResult(msgspec.Struct, frozen=True):
    """One application: ``release`` runs in the first environment, ``previous`` in the second."""

    app: str
    direction: Direction
    release: ReleaseResult
    previous: ReleaseResult
    summary: str
    since: str | None
    releases: list[ReleaseStep]
    more_releases: bool
    source: SourcesResult | None
    chart_unpromoted: list[FileChange]
    values_by_hand: list[FileChange]
    chart_carried: Chart | None


class DiffResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``diff``; ``from`` is the first environment, ``environment`` the
    second.
    """

    first: str = msgspec.field(name="from")
    differences: list[DifferenceResult]


def show(found: Difference, output: MarkdownOutput) -> None:
    """Print the difference and write the result file; raises GitopsError when the file can't be
    written.
    """
    render(
        output,
        lambda: document(found),
        text=lambda: text(found),
        markdown=lambda: as_markdown(found),
    )


def as_markdown(found: Difference) -> str:
    """Return the difference for a pull request or a chat."""
    from gitops_ci.report import diff_markdown

    return diff_markdown.text(found)


def document(found: Difference) -> DiffResult:
    """Return the result document."""
    return DiffResult(
        ok=True,
        exit_code=0,
        category="done",
        message=summary(found),
        operation="diff",
        environment=found.second,
        warnings=list(found.notices),
        first=found.first,
        differences=entries(found),
    )


def entries(found: Difference) -> list[DifferenceResult]:
    """Return the applications as result documents have them."""
    return [_app(app, found) for app in found.apps]


def summary(found: Difference) -> str:
    """Return in one sentence what differs."""
    moving = [app for app in found.apps if app.direction != SAME]
    if not found.apps:
        return f"there is no application in both {found.first} and {found.second}"
    if not moving:
        return f"{found.first} and {found.second} run the same releases"
    what = f"{moving[0].app}" if len(moving) == 1 else f"{len(moving)} applications"
    return (
        f"{what} of {len(found.apps)} differ{'s' if len(moving) == 1 else ''} between "
        f"{found.first} and {found.second}"
    )


def release_words(release: Release) -> str:
    """Return how people call a release."""
    return one_line(release.label) or "nothing"


def day(seconds: int) -> str:
    """Return a time as people read it, in UTC; '' where there is none."""
    return time_words(seconds or None)


def headline(app: AppDifference, found: Difference) -> str:
    """Return in one line what a promotion of the application would do."""
    first, second = release_words(app.first), release_words(app.second)
    if app.direction == SAME:
        return f"{first} in both"
    if app.direction == EMPTY:
        return f"nothing runs in {found.first}"
    if app.direction == BACKWARD:
        return f"{found.second} is ahead: a promotion would take it back from {second} to {first}"
    if app.direction == APART and second != "nothing":
        return f"{second} -> {first}; {second} never ran in {found.first}"
    return f"{second} -> {first}"


def steps_title(app: AppDifference, found: Difference) -> str:
    """Return what the list of releases holds."""
    if app.direction == BACKWARD:
        return f"releases that {found.second} had since {release_words(app.first)}"
    if app.direction == APART:
        return f"newest releases of {found.first}"
    since = f" since {release_words(app.second)}" if release_words(app.second) != "nothing" else ""
    return f"releases that {found.first} had{since}"


def sources_title(sources: Sources) -> str:
    """Return what is known of the source's commits, in one line."""
    if sources.added is None:
        return f"source: {sources.note}"
    between = f"from {(sources.old or '')[:_SHORT]} to {(sources.new or '')[:_SHORT]}"
    if not sources.added and not sources.removed:
        return "source: the same revision"
    added = f"{sources.added} commit{'' if sources.added == 1 else 's'}"
    taken = f"takes {sources.removed} commit{'' if sources.removed == 1 else 's'} away"
    if not sources.added:
        return f"source: {taken}, {between}"
    return f"source: {added} {between}" + (f", and {taken}" if sources.removed else "")


def text(found: Difference) -> str:
    """Return what a person reads: an application a block, with its headline in bold on a
    terminal.
    """
    blocks = []
    for app in found.apps:
        head, *rest = lines(app, found)
        blocks.append(
            "".join(
                f"{line}\n" for line in (mark(head, "strong"), *(mark(line, "") for line in rest))
            )
        )
    blocks += [mark(f"warning: {notice}", "wait") + "\n" for notice in found.notices]
    return "\n".join([*blocks, mark(summary(found), "") + "\n"])


def lines(app: AppDifference, found: Difference) -> Iterator[str]:
    """Yield what a person reads of one application, its headline first."""
    yield f"{app.app}: {headline(app, found)}"
    if app.steps:
        yield f"  {steps_title(app, found)}, newest first:"
        for step in app.steps:
            yield from (f"    {line}" for line in _step(step))
        if app.more:
            yield "    ... and older ones"
    if app.sources:
        yield from (f"  {line}" for line in _sources(app.sources))
    if app.carried:
        yield (
            f"  the promotion carries the chart of {app.carried.branch} at "
            f"{app.carried.commit[:_SHORT]}:" + ("" if app.carried.carried else " no difference")
        )
        yield from (
            f"    {one_line(chart_entry.path)}" + _kind(chart_entry.before, chart_entry.after)
            for chart_entry in app.carried.carried
        )
        yield from (
            f"    NO  changed on {found.second}'s own branch: {one_line(path)}"
            for path in app.carried.own
        )
    if app.unpromoted:
        yield (
            f"  changes of the chart since {release_words(app.second)} came to {found.second}, "
            "which reached it without a promotion:"
        )
        yield from _touches(app.unpromoted)
    if app.by_hand:
        yield "  other changes of the values files since then, which no promotion brings:"
        yield from _touches(app.by_hand)


def _kind(before: str | None, after: str | None) -> str:
    return " (new)" if before is None else " (removed)" if after is None else ""


def _step(step: ReleaseChange) -> Iterator[str]:
    if step.record is None:
        yield f"{release_words(step.release)}  written by hand: no operation brought it"
        return
    record = step.record
    by = f" by {one_line(record.requested_by)}" if record.requested_by else ""
    yield (
        f"{release_words(step.release)}  {day(record.time)} UTC  {record.operation}{by}  commit "
        f"{record.commit[:_SHORT]}"
    )
    yield from (f"  {one_line(str(image))}" for image in step.release.images)
    if step.release.build_url:
        yield f"  build {one_line(step.release.build_url)}"
    if step.checks:
        yield "  checks: " + ", ".join(
            f"{one_line(check_result.name)} {'passed' if check_result.passed else 'FAILED'}"
            for check_result in step.checks
        )


def _sources(sources: Sources) -> Iterator[str]:
    yield sources_title(sources)
    for source_change in sources.commits:
        yield (
            f"  {source_change.id[:_SHORT]} {day(source_change.time)} "
            f"{source_change.author}: {source_change.subject}"
            + (" (merge)" if source_change.merge else "")
        )
    if (left := (sources.added or 0) - len(sources.commits)) > 0:
        yield f"  ... and {left} more"
    if sources.link:
        yield f"  {sources.link}"


def _touches(touches: tuple[Touch, ...]) -> Iterator[str]:
    for touch in touches:
        yield (
            f"    {touch.commit[:_SHORT]} {day(touch.time)} {touch.author}: {touch.subject}"
            if touch.commit
            else "    earlier commits"
        )
        yield from (f"      {one_line(path)}" for path in touch.paths)


def _app(app: AppDifference, found: Difference) -> DifferenceResult:
    return DifferenceResult(
        app=app.app,
        direction=app.direction,
        release=release_result(app.first),
        previous=release_result(app.second),
        summary=headline(app, found),
        since=app.since.commit if app.since else None,
        releases=[_step_result(step) for step in app.steps],
        more_releases=app.more,
        source=_source_result(app.sources) if app.sources else None,
        chart_unpromoted=[_touch_result(touch) for touch in app.unpromoted],
        values_by_hand=[_touch_result(touch) for touch in app.by_hand],
        chart_carried=app.carried,
    )


def _step_result(step: ReleaseChange) -> ReleaseStep:
    record = step.record
    return ReleaseStep(
        **asdict(release_result(step.release)),
        commit=record.commit if record else None,
        time=iso(record.time) if record else None,
        operation=record.operation if record else None,
        requested_by=record.requested_by if record else None,
        approved_by=list(record.approved_by) if record else [],
        checks=[
            CheckMark(check_result.name, check_result.passed, check_result.url)
            for check_result in step.checks
        ],
    )


def _source_result(sources: Sources) -> SourcesResult:
    commits = [
        SourceCommitResult(
            source_change.id,
            iso(source_change.time),
            source_change.author,
            source_change.subject,
            source_change.merge,
        )
        for source_change in sources.commits
    ]
    return SourcesResult(**{**asdict(sources), "commits": commits})


def _touch_result(touch: Touch) -> FileChange:
    time = iso(touch.time) if touch.commit else None
    return FileChange(touch.commit, time, touch.author, touch.subject, list(touch.paths))
