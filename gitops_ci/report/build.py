"""Shows what came of ``build``."""

from gitops_ci.base.redaction import safe
from gitops_ci.model.build import BuildOutcome
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render


class BuildResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``build``; ``image`` is what this call built."""

    app: str | None
    image: result.ImageResult


def show(outcome: BuildOutcome, output: TextOutput) -> None:
    render(output, lambda: document(outcome), text=lambda: safe(text(outcome)))


def text(outcome: BuildOutcome) -> str:
    image = f"  {outcome.image}\n" if outcome.image.digest else ""
    return f"{outcome.message}\n{image}"


def document(outcome: BuildOutcome) -> BuildResult:
    record, image = outcome.record, outcome.image
    release = result.ReleaseResult(
        tag=str(record.release) if record.images else image.tag,
        images=[
            result.ImageResult(each.repository, each.tag, each.digest) for each in record.images
        ],
        source_revision=record.source_revision,
        source_authors=list(record.source_authors),
        build_url=record.build_url,
    )
    return BuildResult(
        ok=True,
        exit_code=0,
        category="planned" if outcome.dry_run else "done" if outcome.pushed else "unchanged",
        message=outcome.message,
        operation="build",
        release=release,
        changed=outcome.pushed,
        dry_run=outcome.dry_run,
        warnings=list(outcome.notices),
        app=record.app,
        image=result.ImageResult(image.repository, image.tag, image.digest),
    )
