"""Pure: a report as files: paths below its folder, and their text."""

from collections.abc import Iterator
from pathlib import Path

from gitops_ci.model.report_content import ReportContent
from gitops_ci.report.html.application import application
from gitops_ci.report.html.content import applications, slug
from gitops_ci.report.html.findings import audit_page
from gitops_ci.report.html.gates import gates_page
from gitops_ci.report.html.matrix import index
from gitops_ci.report.html.page import AUDIT, GATES, INDEX, STYLE
from gitops_ci.report.html.palette import DARK, LIGHT
from gitops_ci.report.html.spans import spans
from gitops_ci.report.html.timeline import draw


def files(content: ReportContent) -> Iterator[tuple[str, str]]:
    """Yield path and text of every file, one application at a time."""
    apps = applications(content)
    yield STYLE, Path(__file__).with_name(STYLE).read_text(encoding="utf-8")
    yield INDEX, index(content, apps)
    yield GATES, gates_page(content, apps)
    yield AUDIT, audit_page(content)
    for app in apps:
        lanes = {column.name: spans(app, column.name) for column in content.lanes}
        yield f"apps/{slug(app.name)}.html", application(content, app, lanes)
        if any(lanes.values()):
            yield f"timelines/{slug(app.name)}.svg", draw(app.name, lanes, content.generated, LIGHT)
            yield (
                f"timelines/dark/{slug(app.name)}.svg",
                draw(app.name, lanes, content.generated, DARK),
            )
