"""Replaces the characters of one scalar in the text of a file."""

import re

import msgspec

from gitops_ci.core.yaml_edit.lookup import FoundNode
from gitops_ci.core.yaml_edit.source import YamlText
from gitops_ci.core.yaml_edit.tree import YamlNode
from gitops_ci.core.yaml_edit.writing import fits_one_line, fits_plain, is_string, quoted

STRING_TAGS = frozenset({"tag:yaml.org,2002:str", "!"})
_BLANKS = re.compile(r"(?:[ \t\r\n\x85\u2028\u2029]++|#[^\r\n\x85\u2028\u2029]*+)*+")
_PROPERTY = re.compile(r"&[0-9A-Za-z_-]+|!<[^>]*>|![^\s,\[\]{}]*")
_HEADER = re.compile(r"[|>][-+0-9]*")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_JSON_ONLY = re.compile(r"null|true|false|-?[0-9.eE+-]+|")


class Splice(msgspec.Struct, frozen=True):
    """Characters to replace: from ``start`` to before ``end``, positions in the old text."""

    start: int
    end: int
    text: str


def holds(node: YamlNode, value: str) -> bool:
    """Tell whether a scalar is this text already, and a string for every reader."""
    return node.text == value and reads_as_string(node)


def reads_as_string(node: YamlNode) -> bool:
    """Tell whether every reader takes a scalar for a string."""
    tag = node.event.tag
    if tag is not None:
        return tag in STRING_TAGS
    return bool(node.event.style) or is_string(node.text or "")


def replacement(source: YamlText, found: FoundNode, value: str) -> list[Splice]:
    """Return the splices that write a value in the place of a scalar, in the scalar's own style.

    Raises ValuesError where there is no place for a value.
    """
    node, style = found.node, found.node.event.style
    start = content_start(source.text, node)
    if style in {'"', "'"}:
        return [Splice(start, node.end, quoted(value, style))]
    if style == "|":
        return _literal(source, found, start, value)
    if style == ">":
        raise source.error(
            node.start,
            f"{found.path} is a folded block (>), whose line ends are not those of its value",
            "write it on one line by hand",
        )
    text = unquoted(source, found, value)
    if start < node.end:
        return [Splice(start, node.end, text)]
    return [_into_empty(source, found, start, text)]


def content_start(text: str, node: YamlNode) -> int:
    """Return where a node's content begins, behind its anchor and tag."""
    position = node.start
    while match := _PROPERTY.match(text, position):
        position = match.end()
        if position >= node.end:
            return node.end
        blanks = _BLANKS.match(text, position)
        position = blanks.end() if blanks else position
    return position


def colon_after(text: str, key: YamlNode) -> int | None:
    """Return the position behind the colon that follows a key; None where it has none."""
    blanks = _BLANKS.match(text, key.end)
    position = blanks.end() if blanks else key.end
    return position + 1 if text.startswith(":", position) else None


def unquoted(source: YamlText, found: FoundNode, value: str) -> str:
    """Return a value without quotes where every reader takes that for a string, else in the file's
    usual quotes.
    """
    parent, node = found.parents[-1], found.node
    flow = any(outer.event.flow_style for outer in found.parents)
    if flow and parent.is_mapping and _is_json(found, node):
        return quoted(value, '"')
    certain = node.event.tag == "tag:yaml.org,2002:str" or is_string(value)
    return (
        value
        if certain and fits_plain(value, flow=flow)
        else quoted(value, usual_quote(source.text))
    )


def usual_quote(text: str) -> str:
    """Return the quote that a file uses: single ones only where there are no double ones."""
    return "'" if ": '" in text and ': "' not in text else '"'


def _is_json(found: FoundNode, node: YamlNode) -> bool:
    """Tell whether quotes are needed to keep JSON JSON: the key has them, and the old value is JSON
    without them.
    """
    if found.key is None or found.key.event.__class__ is not node.event.__class__:
        return False
    return found.key.event.style == '"' and _JSON_ONLY.fullmatch(node.text or "") is not None


def _into_empty(source: YamlText, found: FoundNode, start: int, text: str) -> Splice:
    """Put a value where there is none: behind the anchor or tag, the colon, or the dash."""
    node = found.node
    if start > node.start:
        return Splice(start, start, f" {text}")
    position = start if found.key is None and source.text[start - 1 : start] == "-" else None
    if found.key is not None:
        position = colon_after(source.text, found.key)
    if position is None:
        raise source.error(
            (found.key or node).start,
            f"{found.path} has no colon: there is no place for a value",
            "write it as KEY: VALUE by hand",
        )
    return Splice(position, position, f" {text}")


def _literal(source: YamlText, found: FoundNode, start: int, value: str) -> list[Splice]:
    """Replace the one line of a literal block, or the block by a value on the line of its
    header.
    """
    text, node = source.text, found.node
    header = _HEADER.match(text, start)
    head_end = header.end() if header else start
    line = _REST_OF_LINE.match(text, head_end)
    body = line.end() if line else head_end
    content = text[body : node.end]
    one_line = node.text and text[start:head_end] == "|-" and content.strip() == node.text
    if one_line and value.strip() == value != "" and fits_one_line(value):
        first = body + content.index(node.text or value)
        return [Splice(first, first + len(content.strip()), value)]
    filled = len(content.rstrip())
    last = _REST_OF_LINE.match(text, body + filled) if filled else None
    end = min(last.end(), node.end) if last else body
    return [Splice(start, head_end, unquoted(source, found, value)), Splice(body, end, "")]
