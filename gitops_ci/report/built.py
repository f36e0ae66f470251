"""Shows what came of ``build``."""

import sys
from typing import Any

from gitops_ci.build import BuildOutcome
from gitops_ci.redaction import printable, redact
from gitops_ci.report import result


def show(outcome: BuildOutcome, as_json: bool, result_file: str | None) -> None:
    """Print the outcome as text or JSON, and write the result file; raises GitopsError when that can't be written."""
    if not as_json:
        lines = [outcome.message, *(f"  {image}" for image in (outcome.image,) if image.digest)]
        sys.stdout.write(printable(redact("\n".join(lines))) + "\n")
    result.write(document(outcome), result_file, as_json)


def document(outcome: BuildOutcome) -> dict[str, Any]:
    """Return the result document."""
    record = outcome.record
    images = [{"repository": image.repository, "tag": image.tag, "digest": image.digest} for image in record.images]
    return {
        "schema": result.SCHEMA,
        "ok": True,
        "exit_code": 0,
        "category": "ok",
        "message": outcome.message,
        "operation": "build",
        "apps": [record.app] if record.app else [],
        "release": {
            "images": images,
            "source_revision": record.source_revision,
            "source_authors": list(record.source_authors),
            "build_url": record.build_url,
        },
        "changed": outcome.pushed,
        "dry_run": outcome.dry_run,
    }
