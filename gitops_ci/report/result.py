"""The result of a run as JSON: printed, and written into the result file."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gitops_ci.errors import GitopsError
from gitops_ci.redaction import redact

SCHEMA = 1


def write_failure(file: str | None, to_stdout: bool, arguments: Sequence[str], error: GitopsError) -> None:
    """Write the result of a run that failed."""
    operation = next((word for word in arguments if not word.startswith("-")), "")
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "ok": False,
        "exit_code": int(error.exit_code),
        "category": error.category,
        "message": str(error),
        "operation": operation,
    }
    write(document, file, to_stdout)


def write(document: dict[str, Any], file: str | None, to_stdout: bool) -> None:
    """Write a result document where it was asked for; raises GitopsError when the file can't be written."""
    text = redact(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"
    if to_stdout:
        sys.stdout.write(text)
    if file:
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise GitopsError(
                f"the result file {file} can't be written: {error.strerror}", remedy="give --result-file a writable path"
            ) from error
