"""Pure: results of checks <-> the lines of Git notes in which they are kept."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec

from gitops_ci.base.redaction import one_line, redact
from gitops_ci.model.commit_dates import LATEST
from gitops_ci.model.release import Release

LONGEST_NAME = 100
_LONGEST_VALUE = 1000
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ReportFile(msgspec.Struct, frozen=True):
    """The file that a check wrote: its name without folders, its SHA-256 and its size in bytes."""

    name: str
    sha256: str
    size: int


class CheckResult(msgspec.Struct, frozen=True):
    """What a check said of a release in an environment; ``when`` is in seconds since the epoch.

    ``digest`` is what `release_digest` makes of the release, ``tag`` how people call it.
    """

    app: str
    environment: str
    digest: str | None
    name: str
    passed: bool
    when: int
    by: str | None = None
    url: str | None = None
    tag: str | None = None
    report: ReportFile | None = None


class CheckOutcome(msgspec.Struct, frozen=True):
    """How it ended: the result, the deploying ``commit``, and the commit of the ``notes``, None in
    a dry run.

    ``already``: the very same line was there.
    """

    result: CheckResult
    release: Release
    commit: str
    notes: str | None
    already: bool = False


class ParsedResults(msgspec.Struct, frozen=True):
    """The results of a note in the order of its lines; ``damaged`` counts lines that look like
    results and are none.
    """

    results: tuple[CheckResult, ...]
    damaged: int = 0


class NoteLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result as a line of JSON; ``digest`` is always written, what else is not known is left
    out.
    """

    application: str
    environment: str
    tag: str | None = None
    digest: str | None
    name: str
    result: Literal["passed", "failed"]
    url: str | None = None
    by: str | None = None
    when: str
    report: ReportFile | None = None


def parse(note: bytes) -> ParsedResults:
    """Return the results that a note holds; what people wrote there besides is passed over."""
    results: list[CheckResult] = []
    damaged = 0
    for raw in note.split(b"\n"):
        if raw.lstrip().startswith(b"{"):
            result = _result(raw)
            results += [result] if result else []
            damaged += result is None
    return ParsedResults(tuple(results), damaged)


def line(result: CheckResult) -> str:
    """Return a result as one line of JSON, without secrets and control characters."""
    return json.dumps(msgspec.to_builtins(note_line(result)), ensure_ascii=False)


def note_line(result: CheckResult) -> NoteLine:
    """Return what stands in the notes of a result, without secrets and control characters."""
    report = result.report
    return NoteLine(
        application=_clean(result.app),
        environment=_clean(result.environment),
        tag=result.tag and _clean(result.tag),
        digest=result.digest and _clean(result.digest),
        name=_clean(result.name),
        result="passed" if result.passed else "failed",
        url=result.url and _clean(result.url),
        by=result.by and _clean(result.by),
        when=datetime.fromtimestamp(result.when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        report=report and msgspec.structs.replace(report, name=_clean(report.name)),
    )


def release_digest(release: Release) -> str | None:
    """Return what names the content of a release: the digests of its images in their order, None
    unless all are known.
    """
    digests = [image.digest for image in release.images if image.digest]
    return ",".join(digests) if digests and len(digests) == len(release.images) else None


def of_release(
    results: Iterable[CheckResult], app: str, environment: str, release: Release
) -> tuple[CheckResult, ...]:
    """Return the results that were recorded for a release of an application in an environment,
    oldest first.

    Digests decide where both are known, the tag otherwise.
    """
    digest, tag = release_digest(release), str(release)
    check_results = [
        result
        for result in results
        if (result.app, result.environment) == (app, environment)
        and (result.digest == digest if result.digest and digest else result.tag in {None, tag})
    ]
    return tuple(sorted(check_results, key=_order))


def latest(results: Iterable[CheckResult]) -> dict[str, CheckResult]:
    """Return the newest result of each name, whatever the order of the lines; of two in the same
    second the failed one.
    """
    return {result.name: result for result in sorted(results, key=_order)}


def is_name(text: str) -> bool:
    """Tell whether a text can name a check."""
    return (
        bool(text)
        and len(text) <= LONGEST_NAME
        and text.isprintable()
        and text == " ".join(text.split())
    )


def _order(result: CheckResult) -> tuple[int, bool, str]:
    return result.when, not result.passed, line(result)


def _result(raw: bytes) -> CheckResult | None:
    try:
        found = msgspec.json.decode(raw, type=NoteLine)
        when = datetime.fromisoformat(found.when)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        return None
    seconds = when.timestamp() if when.tzinfo else -1
    good_report = found.report is None or (
        _SHA256.fullmatch(found.report.sha256) and found.report.size >= 0
    )
    if not (0 <= seconds <= LATEST and is_name(found.name) and good_report):
        return None
    return CheckResult(
        app=found.application,
        environment=found.environment,
        digest=found.digest,
        name=found.name,
        passed=found.result == "passed",
        when=int(seconds),
        by=found.by,
        url=found.url,
        tag=found.tag,
        report=found.report,
    )


def _clean(text: str) -> str:
    return one_line(redact(text))[:_LONGEST_VALUE]
