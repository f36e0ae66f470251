"""Pure: the page of the audit."""

from collections.abc import Sequence

from gitops_ci.model.ledger_views import VIOLATION, Audit, Finding
from gitops_ci.model.report_content import ReportContent
from gitops_ci.report.html.content import slug
from gitops_ci.report.html.markup import Markup, element, join
from gitops_ci.report.html.page import AUDIT, page, row, section, table
from gitops_ci.report.html.words import NONE, badge, counted, short, when

# what is a violation until somebody answers for it, or was allowed by force
_EXCEPTIONS = frozenset(
    "acknowledgement copied forged gate hand-edit lost missing-trailers outdated-plan override "
    "removed unsigned wrong-signer".split()
)
_MOST = 2000  # rows of one kind: a page that nobody could read helps nobody


def audit_page(content: ReportContent) -> str:
    if content.audit is None:
        left_out = element(
            "p",
            "The audit was left out of this report. Make it without ",
            element("code", "--no-audit"),
            ".",
        )
        return page(content, "Audit", left_out, here=AUDIT)
    return page(content, "Audit", _verdict(content.audit), *_sections(content.audit), here=AUDIT)


def findings_table(findings: Sequence[Finding], caption: str, *, apps: bool) -> Markup:
    """Return the findings, newest first; ``apps``: with the application of each."""
    columns = ("When", *(("Application",) if apps else ()), "Environment", "What", "Why", "Commit")
    newest = sorted(findings, key=lambda finding: finding.time, reverse=True)
    return table(
        caption, columns, [_row(finding, apps) for finding in newest[:_MOST]], kind="findings"
    )


def _row(finding: Finding, apps: bool) -> Markup:
    app = (
        element("a", finding.app, href=f"apps/{slug(finding.app)}.html")
        if finding.app
        else join(NONE)
    )
    remedy = element("span", finding.remedy, class_="remedy") if finding.remedy else None
    return row(
        when(finding.time),
        *((app,) if apps else ()),
        finding.environment or NONE,
        badge("bad" if finding.severity == VIOLATION else "plain", finding.kind),
        join(finding.message, remedy),
        element("code", short(finding.commit)),
    )


def _verdict(audit: Audit) -> Markup:
    since = (
        join("from ", element("code", short(audit.start)), " to ")
        if audit.start
        else join("up to ")
    )
    scope = join(
        f"{counted(audit.commits, 'commit')} with {counted(audit.changes, 'change')} of "
        "managed values were looked at, ",
        since,
        element("code", short(audit.end)),
        ".",
    )
    result = badge("good", "passed") if audit.passed else badge("bad", "not passed")
    verdict = f" {_passed(audit)} " if audit.passed else " "
    return element("p", result, verdict, scope, class_="intro")


def _passed(audit: Audit) -> str:
    exceptions = sum(finding.kind in _EXCEPTIONS for finding in audit.findings)
    if not exceptions:
        return "Every change came from an operation whose rules held at that time."
    return (
        f"No violation is open. {counted(exceptions, 'exception')} below: adopted, overridden or "
        "acknowledged by those who may."
    )


def _sections(audit: Audit) -> list[Markup]:
    parts = []
    for name, title, violating in (
        ("violations", "Violations", True),
        ("notices", "Notices", False),
    ):
        findings = [
            finding for finding in audit.findings if (finding.severity == VIOLATION) == violating
        ]
        if findings:
            more = f"The newest {_MOST:,} of {len(findings):,}." if len(findings) > _MOST else None
            noun = title[:-1].lower()
            parts.append(
                section(
                    name,
                    title,
                    findings_table(findings, counted(len(findings), noun), apps=True),
                    element("p", more) if more else None,
                )
            )
    return parts
