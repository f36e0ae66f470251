"""The report's pages: whole, well-formed, safe with any words, and true to the history."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base import redaction
from gitops_ci.model.ledger_views import Audit
from gitops_ci.model.report_content import EnvironmentColumn, ReportContent
from gitops_ci.report.html import markup
from gitops_ci.report.html.content import AppContent, applications, slug
from gitops_ci.report.html.site import files
from gitops_ci.report.html.spans import spans
from tests.unit.report import sample

PAGES = dict(files(sample.content(30)))
HTML = {path: text for path, text in PAGES.items() if path.endswith(".html")}
FORBIDDEN = ("script", "style", "form", "iframe", "object", "embed", "base", "button", "input")


def tree(text: str) -> ET.Element:
    """Parse a page strictly, as XML."""
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))


def inside(element: ET.Element, path: str) -> ET.Element:
    """Return the first element at a path below another, which has to be there."""
    found = element.find(path)
    assert found is not None, path
    return found


def target(path: str, link: str) -> str:
    """Return the path that a relative link of a page leads to."""
    parts: list[str] = []
    for part in (*PurePosixPath(path).parent.parts, *link.partition("#")[0].split("/")):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


@pytest.mark.parametrize("path", [path for path in PAGES if path != "style.css"])
def test_every_page_and_picture_is_well_formed(path: str) -> None:
    tree(PAGES[path].removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n'))


def test_pages_have_nothing_that_the_policy_of_jenkins_blocks() -> None:
    for path, text in PAGES.items():
        if path == "style.css":
            assert not re.search(r"url\(|@import", text)
            continue
        for node in tree(text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')).iter():
            name = node.tag.rpartition("}")[2]
            assert name not in FORBIDDEN, (path, name)
            assert not [key for key in node.attrib if key == "style" or key.startswith("on")], path
            for key in ("src", "href", "srcset"):
                assert re.match(
                    r"https?://|#|(\.\./)?[A-Za-z0-9._~/-]+(#|$)", node.get(key, "#")
                ), (path, node.get(key))


def test_links_and_pictures_lead_to_files_and_places_of_the_report() -> None:
    places = {path: {node.get("id") for node in tree(text).iter()} for path, text in HTML.items()}
    for path, text in HTML.items():
        for node in tree(text).iter():
            for link in filter(None, (node.get("href"), node.get("src"), node.get("srcset"))):
                if link.startswith("http"):
                    assert node.get("rel") == "noreferrer"
                    continue
                file, _, place = link.partition("#")
                assert not file or target(path, file) in PAGES, (path, link)
                assert not place or place in places[target(path, file) if file else path], (
                    path,
                    link,
                )


def test_pages_can_be_read_without_seeing_them() -> None:
    for path, text in HTML.items():
        page = tree(text)
        assert page.get("lang") == "en"
        assert inside(page, "head/*").get("charset") == "utf-8"
        assert len(list(page.iter("h1"))) == 1, path
        assert all(page.find(f"body/{name}") is not None for name in ("header", "main", "footer"))
        assert inside(page, "body/*").get("href") == "#content"
        ids = [node.get("id") for node in page.iter() if node.get("id")]
        assert len(ids) == len(set(ids)), path
        for table in page.iter("table"):
            assert "".join(inside(table, "caption").itertext()), path
            assert all(head.get("scope") in {"row", "col"} for head in table.iter("th"))
        for image in page.iter("img"):
            assert "dev: " in image.get("alt", "")
        for frame in page.iter("div"):
            if "frame" in frame.get("class", "").split():
                assert frame.get("tabindex") == "0" and frame.get("aria-label")


def test_hostile_words_are_text() -> None:
    shown = "".join(tree(PAGES["apps/evil.html"]).itertext())
    assert "<script>alert('x')</script>\"&amp;\\u202egnp.exe\\x1b[31m]]>" in shown
    assert "javascript:" not in PAGES["apps/evil.html"].replace("&#x27;", "")
    assert not any(
        "secret@" in text or "\u202e" in text or "\x1b" in text for text in PAGES.values()
    )


@given(st.text())
def test_any_text_comes_out_of_an_element_as_it_went_in(words: str) -> None:
    element = ET.fromstring(markup.element("p", words, title=words))
    assert element.text in {
        redaction.printable(redaction.redact(words)).translate(markup._NO_XML) or None
    }
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)

    Reader().feed(markup.element("p", words, title=words))
    assert found == ["p"]


def test_secrets_are_masked() -> None:
    redaction.remember("hunter2hunter2")
    assert "hunter2" not in markup.element("p", "it is hunter2hunter2", title="hunter2hunter2")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//x.example.com",
        "https://",
        "http://a b/",
        "https://[",
        "",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert markup.link(url, "here") == "here"


@given(st.lists(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True), unique=True))
def test_file_names_of_applications_differ_also_where_case_does_not_count(names: list[str]) -> None:
    slugs = [slug(name).lower() for name in names]
    assert len(set(slugs)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_-][a-z0-9._~-]*[a-z0-9_~-]", each + "-") for each in slugs)


@pytest.mark.parametrize(
    "name", ["con", "NUL", "com1.x", "../../etc/passwd", "a/b", "a\\b", "", "x" * 300, "a."]
)
def test_no_name_leaves_the_folder_or_is_one_that_windows_keeps(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]+~[0-9a-f]{12}", slug(name))


def test_a_hand_edit_ends_a_release_and_the_next_operation_ends_the_hand_edit() -> None:
    app = next(app for app in applications(sample.content()) if app.name == "cart")
    last, hand = spans(app, "prod")[-2:]
    assert (last.came, hand.came) == ("promote", "by hand")
    assert last.end == hand.start == sample.NOW - 70 * sample.HOUR
    assert hand.end is None and str(hand.release) == "7"


def test_what_does_not_count_takes_no_time() -> None:
    app = next(app for app in applications(sample.content()) if app.name == "shop")
    assert "13" not in [str(span.release) for span in spans(app, "prod")]
    assert "does not count" in PAGES["apps/shop.html"]


def test_an_adopted_value_is_shown_although_nothing_happened() -> None:
    app = next(app for app in applications(sample.content()) if app.name == "legacy")
    (span,) = spans(app, "dev")
    assert (span.came, span.start, span.end) == ("adopted", None, None)


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**40), 2**40),
            st.sampled_from(["1", "2", "3"]),
            st.sampled_from(["dev", "stage"]),
        ),
        max_size=30,
    )
)
def test_any_history_can_be_drawn_and_spans_follow_each_other(
    moves: list[tuple[int, str, str]],
) -> None:
    entries = [sample.entry("a", "update", where, tag, hours / 3600) for hours, tag, where in moves]
    entries.sort(key=lambda entry: -entry.arrived)
    app = AppContent("a", {}, entries, ())
    for where in ("dev", "stage"):
        found = spans(app, where)
        assert all(one.end == other.start for one, other in pairwise(found))
    content = ReportContent(
        "r",
        "main",
        "c",
        sample.NOW,
        (EnvironmentColumn("dev"), EnvironmentColumn("stage", "dev")),
        (),
        {"a": entries},
    )
    for path, text in files(content):
        if path.endswith((".svg", ".html")):
            tree(text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n'))


def test_an_empty_repository_has_a_report() -> None:
    pages = dict(
        files(
            ReportContent(
                "/srv/git/new.git", "main", "c", 0, (), (), {}, Audit(None, "c", 0, 0, ())
            )
        )
    )
    assert "There is no application" in pages["index.html"]
    assert "passed" in pages["audit.html"]


def test_many_applications_have_an_index_of_letters_and_few_have_none() -> None:
    assert 'href="#letter-B"' in PAGES["index.html"]
    assert "letter-B" not in dict(files(sample.content()))["index.html"].replace(
        'id="letter-B"', ""
    )
