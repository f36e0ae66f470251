"""Pure: the frame of every page: head, skip link, navigation, what the report was made of."""

from collections.abc import Sequence

from gitops_ci.model.report_content import ReportContent
from gitops_ci.report.html.markup import Markup, element, join, link
from gitops_ci.report.html.words import counted, when

INDEX, GATES, AUDIT, STYLE = "index.html", "gates.html", "audit.html", "style.css"


def page(content: ReportContent, title: str, *body: str | None, here: str, root: str = "") -> str:
    """Return a page; ``here`` is its file, ``root`` leads from its folder to the report's."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", f"{title} · {_name(content.repository)}"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("link", rel="stylesheet", href=f"{root}{STYLE}"),
    )
    whole = element(
        "body",
        element("a", "Skip to the content", href="#content", class_="skip"),
        element("header", _navigation(content, here, root), class_="top"),
        element("main", element("h1", title), *body, id="content"),
        _made_of(content),
    )
    return "<!DOCTYPE html>\n" + element("html", head, whole, lang="en") + "\n"


def section(name: str, title: str, *body: str | None) -> Markup:
    """Return a section with a heading that links can lead to."""
    return element("section", element("h2", title, id=name), *body, aria_labelledby=name)


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Markup],
    *,
    kind: str = "",
    hidden: bool = False,
    label: str = "",
) -> Markup:
    """Return a table that scrolls in a frame of its own where it is too wide; ``hidden``: the
    caption only for readers of it.
    """
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in columns)))
    inner = element(
        "table",
        element("caption", caption, class_="unseen" if hidden else None),
        head,
        element("tbody", *rows),
        class_=kind or None,
    )
    return element(
        "div", inner, class_="frame", tabindex="0", role="region", aria_label=label or caption
    )


def row(first: str, *cells: str | None) -> Markup:
    """Return a row whose first cell is its heading."""
    return element(
        "tr", element("th", first, scope="row"), *(element("td", cell) for cell in cells)
    )


def _navigation(content: ReportContent, here: str, root: str) -> Markup:
    violations = (
        sum(finding.severity == "violation" for finding in content.audit.findings)
        if content.audit
        else 0
    )
    entries = [
        (INDEX, "Environments", ""),
        (GATES, "Open gates", ""),
        (AUDIT, "Audit", f"{violations:,}" if violations else ""),
    ]
    items = [
        element(
            "li",
            element("a", words, href=root + file, aria_current="page" if file == here else None),
            join(
                " ",
                element("span", count, class_="count"),
                element("span", " violations", class_="unseen"),
            )
            if count
            else None,
        )
        for file, words, count in entries
    ]
    name = element("span", _name(content.repository), class_="name")
    read = element("span", "as of ", when(content.generated), " UTC", class_="asof")
    return join(name, element("nav", element("ul", *items), aria_label="Report"), read)


def _made_of(content: ReportContent) -> Markup:
    facts = [
        ("Repository", link(content.repository, content.repository)),
        (
            "Policy",
            join(
                element("code", content.policy_commit[:12]),
                f" on {content.policy_branch}" if content.policy_branch else "",
            ),
        ),
        ("Read at", join(when(content.generated), " UTC")),
        ("Made by", f"gitops-ci {content.version}".strip()),
    ]
    items = [element("div", element("dt", name), element("dd", value)) for name, value in facts]
    environments = counted(len(content.lanes), "environment")
    note = element(
        "p",
        f"All times are UTC; ages count to the time of reading. {environments}, from the "
        "Git history alone.",
    )
    return element("footer", element("dl", *items), note)


def _name(repository: str) -> str:
    """Return the last part of a repository's address."""
    return repository.rstrip("/").rpartition("/")[2].removesuffix(".git") or repository
