"""Nothing from outside is markup, a mention or a link in a Markdown table."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.report.formats import markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<img src=x>", "&lt;img src=x&gt;"),
        ("*bold* _and_ `code`", r"\*bold\* \_and\_ \`code\`"),
        ("[here](https://evil.example.com)", "\\[here\\](https:\u200b//evil.example.com)"),
        ("@everyone #12 !3", "@\u200beveryone \\#\u200b12 \\!\u200b3"),
        ("www.example.com a@b.example", "www\u200b.example.com a@\u200bb.example"),
        ("&#64;all", "&amp;\\#\u200b64;all"),
        ("two\nlines\x1b[31m", "two lines\\\\x1b\\[31m"),
        ("release-1.4+build (15)", "release-1.4+build (15)"),
    ],
)
def test_a_text_is_shown_as_it_is(text: str, shown: str) -> None:
    assert markdown.escape(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("15", "`15`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a|b", "`a|b`"), ("", "")],
)
def test_code_holds_backticks_and_pipes(text: str, shown: str) -> None:
    assert markdown.code(text) == shown


@given(st.text())
def test_no_text_ends_its_cell_or_its_line(text: str) -> None:
    for cell in (markdown.escape(text), markdown.code(text)):
        row = markdown.table(["one"], [[cell]]).split("\n")[2]
        assert len(re.findall(r"(?<!\\)\|", row)) == 2
        assert "<" not in markdown.escape(text)
