"""The result of ``report``: where the pages are."""

from pathlib import Path

from gitops_ci.base.redaction import safe
from gitops_ci.model.ledger_views import VIOLATION
from gitops_ci.model.report_content import ReportContent
from gitops_ci.report.formats.output import TextOutput, render
from gitops_ci.report.formats.result import Result


class ReportResult(Result, frozen=True, kw_only=True):
    """The result document of ``report``; ``violations`` null where nothing was audited."""

    folder: str
    files: int
    violations: int | None


def show(content: ReportContent, folder: Path, files: int, output: TextOutput) -> None:
    violations = None
    if content.audit:
        violations = sum(finding.severity == VIOLATION for finding in content.audit.findings)
    document = ReportResult(
        ok=True,
        exit_code=0,
        category="done",
        message=f"the report is in {folder / 'index.html'} ({files} files)",
        operation="report",
        commit=content.policy_commit,
        folder=str(folder),
        files=files,
        violations=violations,
    )
    render(output, lambda: document, text=lambda: safe(document.message) + "\n")
