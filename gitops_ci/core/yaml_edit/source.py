"""From the bytes of a values file to its text and back, and what is no values file at all."""

import codecs
import re

import msgspec

from gitops_ci.base.errors import ValuesError
from gitops_ci.base.redaction import one_line

LARGEST = 20_000_000  # bytes; a parse takes about 0.2 s a million
LINE_BREAK = re.compile(r"\r\n|\n|\r")
# the lines that Git puts around and between the two sides of a conflict, in their order
_MARKERS = (
    re.compile(r"^<{7}(?: .*)?$", re.M),
    re.compile(r"^={7}\r?$", re.M),
    re.compile(r"^>{7}(?: .*)?$", re.M),
)


class YamlText(msgspec.Struct, frozen=True):
    """The text of a file without its byte order mark; ``name`` is what messages call the file."""

    text: str
    name: str
    bom: bool = False

    def line(self, position: int) -> int:
        """Return the line, counted from 1, of a position in characters."""
        breaks = self.text.count("\n", 0, position) + self.text.count("\r", 0, position)
        return breaks - self.text.count("\r\n", 0, position) + 1

    def error(self, position: int, problem: str, remedy: str) -> ValuesError:
        """Return the error that names the file, the line of a position and what is wrong there."""
        return ValuesError(
            f"{one_line(self.name)}, line {self.line(position)}: {one_line(problem)}",
            remedy=one_line(remedy),
        )

    def encoded(self, text: str) -> bytes:
        """Return another text as the bytes of this file."""
        return (codecs.BOM_UTF8 if self.bom else b"") + text.encode()


def line_start(text: str, position: int) -> int:
    """Return where the line of a position begins; all in characters."""
    return max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1


def line_end(text: str, position: int) -> int:
    """Return where the line of a position ends, before its line break."""
    match = LINE_BREAK.search(text, position)
    return match.start() if match else len(text)


def decode(data: bytes, name: str) -> YamlText:
    """Decode a file; raises ValuesError for what is too large, binary, not UTF-8 or in the middle
    of a merge.
    """
    shown = one_line(name)
    if len(data) > LARGEST:
        raise ValuesError(
            f"{shown} has {len(data):,} bytes; the limit is {LARGEST:,}",
            remedy="split the file: no values file needs that much",
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValuesError(f"{shown} is UTF-16", remedy="save it as UTF-8")
    if b"\0" in data:
        raise ValuesError(
            f"{shown}, line {_line(data, data.index(0))}: a NUL byte: this is a binary file",
            remedy="give a YAML file",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValuesError(
            f"{shown}, line {_line(data, error.start)}: byte 0x{data[error.start]:02x} is "
            "not UTF-8",
            remedy="save the file as UTF-8: guessing its encoding would damage it",
        ) from error
    source = YamlText(text, name, bom=data.startswith(codecs.BOM_UTF8))
    if "<<<<<<<" in text and (start := _conflict(text)) is not None:
        raise source.error(
            start,
            "the markers of an unresolved merge conflict",
            "resolve the conflict and commit the file",
        )
    return source


def _conflict(text: str) -> int | None:
    """Return where the first unresolved conflict begins."""
    first, position = None, 0
    for marker in _MARKERS:
        match = marker.search(text, position)
        if match is None:
            return None
        first = match.start() if first is None else first
        position = match.end()
    return first


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
