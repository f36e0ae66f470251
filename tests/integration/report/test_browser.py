"""The report in Chromium, under the policy that Jenkins puts on what builds publish.

The slow tier adds what only a browser knows: that a page loads, fits and can be read;
`test_report.py` and `tests/unit/report` hold its files against what they have to say.
"""

import pytest

from tests.servers.browser import Browser

pytestmark = pytest.mark.slow

PAGES = (
    "index.html",
    "gates.html",
    "audit.html",
    "apps/shop.html",
    "apps/evil.html",
    "apps/legacy.html",
)
TAB = "\ue004"

# the text of every element on the colour behind it, as far as both are plain colours
CONTRASTS = """
const canvas = color => color.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = node => {
  for (; node; node = node.parentElement) {
    const color = canvas(getComputedStyle(node).backgroundColor);
    if (color.length < 4 || color[3] > 0) return color;
  }
};
const worst = [];
for (const node of document.body.querySelectorAll('*')) {
  if (![...node.childNodes].some(child => child.nodeType == 3 && child.data.trim())) continue;
  const [a, b] = [light(canvas(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) worst.push([ratio, node.outerHTML.slice(0, 80)]);
}
return worst;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_whole_and_fits_the_window(
    browser: Browser, site: str, page: str, width: int, scheme: str
) -> None:
    browser.emulate(width=width, scheme=scheme)
    browser.open(site + page)
    assert [line for line in browser.log() if "favicon.ico" not in line] == []
    back = browser.evaluate("return getComputedStyle(document.documentElement).backgroundColor")
    assert back == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(17, 22, 29)")
    assert browser.evaluate("return document.documentElement.scrollWidth") == width
    pictures = browser.evaluate(
        "return [...document.images].map(image => [image.naturalWidth, image.currentSrc])"
    )
    assert all(
        natural == 1000 and ("/dark/" in source) == (scheme == "dark")
        for natural, source in pictures
    )
    assert bool(pictures) == page.startswith("apps/")
    assert browser.evaluate(CONTRASTS) == []


def test_words_from_outside_run_nowhere(browser: Browser, site: str) -> None:
    browser.open(f"{site}apps/evil.html")
    assert (
        browser.evaluate(
            "return document.querySelectorAll('script, [onclick], img:not([src^=\"../\"])').length"
        )
        == 0
    )
    assert "<script>alert('x')</script>" in browser.evaluate("return document.body.innerText")


def test_a_picture_that_is_opened_by_itself_keeps_its_colours(browser: Browser, site: str) -> None:
    browser.open(f"{site}timelines/shop.svg")
    assert browser.log() == []
    assert (
        browser.evaluate("return getComputedStyle(document.querySelector('rect')).fill")
        == "rgb(210, 238, 218)"
    )


def test_the_keyboard_reaches_the_content_the_links_and_what_scrolls(
    browser: Browser, site: str
) -> None:
    browser.emulate(width=1440)
    browser.open(f"{site}index.html")
    reached = []
    for _ in range(12):
        browser.press(TAB)
        reached.append(
            browser.evaluate(
                "return document.activeElement.getAttribute('href') || "
                "document.activeElement.className"
            )
        )
    assert reached[:4] == ["#content", "index.html", "gates.html", "audit.html"]
    assert "frame" in reached and "apps/cart.html" in reached
    assert (
        browser.evaluate("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    )


def test_the_heading_row_stays_in_sight(browser: Browser, site: str) -> None:
    browser.emulate(width=1440, height=600)
    browser.open(f"{site}index.html#letter-S")
    top = browser.evaluate(
        "return document.querySelector('.matrix thead th').getBoundingClientRect().top"
    )
    row = browser.evaluate("return document.querySelector('#letter-S').getBoundingClientRect().top")
    assert top == 0
    assert 0 < row < 600


def test_paper_has_dark_words_on_white_and_no_navigation(browser: Browser, site: str) -> None:
    browser.emulate(width=768, media="print")
    browser.open(f"{site}index.html")
    assert (
        browser.evaluate("return getComputedStyle(document.querySelector('nav')).display") == "none"
    )
