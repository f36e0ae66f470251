"""Pure: the page of the open gates: what waits for what, until when, and who can open it."""

from collections.abc import Sequence

from gitops_ci.model.ledger_views import DeploymentStatus
from gitops_ci.model.operation import PENDING, Verdict
from gitops_ci.model.report_content import ReportContent
from gitops_ci.report.html.content import AppContent, slug, waiting
from gitops_ci.report.html.markup import Markup, element, join
from gitops_ci.report.html.page import GATES, page, row, section, table
from gitops_ci.report.html.words import NONE, badge, counted, tags

COLUMNS = ("Application", "Release", "Gate", "Why", "Until", "Who can open it")


def gates_page(content: ReportContent, apps: Sequence[AppContent]) -> str:
    sections = [
        part
        for column in content.lanes
        if (part := _environment(content, apps, column.name)) is not None
    ]
    intro = element(
        "p",
        "What keeps the release of the environment before from being promoted; the "
        "registries were not asked.",
        class_="intro",
    )
    nothing = element(
        "p",
        "No gate is closed: everything that could be promoted is there already, or nothing "
        "keeps it.",
    )
    return page(content, "Open gates", *([intro, *sections] if sections else [nothing]), here=GATES)


def gate_rows(
    status: DeploymentStatus, first: Markup, before: DeploymentStatus | None
) -> list[Markup]:
    """Return a row for each verdict that keeps a release out."""
    return [_row(verdict, first, before) for verdict in waiting(status)]


def _environment(
    content: ReportContent, apps: Sequence[AppContent], environment: str
) -> Markup | None:
    source = next((column.source for column in content.lanes if column.name == environment), None)
    rows: list[Markup] = []
    for app in apps:
        status = app.standings.get(environment)
        if status:
            first = element("a", app.name, href=f"apps/{slug(app.name)}.html")
            rows += gate_rows(status, first, app.standings.get(source or ""))
    if not rows:
        return None
    way = f"{source} → {environment}" if source else environment
    return section(
        f"to-{slug(environment)}",
        way,
        table(
            f"{counted(len(rows), 'closed gate')} on the way to {environment}",
            COLUMNS,
            rows,
            kind="gates",
        ),
    )


def _row(verdict: Verdict, first: Markup, before: DeploymentStatus | None) -> Markup:
    state = (
        badge("wait", f"{verdict.gate}: pending")
        if verdict.state == PENDING
        else badge("bad", f"{verdict.gate}: refused")
    )
    remedy = element("span", verdict.remedy, class_="remedy") if verdict.remedy else None
    return row(
        first,
        element("span", tags(before.release) if before else "", class_="tag"),
        state,
        join(verdict.reason, remedy),
        verdict.opens_at or NONE,
        ", ".join(verdict.openers) or NONE,
    )
