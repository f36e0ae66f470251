"""Pure: the first page: what runs where, and what needs attention."""

from collections.abc import Sequence

from gitops_ci.model.ledger_views import VIOLATION
from gitops_ci.model.report_content import ReportContent
from gitops_ci.report.html.cell import running
from gitops_ci.report.html.content import AppContent, slug, waiting
from gitops_ci.report.html.markup import Markup, element, join
from gitops_ci.report.html.page import AUDIT, GATES, INDEX, page, row, section, table
from gitops_ci.report.html.words import badge, counted, when

_JUMPS_FROM = 25  # applications: fewer are seen at once
_ATTENTION = 20  # rows; the audit's page has the rest


def index(content: ReportContent, apps: Sequence[AppContent]) -> str:
    matrix = (
        section("matrix", "What runs where", _jumps(apps), _matrix(content, apps))
        if apps
        else _empty()
    )
    return page(
        content,
        "Environments",
        _summary(content, apps),
        _notes(content),
        _attention(content),
        matrix,
        here=INDEX,
    )


def _matrix(content: ReportContent, apps: Sequence[AppContent]) -> Markup:
    """Return the table; the roles keep it one for screen readers where the style makes cards of its
    rows.
    """
    head = [element("th", "Application", scope="col", role="columnheader")]
    for column in content.lanes:
        source = element("span", f" from {column.source}", class_="from") if column.source else None
        head.append(element("th", column.name, source, scope="col", role="columnheader"))
    rows = []
    letter = ""
    for app in apps:
        initial = _initial(app.name)
        rows.append(_app(content, app, f"letter-{initial}" if initial != letter else None))
        letter = initial
    inner = element(
        "table",
        element("caption", "What runs in each environment, by application", class_="unseen"),
        element("thead", element("tr", *head, role="row"), role="rowgroup"),
        element("tbody", *rows, role="rowgroup"),
        class_="matrix",
        role="table",
    )
    kind = "wide" if len(content.lanes) > 5 else "narrow"
    return element(
        "div",
        inner,
        class_=f"frame {kind}",
        tabindex="0",
        role="region",
        aria_label="What runs where",
    )


def _app(content: ReportContent, app: AppContent, anchor: str | None) -> Markup:
    name = element(
        "th",
        element("a", app.name, href=f"apps/{slug(app.name)}.html"),
        scope="row",
        role="rowheader",
    )
    cells = [
        element(
            "td",
            element("span", column.name, class_="lane", aria_hidden="true"),
            element("div", running(app.standings.get(column.name), column, content.generated)),
            role="cell",
        )
        for column in content.lanes
    ]
    return element("tr", name, *cells, role="row", id=anchor)


def _jumps(apps: Sequence[AppContent]) -> Markup | None:
    if len(apps) <= _JUMPS_FROM:
        return None
    letters = dict.fromkeys(_initial(app.name) for app in apps)
    items = [element("li", element("a", letter, href=f"#letter-{letter}")) for letter in letters]
    return element(
        "nav", element("ul", *items), class_="jumps", aria_label="Applications by first letter"
    )


def _initial(name: str) -> str:
    first = name[:1].upper()
    return first if "A" <= first <= "Z" else "0-9" if first.isdigit() else "other"


def _summary(content: ReportContent, apps: Sequence[AppContent]) -> Markup:
    drifts = sum(bool(status.drift) for status in content.standings)
    waits = sum(bool(waiting(standing)) for standing in content.standings)
    items = [
        element(
            "li",
            element("strong", f"{len(apps):,}"),
            " application" if len(apps) == 1 else " applications",
        ),
        element(
            "li", element("strong", f"{drifts:,}"), " drifted", class_="warn" if drifts else None
        ),
        element(
            "li", element("a", element("strong", f"{waits:,}"), " waiting for a gate", href=GATES)
        ),
    ]
    if content.audit:
        bad = sum(finding.severity == VIOLATION for finding in content.audit.findings)
        words = join(element("strong", f"{bad:,}"), " violation" if bad == 1 else " violations")
        items.append(element("li", element("a", words, href=AUDIT), class_="bad" if bad else None))
    else:
        items.append(element("li", element("a", "audit left out", href=AUDIT)))
    return element("ul", *items, class_="summary")


def _attention(content: ReportContent) -> Markup | None:
    """Return what somebody should look at: broken files, drift, and the newest violations."""
    rows = [
        (status.app, status.environment, badge("warn", "drift"), join(status.drift))
        for status in content.standings
        if status.drift
    ]
    violations = (
        [finding for finding in content.audit.findings if finding.severity == VIOLATION]
        if content.audit
        else []
    )
    rows += [
        (
            each.app,
            each.environment,
            badge("bad", each.kind),
            join(each.message, " (", when(each.time), ")"),
        )
        for each in reversed(violations)
    ]
    if not rows:
        return None
    markups = [
        row(_app_link(app), environment, mark, words)
        for app, environment, mark, words in rows[:_ATTENTION]
    ]
    rest = len(rows) - len(markups)
    more = element(
        "p",
        f"{counted(rest, 'more', 'more')}: look for the marks below, and at the ",
        _audit_link(),
        ".",
    )
    columns = ("Application", "Environment", "What", "Why")
    return section(
        "attention",
        "Needs attention",
        table("Drift and violations", columns, markups, hidden=True, kind="attention"),
        more if rest else None,
    )


def _app_link(app: str) -> Markup:
    return element("a", app, href=f"apps/{slug(app)}.html") if app else join("repository")


def _audit_link() -> Markup:
    return element("a", "audit", href=AUDIT)


def _notes(content: ReportContent) -> Markup | None:
    """Return what could not be asked: a report without it is no failure."""
    return (
        element("ul", *(element("li", note) for note in content.notes), class_="plain")
        if content.notes
        else None
    )


def _empty() -> Markup:
    return element(
        "p",
        "There is no application in this repository yet: gitops.yaml names none, or no "
        "folder matches.",
    )
