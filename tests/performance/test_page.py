"""The page of the benchmarks: one section is replaced, all others stay letter by letter."""

from tests.performance.page import replaced, whole

FACTS = [("Date", "2026-01-01"), ("Cores", "2")]
ORDER = ["one", "two", "three"]


def test_a_section_is_replaced_where_it_stood_and_no_other_one_is_touched() -> None:
    page = whole("# Benchmarks\n", FACTS, {"one": "## One\n\nold\n", "three": "## Three\n\nkept\n"})
    new = replaced(
        page, [("Date", "2026-02-02"), ("Cores", "2")], {"one": "## One\n\nnew\n"}, ORDER
    )
    assert new == page.replace("old\n", "new\n\nMeasured by itself on 2026-02-02.\n")


def test_a_new_section_comes_in_its_place_and_tells_what_differs_from_the_top_of_the_page() -> None:
    page = whole("# Benchmarks\n", FACTS, {"one": "## One\n", "three": "## Three\n"})
    new = replaced(
        page, [("Date", "2026-02-02"), ("Cores", "4"), ("jq", "1.6")], {"two": "## Two\n"}, ORDER
    )
    headings = [line for line in new.splitlines() if line.startswith("## ")]
    assert headings == ["## One", "## Two", "## Three"]
    assert "Measured by itself on 2026-02-02; Cores 4, jq 1.6." in new


def test_a_section_that_is_replaced_twice_is_told_of_once() -> None:
    page = whole("# Benchmarks\n", FACTS, {"one": "## One\n", "two": "## Two\n"})
    once = replaced(page, FACTS, {"two": "## Two\n"}, ORDER)
    assert replaced(once, FACTS, {"two": "## Two\n"}, ORDER) == once
    assert once.count("Measured by itself") == 1
