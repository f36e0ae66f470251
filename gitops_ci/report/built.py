"""Shows what came of ``build``."""

from typing import Any

import msgspec

from gitops_ci.build_request import BuildOutcome
from gitops_ci.redaction import printable, redact
from gitops_ci.report import result


def show(outcome: BuildOutcome, *, as_json: bool, file: str | None) -> None:
    """Print the outcome as text or JSON, and write the result file; raises GitopsError when that can't be written."""
    if not as_json:
        lines = [outcome.message, *(f"  {image}" for image in (outcome.image,) if image.digest)]
        result.show(printable(redact("\n".join(lines))) + "\n")
    result.write(document(outcome), file, as_json)


def document(outcome: BuildOutcome) -> dict[str, Any]:
    """Return the result document; ``app`` and ``image`` (what this call built) are this command's own keys."""
    record, image = outcome.record, outcome.image
    release = result.ReleaseResult(
        tag=str(record.release) if record.images else image.tag,
        images=[result.ImageResult(each.repository, each.tag, each.digest) for each in record.images],
        source_revision=record.source_revision,
        source_authors=list(record.source_authors),
        build_url=record.build_url,
    )
    common = result.Result(
        ok=True,
        exit_code=0,
        category="planned" if outcome.dry_run else "done" if outcome.pushed else "unchanged",
        message=outcome.message,
        operation="build",
        release=release,
        changed=outcome.pushed,
        dry_run=outcome.dry_run,
        warnings=list(outcome.notices),
    )
    own = {"app": record.app, "image": {"repository": image.repository, "tag": image.tag, "digest": image.digest}}
    document: dict[str, Any] = msgspec.to_builtins(common)
    return {**document, **own}
