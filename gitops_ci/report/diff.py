"""What a promotion would bring: shown, and as the result document for machines."""

import msgspec
from msgspec.structs import asdict

from gitops_ci.model.difference import (
    AppDifference,
    Difference,
    Direction,
    ReleaseChange,
    Sources,
    Touch,
)
from gitops_ci.model.operation import Chart
from gitops_ci.report import diff_text
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import MarkdownOutput, render
from gitops_ci.report.formats.releases import release_result
from gitops_ci.report.formats.result import ReleaseResult
from gitops_ci.report.formats.times import iso


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


def show(difference: Difference, output: MarkdownOutput) -> None:
    render(
        output,
        lambda: document(difference),
        text=lambda: diff_text.text(difference),
        markdown=lambda: as_markdown(difference),
    )


def as_markdown(difference: Difference) -> str:
    """Return the difference for a pull request or a chat."""
    from gitops_ci.report import diff_markdown

    return diff_markdown.text(difference)


def document(difference: Difference) -> DiffResult:
    return DiffResult(
        ok=True,
        exit_code=0,
        category="done",
        message=diff_text.summary(difference),
        operation="diff",
        environment=difference.second,
        warnings=list(difference.notices),
        first=difference.first,
        differences=entries(difference),
    )


def entries(difference: Difference) -> list[DifferenceResult]:
    """Return the applications as result documents have them."""
    return [_app(app, difference) for app in difference.apps]


def _app(app: AppDifference, difference: Difference) -> DifferenceResult:
    return DifferenceResult(
        app=app.app,
        direction=app.direction,
        release=release_result(app.first),
        previous=release_result(app.second),
        summary=diff_text.headline(app, difference),
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
        checks=[CheckMark(check.name, check.passed, check.url) for check in step.checks],
    )


def _source_result(sources: Sources) -> SourcesResult:
    commits = [
        SourceCommitResult(commit.id, iso(commit.time), commit.author, commit.subject, commit.merge)
        for commit in sources.commits
    ]
    return SourcesResult(**{**asdict(sources), "commits": commits})


def _touch_result(touch: Touch) -> FileChange:
    time = iso(touch.time) if touch.commit else None
    return FileChange(touch.commit, time, touch.author, touch.subject, list(touch.paths))
