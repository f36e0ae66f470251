"""Pure: the page of one application: where it stands, its timeline, its history, its gates and
findings.
"""

from collections.abc import Callable, Mapping, Sequence

from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.ledger_views import DeploymentStatus
from gitops_ci.model.release import Image
from gitops_ci.model.report_content import ReportContent
from gitops_ci.report.formats.live import is_healthy, state_text
from gitops_ci.report.html import gates
from gitops_ci.report.html.cell import running
from gitops_ci.report.html.content import AppContent, slug, waiting
from gitops_ci.report.html.findings import findings_table
from gitops_ci.report.html.history import history
from gitops_ci.report.html.markup import Markup, element, join, link
from gitops_ci.report.html.page import page, row, section, table
from gitops_ci.report.html.spans import DeploymentSpan
from gitops_ci.report.html.timeline import WIDTH, description, height
from gitops_ci.report.html.words import NONE, badge, counted, when

Fact = Callable[[DeploymentStatus], Markup | str | None]


def application(
    content: ReportContent, app: AppContent, lanes: Mapping[str, Sequence[DeploymentSpan]]
) -> str:
    """Return the page; ``lanes`` are the spans of each environment."""
    root = "../"
    return page(
        content,
        app.name,
        _now(content, app),
        _gates(content, app),
        _timeline(content, app, lanes),
        _findings(app),
        history(content, app, lanes),
        here=f"apps/{slug(app.name)}.html",
        root=root,
    )


def _now(content: ReportContent, app: AppContent) -> Markup:
    """Return the facts of each environment, side by side."""
    statuses = [app.standings.get(column.name) for column in content.lanes]
    first = [
        running(status, lane, content.generated)
        for status, lane in zip(statuses, content.lanes, strict=True)
    ]
    rows = [row("Runs", *first)]
    for name, fact in _FACTS:
        cells = [fact(standing) if standing else None for standing in statuses]
        if any(cells):
            rows.append(
                row(name, *(cell or element("span", NONE, class_="none") for cell in cells))
            )
    columns = ("", *(lane.name for lane in content.lanes))
    return section(
        "now",
        "Now",
        table(
            f"What {app.name} runs in each environment", columns, rows, hidden=True, kind="facts"
        ),
    )


def _since(status: DeploymentStatus) -> Markup | None:
    return when(status.since) if status.since is not None else None


def _images(status: DeploymentStatus) -> Markup | None:
    if status.release is None:
        return None
    lines = [_image(image) for image in status.release.images if image.deployed]
    return join(*lines) if lines else None


def _image(image: Image) -> Markup:
    digest = element("span", image.digest, class_="digest") if image.digest else None
    name = f"{image.repository}:{image.tag}" if image.repository else image.tag
    return element(
        "div", element("code", name, element("br") if digest else None, digest), class_="image"
    )


def _argocd(status: DeploymentStatus) -> Markup | None:
    live = status.live
    if live is None:
        return None
    mark = badge("good" if is_healthy(live) else "bad", state_text(status))
    revision = join(" ", element("code", live.revision[:12])) if live.revision else None
    return join(mark, " ", link(live.page or None, live.application), revision)


def _live_images(status: DeploymentStatus) -> Markup | None:
    images = status.live.images if status.live else ()
    return (
        join(*(element("div", element("code", image), class_="image") for image in images))
        if images
        else None
    )


def _came(status: DeploymentStatus) -> str | None:
    if status.record is None:
        return None
    source = f" from {status.record.source}" if status.record.source else ""
    return f"{status.record.operation}{source}"


def _build(status: DeploymentStatus) -> Markup | None:
    url = status.release.build_url if status.release else None
    url = url or (status.record.release.build_url if status.record else None)
    return link(url, url) if url else None


def _source(status: DeploymentStatus) -> Markup | None:
    release = status.record.release if status.record else status.release
    if release is None or not release.source_revision:
        return None
    authors = f" by {', '.join(release.source_authors)}" if release.source_authors else ""
    return join(element("code", release.source_revision[:12]), authors)


def _checks(status: DeploymentStatus) -> Markup | None:
    return checks(status.checks) if status.checks else None


def checks(results: Sequence[CheckResult]) -> Markup:
    """Return the results of checks, one a line."""
    return element("ul", *(_check(result) for result in results), class_="plain")


def _check(result: CheckResult) -> Markup:
    mark = badge("good", "passed") if result.passed else badge("bad", "failed")
    by = f" by {result.by}" if result.by else ""
    return element(
        "li",
        mark,
        " ",
        link(result.url, result.name),
        element("span", by, " ", when(result.when), class_="since"),
    )


_FACTS: tuple[tuple[str, Fact], ...] = (
    ("Argo CD", _argocd),
    ("Live images", _live_images),
    ("Since", _since),
    ("Came by", _came),
    ("Requested by", lambda standing: standing.record.requested_by if standing.record else None),
    (
        "Approved by",
        lambda standing: ", ".join(standing.record.approved_by) if standing.record else None,
    ),
    ("Reason", lambda standing: standing.record.reason if standing.record else None),
    ("Images", _images),
    ("Source revision", _source),
    ("Build", _build),
    ("Checks", _checks),
    ("Drift", lambda standing: standing.drift),
    (
        "Commit",
        lambda standing: element("code", standing.record.commit[:12]) if standing.record else None,
    ),
    ("File", lambda standing: join(element("code", standing.file), " on ", standing.branch)),
)


def _timeline(
    content: ReportContent, app: AppContent, lanes: Mapping[str, Sequence[DeploymentSpan]]
) -> Markup | None:
    if not any(lanes.values()):
        return None
    name = slug(app.name)
    picture = element(
        "picture",
        element(
            "source", srcset=f"../timelines/dark/{name}.svg", media="(prefers-color-scheme: dark)"
        ),
        element(
            "img",
            src=f"../timelines/{name}.svg",
            alt=f"Timeline. {description(lanes, content.generated)}",
            width=str(WIDTH),
            height=str(height(len(lanes))),
        ),
    )
    legend = element(
        "figcaption",
        "A bar is a release, and has one colour wherever it runs. Above its beginning: ▶ "
        "promoted, ",
        "◀ rolled back, ◆ adopted, \N{MULTIPLICATION SIGN} written by hand (hatched). ",
        "The line on the right is the time of this report. ",
        "The same as a table: ",
        element("a", "history", href="#history"),
        ".",
    )
    frame = element(
        "div", picture, class_="frame picture", tabindex="0", role="region", aria_label="Timeline"
    )
    return section("timeline", "Timeline", element("figure", frame, legend))


def _gates(content: ReportContent, app: AppContent) -> Markup | None:
    rows: list[Markup] = []
    for lane in content.lanes:
        status = app.standings.get(lane.name)
        if status and waiting(status):
            way = join(f"{lane.source} → {lane.name}" if lane.source else lane.name)
            rows += gates.gate_rows(status, way, app.standings.get(lane.source or ""))
    if not rows:
        return None
    columns = ("Promotion", *gates.COLUMNS[1:])
    return section(
        "gates",
        "Open gates",
        table(counted(len(rows), "closed gate"), columns, rows, hidden=True, kind="gates"),
    )


def _findings(app: AppContent) -> Markup | None:
    if not app.findings:
        return None
    return section(
        "findings",
        "Audit",
        findings_table(app.findings, counted(len(app.findings), "finding"), apps=False),
    )
