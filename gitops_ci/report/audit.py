"""An audit's result as text for people and as the result document for machines."""

import sys
from typing import Literal

import msgspec

from gitops_ci.base.errors import Exit
from gitops_ci.base.redaction import safe
from gitops_ci.model.ledger_views import Audit, Finding
from gitops_ci.report.audit_text import message, text
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render, write_document


class FindingResult(msgspec.Struct, frozen=True):
    """What was found at one commit; ``id`` names its kind, commit, application and environment.

    ``time`` is the commit's, in seconds since the epoch; ``by`` are its author and its committer,
    empty where the finding is about what is there now.
    """

    id: str
    severity: Literal["violation", "notice"]
    kind: str
    commit: str
    time: int
    app: str
    environment: str
    message: str
    remedy: str
    by: list[str]


class AuditResult(result.Result, frozen=True, kw_only=True):
    """The result document of `audit`, with what was looked at and what was found."""

    start: str | None
    end: str
    commits: int
    changes: int
    findings: list[FindingResult]


def show(audit: Audit, output: TextOutput) -> Exit:
    """Print an audit, write the result file, and return the exit code; raises GitopsError when the
    file can't be written.
    """
    render(output, lambda: document(audit), text=lambda: safe(text(audit)))
    return exit_code(audit)


def show_push(audit: Audit, output: TextOutput) -> Exit:
    """Print findings on stderr, which Git shows to whoever pushes; nothing where all is well."""
    if output.format == "text" and audit.findings:
        sys.stderr.write(safe(text(audit)))
    write_document(output, lambda: document(audit))
    return exit_code(audit)


def exit_code(audit: Audit) -> Exit:
    """Return 3 where something violates the policy."""
    return Exit.OK if audit.passed else Exit.REFUSED


def document(audit: Audit) -> AuditResult:
    code = exit_code(audit)
    return AuditResult(
        ok=code == Exit.OK,
        exit_code=int(code),
        category="refused" if code else "done",
        message=message(audit),
        operation="audit",
        start=audit.start,
        end=audit.end,
        commits=audit.commits,
        changes=audit.changes,
        findings=list(map(_finding, audit.findings)),
    )


def _finding(finding: Finding) -> FindingResult:
    return FindingResult(
        str(finding.name),
        finding.severity,
        finding.kind,
        finding.commit,
        finding.time,
        finding.app,
        finding.environment,
        finding.message,
        finding.remedy,
        list(finding.by),
    )
