"""Tables are plain and stable when piped, drawn and coloured on a terminal, and harmless in
both.
"""

import io
import re
from types import SimpleNamespace

import pytest

from gitops_ci.report.formats.terminal import TextCell, mark, table

ROWS: list[list[str | TextCell]] = [
    ["shop", TextCell("15", "good"), "a reason\nof two lines"],
    ["a-long-name", "", "x"],
]


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make stdout a terminal of 60 columns with colour."""
    monkeypatch.setattr("gitops_ci.report.formats.terminal.sys", SimpleNamespace(stdout=Terminal()))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return monkeypatch


def test_piped_it_is_plain_text_in_columns_one_line_a_row() -> None:
    assert table(["app", "tag", "state"], ROWS) == (
        "APP          TAG  STATE\nshop         15   a reason; of two lines\na-long-name  -    x\n"
    )


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_it_is_drawn_with_colour() -> None:
    drawn = table(["app", "tag", "state"], ROWS)
    assert "\x1b[32m15" in drawn
    assert "─" in drawn


def test_no_color_leaves_the_lines_and_takes_the_colour(terminal: pytest.MonkeyPatch) -> None:
    terminal.setenv("NO_COLOR", "1")
    drawn = table(["app", "tag", "state"], ROWS)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", drawn)
    assert "─" in drawn
    assert mark("x", "bad") == "x"


def test_a_dumb_terminal_gets_plain_text(terminal: pytest.MonkeyPatch) -> None:
    terminal.setenv("TERM", "dumb")
    assert "\x1b" not in table(["app", "tag", "state"], ROWS)


@pytest.mark.usefixtures("terminal")
def test_what_does_not_fit_is_folded_and_nothing_is_lost() -> None:
    digest = "0123456789abcdef" * 8
    lines = table(["app", "digest"], [["shop", digest]]).split("\n")
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 60 for line in lines)
    assert digest in "".join(re.findall(r"[0-9a-f]{9,}", "".join(lines)))


@pytest.mark.parametrize("text", ["\x1b[2Jx", "\u202eevil", "[bold]x[/bold]", "\x9b31m"])
def test_what_a_terminal_would_obey_is_escaped(text: str, terminal: pytest.MonkeyPatch) -> None:
    terminal.setenv("NO_COLOR", "1")
    for shown in (table(["a"], [[text]]), mark(text, "bad")):
        assert "\u202e" not in shown
        assert "\x9b" not in shown
        assert "\x1b[2J" not in shown
    assert "[bold]x[/bold]" in table(["a"], [["[bold]x[/bold]"]])
