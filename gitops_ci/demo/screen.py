"""How the demo looks: 80 columns, colour only on a terminal, plain signs where the output can't
hold others.
"""

import re
import shlex
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from gitops_ci.base.redaction import safe

WIDTH = 80
_INDENT = "   "
_PLAIN = str.maketrans({"─": "-", "━": "=", "…": "~", "✓": "+", "✗": "x", "●": "*"})
# what a commit records of a plan is longer than a line
_LONG_DIGEST = re.compile(r"((?:sha256|Gitops-Plan: [0-9]+):[0-9a-f]{12})[0-9a-f]{52}")
_STATES = {
    "passed": ("✓", "green"),
    "refused": ("✗", "red"),
    "pending": ("●", "yellow"),
    "overridden": ("●", "magenta"),
}
_LINES = {"+": "green", "-": "red", "@": "cyan"}


class Screen:
    """Writes to stdout; remembers what kind of place that is, and whether the last line is free."""

    def __init__(self) -> None:
        self._free = True
        self._console = Console(
            file=sys.stdout, highlight=False, soft_wrap=True, emoji=False, markup=False
        )

    def title(self, text: str) -> None:
        """Show what this is."""
        self._print(f"{text}\n{'━' * len(text)}", "bold")
        self._print("")

    def headline(self, text: str) -> None:
        """Begin a step."""
        self._print("")
        self._print(f"── {text} ".ljust(WIDTH, "─"), "bold cyan")
        self._print("")

    def prose(self, text: str) -> None:
        """Say what happens, and why."""
        self._print(_filled(text, WIDTH - 4))
        self._print("")

    def aside(self, text: str) -> None:
        """Say what happens beside the commands."""
        self._print(_filled(f"# {text}", WIDTH - 4, after="# "), "dim")

    def command(self, words: Sequence[str], names: Mapping[str, str] | None = None) -> None:
        """Show a command as a person types it; ``names`` stand for long values, as variables of the
        shell.
        """
        for value, name in (names or {}).items():
            self._print(f"{_INDENT}$ {name}={value}", "bold")
        self._print(f"{_INDENT}$ {_typed(words, names or {})}", "bold")

    def diff(self, text: str) -> None:
        """Show a unified diff."""
        self._print("")
        for line in text.splitlines():
            self._print(
                _INDENT + line, "bold" if line[:3] in {"---", "+++"} else _LINES.get(line[:1], "")
            )

    def gates(self, gates: Sequence[Mapping[str, Any]]) -> None:
        """Show each gate's verdict, with what to do about those that are not open."""
        self._print("")
        for gate in gates:
            sign, style = _STATES[gate["state"]]
            start = f"{_INDENT}{sign} {gate['gate']:<9} "
            self._print(_filled(gate["reason"], WIDTH - 1, start, " " * len(start)), style)
            if gate["remedy"] and gate["state"] in {"refused", "pending"}:
                self._print(_filled(gate["remedy"], WIDTH - 1, " " * len(start), " " * len(start)))

    def gap(self) -> None:
        """Leave a line free."""
        self._print("")

    def result(self, text: str, *, good: bool) -> None:
        """Show how a command ended."""
        sign, style = ("✓", "bold green") if good else ("✗", "bold red")
        start = f"{_INDENT}{sign} "
        self._print("")
        self._print(_filled(text, WIDTH - 1, start, " " * len(start)), style)

    def block(self, text: str, title: str = "") -> None:
        """Show lines as they are, the first one as a heading when there is no title."""
        first, *rest = text.splitlines()
        self._print("")
        if title:
            self._print(_INDENT + title, "bold")
            rest.insert(0, first)
        else:
            self._print(_INDENT + first, "bold")
        for line in rest:
            self._print(_INDENT + line if line else "")

    def _print(self, text: str, style: str = "") -> None:
        if self._free and not text:
            return
        self._free = not text
        text = _LONG_DIGEST.sub(r"\1…", safe(text))
        if not (self._console.encoding or "").lower().startswith("utf"):
            text = text.translate(_PLAIN)
        self._console.print(Text(text, style=style))


def _filled(text: str, width: int, start: str = _INDENT, after: str | None = None) -> str:
    following = start if after is None else after if after.isspace() else _INDENT + after
    short = _LONG_DIGEST.sub(r"\1…", text)
    return textwrap.fill(
        short,
        width,
        initial_indent=start,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _typed(words: Sequence[str], names: Mapping[str, str]) -> str:
    """Return the command line, broken before options where it is too long for a line."""
    parts: list[str] = []
    for word in words:
        text = f'"${names[word]}"' if word in names else shlex.quote(word)
        if parts and not word.startswith("--") and parts[-1].startswith("--"):
            parts[-1] += f" {text}"  # an option stays beside its value
        else:
            parts.append(text)
    lines = [parts[0]]
    for part in parts[1:]:
        if len(_INDENT) + 4 + len(lines[-1]) + len(part) + 3 > WIDTH:
            lines.append(part)
        else:
            lines[-1] += f" {part}"
    return f" \\\n{_INDENT}    ".join(lines)
