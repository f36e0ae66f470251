"""Key paths: where a value stands in a YAML file, as people write it in ``gitops.yaml`` and on the
command line.

Segments are joined by dots. A bare segment has no dot, bracket, quote, equals sign or blank; other
keys are quoted: ``"a.b".tag`` or ``a["b.c"].tag``. A list item is found by index,
``containers[0].tag``, or by a sibling value, ``images[name=web].tag``, ``images[name="a b"].tag``.
In quotes a backslash stands before a quote or a backslash.
"""

import re

import msgspec

from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import one_line

_BARE = re.compile(r"""[^.\[\]"'=\s\x00-\x1f\x7f]+""")
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"' + r"|'([^']*)'")
_ESCAPE = re.compile(r'\\(["\\])')
_INDEX = re.compile(r"[0-9]{1,9}")
_EXAMPLES = 'write for example image.tag, "a.b".tag, containers[0].tag or images[name=web].tag'


class Key(msgspec.Struct, frozen=True):
    """The value of a key of a mapping."""

    name: str


class Index(msgspec.Struct, frozen=True):
    """An item of a list, counted from 0."""

    number: int


class Item(msgspec.Struct, frozen=True):
    """The one item of a list whose ``key`` has this value."""

    key: str
    value: str


Segment = Key | Index | Item


class KeyPath(msgspec.Struct, frozen=True):
    """A parsed key path; ``str()`` gives it back in its shortest form."""

    segments: tuple[Segment, ...]

    def __str__(self) -> str:
        text = ""
        for segment in self.segments:
            text += _shown(segment, first=not text)
        return text


def parse_key_path(text: str) -> KeyPath:
    """Parse a key path.

    Raises UsageError with the position of what is wrong; ``config`` catches it and says the line of
    ``gitops.yaml``.
    """
    segments, end = _parse(text)
    if end < len(text):
        raise _wrong(text, end, f"unexpected {text[end]!r}")
    return KeyPath(segments)


def split_assignment(text: str) -> tuple[KeyPath, str]:
    """Split ``KEY=VALUE`` at the first equals sign outside brackets and quotes.

    Raises UsageError.
    """
    segments, end = _parse(text)
    if end == len(text):
        raise UsageError(
            f"{_quote(text)} has no value", remedy="write KEY=VALUE, for example image.tag=15"
        )
    if text[end] != "=":
        raise _wrong(text, end, f"unexpected {text[end]!r}")
    return KeyPath(segments), text[end + 1 :]


def _parse(text: str) -> tuple[tuple[Segment, ...], int]:
    """Read segments up to the end or to what can't follow a segment.

    Return them and that position.
    """
    segments: list[Segment] = []
    segment: Segment
    position = 0
    while True:
        if text.startswith("[", position):
            segment, position = _bracket(text, position)
        else:
            name, position = _word(text, position)
            segment = Key(name)
        segments.append(segment)
        if text.startswith(".", position):
            position += 1
            if text.startswith("[", position):
                raise _wrong(text, position, "a bracket after a dot")
        elif not text.startswith("[", position):
            return tuple(segments), position


def _word(text: str, position: int) -> tuple[str, int]:
    """Read a bare or quoted word."""
    if text[position : position + 1] in {'"', "'"}:
        match = _QUOTED.match(text, position)
        if not match:
            raise _wrong(text, position, "the quote is not closed")
        name = match[2] if match[1] is None else _ESCAPE.sub(r"\1", match[1])
        return name, match.end()
    match = _BARE.match(text, position)
    if not match:
        found = f"{text[position]!r}" if position < len(text) else "the end"
        raise _wrong(text, position, f"a key is missing before {found}")
    return match[0], match.end()


def _bracket(text: str, position: int) -> tuple[Segment, int]:
    start = position + 1
    match = _INDEX.match(text, start)
    if match and text.startswith("]", match.end()):
        return Index(int(match[0])), match.end() + 1
    quoted = text[start : start + 1] in {'"', "'"}
    name, end = _word(text, start)
    segment: Segment
    if text.startswith("=", end):
        value, end = _item_value(text, end + 1)
        segment = Item(name, value)
    elif quoted:
        segment = Key(name)
    else:
        raise _wrong(text, start, "neither an index, a quoted key nor KEY=VALUE in the brackets")
    if not text.startswith("]", end):
        raise _wrong(text, end, "the bracket is not closed")
    return segment, end + 1


def _item_value(text: str, position: int) -> tuple[str, int]:
    """Read the value of a sibling: quoted, or everything up to the closing bracket."""
    if text[position : position + 1] in {'"', "'"}:
        return _word(text, position)
    end = text.find("]", position)
    if end < 0:
        raise _wrong(text, len(text), "the bracket is not closed")
    if end == position or re.search(r"""[\s"'\[]""", text[position:end]):
        raise _wrong(
            text, position, "a value with blanks, quotes or brackets, or none, has to be quoted"
        )
    return text[position:end], end


def _shown(segment: Segment, *, first: bool) -> str:
    if isinstance(segment, Index):
        return f"[{segment.number}]"
    if isinstance(segment, Item):
        bare = segment.value and not re.search(r"""[\s"'\[\]\\]""", segment.value)
        return f"[{_key(segment.key)}={segment.value if bare else _quoted(segment.value)}]"
    if _BARE.fullmatch(segment.name):
        return segment.name if first else f".{segment.name}"
    return _quoted(segment.name) if first else f"[{_quoted(segment.name)}]"


def _key(name: str) -> str:
    # digits alone would be read back as an index only without the equals sign that follows
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quote(text: str) -> str:
    return repr(one_line(text[:200]))


def _wrong(text: str, position: int, what: str) -> UsageError:
    return UsageError(
        f"key path {_quote(text)}, character {position + 1}: {what}", remedy=_EXAMPLES
    )
