"""What a promotion would bring, as text for people."""

from collections.abc import Iterator

from gitops_ci.base.redaction import one_line
from gitops_ci.model.difference import (
    APART,
    BACKWARD,
    EMPTY,
    SAME,
    AppDifference,
    Difference,
    ReleaseChange,
    Sources,
    Touch,
)
from gitops_ci.model.operation import Chart
from gitops_ci.model.release import Release
from gitops_ci.report.formats.terminal import mark
from gitops_ci.report.formats.times import time_words

_SHORT = 12


def text(difference: Difference) -> str:
    """Return a block for each application, with its headline in bold on a terminal."""
    blocks = []
    for app in difference.apps:
        first, *rest = lines(app, difference)
        blocks.append(
            mark(first, "strong") + "\n" + "".join(f"{mark(line, '')}\n" for line in rest)
        )
    blocks += [mark(f"warning: {notice}", "wait") + "\n" for notice in difference.notices]
    return "\n".join([*blocks, mark(summary(difference), "") + "\n"])


def summary(difference: Difference) -> str:
    """Return in one sentence what differs."""
    moving = [app for app in difference.apps if app.direction != SAME]
    if not difference.apps:
        return f"there is no application in both {difference.first} and {difference.second}"
    if not moving:
        return f"{difference.first} and {difference.second} run the same releases"
    what = f"{moving[0].app}" if len(moving) == 1 else f"{len(moving)} applications"
    return (
        f"{what} of {len(difference.apps)} differ{'s' if len(moving) == 1 else ''} between "
        f"{difference.first} and {difference.second}"
    )


def release_words(release: Release) -> str:
    """Return how people call a release."""
    return one_line(release.label) or "nothing"


def day(seconds: int) -> str:
    """Return a time as people read it, in UTC; '' where there is none."""
    return time_words(seconds or None)


def headline(app: AppDifference, difference: Difference) -> str:
    """Return in one line what a promotion of the application would do."""
    first, second = release_words(app.first), release_words(app.second)
    if app.direction == SAME:
        return f"{first} in both"
    if app.direction == EMPTY:
        return f"nothing runs in {difference.first}"
    if app.direction == BACKWARD:
        return (
            f"{difference.second} is ahead: a promotion would take it back from {second} to {first}"
        )
    if app.direction == APART and second != "nothing":
        return f"{second} -> {first}; {second} never ran in {difference.first}"
    return f"{second} -> {first}"


def steps_title(app: AppDifference, difference: Difference) -> str:
    """Return what the list of releases holds."""
    if app.direction == BACKWARD:
        return f"releases that {difference.second} had since {release_words(app.first)}"
    if app.direction == APART:
        return f"newest releases of {difference.first}"
    since = f" since {release_words(app.second)}" if release_words(app.second) != "nothing" else ""
    return f"releases that {difference.first} had{since}"


def sources_title(sources: Sources) -> str:
    """Return what is known of the source's commits, in one line."""
    if sources.added is None:
        return f"source: {sources.note}"
    between = f"from {(sources.old or '')[:_SHORT]} to {(sources.new or '')[:_SHORT]}"
    if not sources.added and not sources.removed:
        return "source: the same revision"
    added = f"{sources.added} commit{'' if sources.added == 1 else 's'}"
    removed = f"takes {sources.removed} commit{'' if sources.removed == 1 else 's'} away"
    if not sources.added:
        return f"source: {removed}, {between}"
    return f"source: {added} {between}" + (f", and {removed}" if sources.removed else "")


def lines(app: AppDifference, difference: Difference) -> Iterator[str]:
    """Yield what a person reads of one application, its headline first."""
    yield f"{app.app}: {headline(app, difference)}"
    if app.steps:
        yield f"  {steps_title(app, difference)}, newest first:"
        for step in app.steps:
            yield from (f"    {line}" for line in _step(step))
        if app.more:
            yield "    ... and older ones"
    if app.sources:
        yield from (f"  {line}" for line in _sources(app.sources))
    if app.carried:
        yield from _chart(app.carried, difference)
    yield from _around(app, difference)


def _chart(chart: Chart, difference: Difference) -> Iterator[str]:
    same = "" if chart.carried else " no difference"
    yield f"  the promotion carries the chart of {chart.branch} at {chart.commit[:_SHORT]}:{same}"
    for entry in chart.carried:
        kind = " (new)" if entry.before is None else " (removed)" if entry.after is None else ""
        yield f"    {one_line(entry.path)}{kind}"
    for path in chart.own:
        yield f"    NO  changed on {difference.second}'s own branch: {one_line(path)}"


def _around(app: AppDifference, difference: Difference) -> Iterator[str]:
    if app.unpromoted:
        yield (
            f"  changes of the chart since {release_words(app.second)} came to "
            f"{difference.second}, which reached it without a promotion:"
        )
        yield from _touches(app.unpromoted)
    if app.by_hand:
        yield "  other changes of the values files since then, which no promotion brings:"
        yield from _touches(app.by_hand)


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
            f"{one_line(check.name)} {'passed' if check.passed else 'FAILED'}"
            for check in step.checks
        )


def _sources(sources: Sources) -> Iterator[str]:
    yield sources_title(sources)
    for commit in sources.commits:
        merge = " (merge)" if commit.merge else ""
        yield f"  {commit.id[:_SHORT]} {day(commit.time)} {commit.author}: {commit.subject}{merge}"
    left_out = (sources.added or 0) - len(sources.commits)
    if left_out > 0:
        yield f"  ... and {left_out} more"
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
