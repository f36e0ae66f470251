"""Finds what can be run or read by a machine on a page.

- A ``console`` block: its ``$ `` lines are commands (``\\`` joins the next line), ``# exit N`` at
  the end of a command is
  its exit code (0 otherwise), and the lines below a command have to occur in its output, in this
  order.
- ``<!-- $ command -->`` is run too and not seen: what happens between the examples.
- A ``yaml`` block with ``file=NAME`` behind the language is written to that file; another one with
  ``version: 1`` in it is a
  whole gitops.yaml, which has to be right; ``json`` blocks are results or release files.
"""

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"```(\w*)(.*)")
_HIDDEN = re.compile(r"<!-- \$ (.*) -->")
_EXIT = re.compile(r"\s+# (?:.*, )?exit (\d+)$")


@dataclass(frozen=True)
class Command:
    """A command at a line of a page, its exit code, and lines of its output."""

    line: int
    text: str
    code: int = 0
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A fenced block: language, what stands behind it, and content."""

    line: int
    language: str
    info: str
    text: str


def parts(page: Path) -> list[Command | Block]:
    """Return the commands and the other blocks of a page in their order."""
    found: list[Command | Block] = []
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        hidden, fence = _HIDDEN.fullmatch(line.strip()), _FENCE.match(line)
        if hidden:
            found.append(_command(number, hidden[1]))
        elif fence:
            content = []
            for _, inner in lines:
                if inner.startswith("```"):
                    break
                content.append(inner)
            block = Block(number, fence[1], fence[2].strip(), "\n".join(content) + "\n")
            found += _commands(block) if block.language == "console" else [block]
    return found


def _commands(block: Block) -> list[Command]:
    found: list[Command] = []
    lines = iter(enumerate(block.text.splitlines(), block.line + 1))
    for number, line in lines:
        if line.startswith("$ "):
            text = line.removeprefix("$ ")
            while text.endswith("\\"):
                text = text.removesuffix("\\") + next(lines)[1].strip()
            found.append(_command(number, text))
        elif line.strip():
            last = found.pop()
            found.append(Command(last.line, last.text, last.code, (*last.shown, line)))
    return found


def _command(number: int, text: str) -> Command:
    code = _EXIT.search(text)
    return Command(number, text[: code.start()] if code else text, int(code[1]) if code else 0)
