"""Markdown for pull requests and chats: what comes from outside stays text, whatever it holds.
Pure.
"""

import re
from collections.abc import Sequence

from gitops_ci.base.redaction import one_line, redact

_MARKUP = re.compile(r"([\\`*_\[\]#!~$])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# What becomes a mention, a reference, an emoji or a link without any markup, even behind a
# backslash or as an entity: these
# are found in the finished text. A character that is not seen keeps them apart.
_MAGIC = re.compile(r"([@#!~%$&]|(?<![0-9]):|\bwww)(?=[\w+/.-])", re.IGNORECASE)
_APART = "\N{ZERO WIDTH SPACE}"


def escape(text: str) -> str:
    """Return a text as one line of prose: nothing in it is markup, a link or a mention."""
    apart = _MAGIC.sub(rf"\1{_APART}", one_line(redact(text)))
    return _MARKUP.sub(r"\\\1", apart.translate(_HTML))


def code(text: str) -> str:
    """Return a text as code: no link, mention, HTML or emphasis begins in it; '' stays ''."""
    shown = one_line(redact(text))
    if not shown:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    inner = f" {shown} " if shown[0] == "`" or shown[-1] == "`" else shown
    return f"{fence}{inner}{fence}"


def link(label: str, url: str) -> str:
    """Return a link with a label of our own to a checked URL."""
    return f"[{label}]({url.replace('(', '%28').replace(')', '%29')})"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are Markdown."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )
