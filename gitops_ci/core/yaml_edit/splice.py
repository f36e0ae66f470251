"""Replaces the characters of one scalar in the text of a file."""

import re

import msgspec

from gitops_ci.core.yaml_edit.lookup import FoundNode
from gitops_ci.core.yaml_edit.source import YamlText, line_end
from gitops_ci.core.yaml_edit.tree import YamlNode
from gitops_ci.core.yaml_edit.writing import fits_one_line, fits_plain, is_string, quoted

QUOTES = frozenset({'"', "'"})
STRING_TAGS = frozenset({"tag:yaml.org,2002:str", "!"})
_BLANKS = re.compile(r"(?:[ \t\r\n\x85\u2028\u2029]++|#[^\r\n\x85\u2028\u2029]*+)*+")
_PROPERTY = re.compile(r"&[0-9A-Za-z_-]+|!<[^>]*>|![^\s,\[\]{}]*")
_HEADER = re.compile(r"[|>][-+0-9]*")
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


def replacement(source: YamlText, found_node: FoundNode, value: str) -> list[Splice]:
    """Return the splices that write a value in the place of a scalar, in the scalar's own style.

    Raises ValuesError where there is no place for a value.
    """
    node, style = found_node.node, found_node.node.event.style
    start = content_start(source.text, node)
    if style in QUOTES:
        return [Splice(start, node.end, quoted(value, style))]
    if style == "|":
        return _literal(source, found_node, start, value)
    if style == ">":
        raise source.error(
            node.start,
            f"{found_node.path} is a folded block (>), whose line ends are not those of its value",
            "write it on one line by hand",
        )
    text = unquoted(source, found_node, value)
    if start < node.end:
        return [Splice(start, node.end, text)]
    return [_into_empty(source, found_node, start, text)]


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


def unquoted(source: YamlText, found_node: FoundNode, value: str) -> str:
    """Return a value without quotes where every reader takes that for a string, else in the file's
    usual quotes.
    """
    parent, node = found_node.parents[-1], found_node.node
    flow = any(outer.event.flow_style for outer in found_node.parents)
    if flow and parent.is_mapping and _is_json(found_node, node):
        return quoted(value, '"')
    certain = node.event.tag == "tag:yaml.org,2002:str" or is_string(value)
    if certain and fits_plain(value, flow=flow):
        return value
    return quoted(value, usual_quote(source.text))


def usual_quote(text: str) -> str:
    """Return the quote that a file uses: single ones only where there are no double ones."""
    return "'" if ": '" in text and ': "' not in text else '"'


def _is_json(found_node: FoundNode, node: YamlNode) -> bool:
    """Tell whether quotes are needed to keep JSON JSON.

    The key has them, and the old value is JSON without them.
    """
    if found_node.key is None or found_node.key.event.__class__ is not node.event.__class__:
        return False
    return found_node.key.event.style == '"' and _JSON_ONLY.fullmatch(node.text or "") is not None


def _into_empty(source: YamlText, found_node: FoundNode, start: int, text: str) -> Splice:
    """Put a value where there is none: behind the anchor or tag, the colon, or the dash."""
    node = found_node.node
    if start > node.start:
        return Splice(start, start, f" {text}")
    position = start if found_node.key is None and source.text[start - 1 : start] == "-" else None
    if found_node.key is not None:
        position = colon_after(source.text, found_node.key)
    if position is None:
        raise source.error(
            (found_node.key or node).start,
            f"{found_node.path} has no colon: there is no place for a value",
            "write it as KEY: VALUE by hand",
        )
    return Splice(position, position, f" {text}")


def _literal(source: YamlText, found_node: FoundNode, start: int, value: str) -> list[Splice]:
    """Replace the one line of a literal block, or the block by a value on the line of its
    header.
    """
    text, node = source.text, found_node.node
    header = _HEADER.match(text, start)
    head_end = header.end() if header else start
    body = line_end(text, head_end)
    content = text[body : node.end]
    line = content.strip()
    is_one_line = bool(line) and line == node.text and text[start:head_end] == "|-"
    if is_one_line and _fits_block_line(value):
        first = body + content.index(line)
        return [Splice(first, first + len(line), value)]
    end = min(line_end(text, body + len(content.rstrip())), node.end) if line else body
    return [Splice(start, head_end, unquoted(source, found_node, value)), Splice(body, end, "")]


def _fits_block_line(value: str) -> bool:
    return value != "" and value == value.strip() and fits_one_line(value)
