"""An audit's result as text for people and as the result document for machines."""

import sys
from datetime import UTC, datetime

from gitops_ci.base.errors import Exit
from gitops_ci.base.redaction import safe
from gitops_ci.model.ledger_views import VIOLATION, Audit, Finding
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render, write_document


class AuditResult(result.Result, frozen=True, kw_only=True):
    """The result document of `audit`, with what was looked at and what was found."""

    start: str | None
    end: str
    commits: int
    changes: int
    findings: list[Finding]


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
        findings=list(audit.findings),
    )


def message(audit: Audit) -> str:
    """Return in one sentence what was found."""
    violations = sum(finding.severity == VIOLATION for finding in audit.findings)
    notices = len(audit.findings) - violations
    looked = (
        f"{_count(audit.commits, 'commit')}, {_count(audit.changes, 'change')} of managed values"
    )
    return f"audit: {_count(violations, 'violation')}, {_count(notices, 'notice')} in {looked}"


def text(audit: Audit) -> str:
    """Return what a person reads: the findings, oldest first, and their number."""
    return "".join(_block(finding) for finding in audit.findings) + f"{message(audit)}\n"


def _block(finding: Finding) -> str:
    mark = "NO  " if finding.severity == VIOLATION else "note"
    # what a push would do to a reference has no time of its own
    when = (
        datetime.fromtimestamp(finding.time, UTC).strftime("%Y-%m-%d %H:%M") if finding.time else ""
    )
    where = " in ".join(name for name in (finding.app, finding.environment) if name)
    head = (
        f"{mark} {finding.kind:<14} {finding.commit[:12]} "
        f"{when}{'  ' if where else ''}{where}".rstrip()
    )
    return f"{head}\n       {finding.message}\n" + (
        f"       {finding.remedy}\n" if finding.remedy else ""
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
