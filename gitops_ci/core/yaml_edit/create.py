"""Adds a missing key to an existing mapping, in the style of its neighbours."""

import re

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit.lookup import (
    FoundNode,
    MergedKeyError,
    MissingNode,
    find,
    no_such_key,
    scalar,
)
from gitops_ci.core.yaml_edit.sharing import check_not_shared
from gitops_ci.core.yaml_edit.source import YamlText
from gitops_ci.core.yaml_edit.splice import colon_after, holds, reads_as_string, usual_quote
from gitops_ci.core.yaml_edit.tree import ParsedFile, YamlNode, parse
from gitops_ci.core.yaml_edit.writing import fits_plain, is_string, quoted
from gitops_ci.model.key_path import Key, KeyPath

_LINE = re.compile(r"[^\r\n]*")
_BREAK = re.compile(r"\r\n|\n|\r")
_COMMA = re.compile(r"(?:[ \t\r\n]++|#[^\r\n]*+)*+,")


def find_or_none(parsed_file: ParsedFile, path: KeyPath, *, create: bool) -> FoundNode | None:
    """Find a scalar; None where its key is missing and may be created, else ValuesError with a
    suggestion.
    """
    try:
        found_node = scalar(parsed_file, path)
    except MergedKeyError:
        if create and _mapping_for(parse(parsed_file.source, [_parent(path)]), path):
            return None
        raise
    if found_node is None and not create:
        raise no_such_key(parsed_file, path)
    if found_node is None and _mapping_for(parsed_file, path) is None:
        problem = no_such_key(parsed_file, path)
        remedy = (
            f"a key can only be added to a mapping that exists: add {_parent(path)} by hand first"
        )
        raise ValuesError(problem.message, remedy=remedy)
    return found_node


def add(source: YamlText, path: KeyPath, value: str) -> YamlText:
    """Return the text with one more key; raises ValuesError where that would touch anything
    else.
    """
    parsed_file = parse(source, [path, _parent(path)])
    way = _mapping_for(parsed_file, path)
    key = path.segments[-1]
    if way is None or not isinstance(key, Key):
        raise no_such_key(parsed_file, path)
    check_not_shared(parsed_file, way.document, path, way.parents)
    mapping = parsed_file.nodes[way.parents[-1].ordinal]
    flow = any(parent.event.flow_style for parent in way.parents)
    separator = _separator(source.text, mapping)
    line = _key(mapping, key.name, flow) + separator + _value(source.text, mapping, value, flow)
    text = (
        _into_flow(source.text, mapping, line) if flow else _into_block(source.text, mapping, line)
    )
    changed = YamlText(text, source.name, source.bom)
    _check(parsed_file, changed, path, value)
    return changed


def _parent(path: KeyPath) -> KeyPath:
    return KeyPath(path.segments[:-1])


def _mapping_for(parsed_file: ParsedFile, path: KeyPath) -> MissingNode | None:
    """Return the way to the mapping that a path's last key is missing in."""
    outcome: FoundNode | MissingNode | None
    try:
        outcome = find(parsed_file, path)
    except MergedKeyError:
        outcome = _merged(parsed_file, path)
    except ValuesError:
        outcome = None
    if not isinstance(outcome, MissingNode) or outcome.at is None or not outcome.at.is_mapping:
        return None
    if len(path.segments) > 1:
        find(parsed_file, _parent(path))  # raises where two documents have it
    elif sum(document.root.is_mapping for document in parsed_file.documents) > 1:
        return None
    return (
        outcome
        if len(outcome.parents) == len(path.segments) and isinstance(path.segments[-1], Key)
        else None
    )


def _merged(parsed_file: ParsedFile, path: KeyPath) -> MissingNode | None:
    """Return the way to a mapping that has a key through a merge alone."""
    if len(path.segments) == 1:
        roots = [document for document in parsed_file.documents if document.root.is_mapping]
        return MissingNode(roots[0], (roots[0].root,), roots[0].root) if len(roots) == 1 else None
    try:
        outcome = find(parsed_file, _parent(path))
    except ValuesError:
        return None
    if not isinstance(outcome, FoundNode) or not outcome.node.is_mapping:
        return None
    return MissingNode(outcome.document, (*outcome.parents, outcome.node), outcome.node)


def _key(mapping: YamlNode, name: str, flow: bool) -> str:
    """Return a key in the quotes that all the others have, else plain where that is a string."""
    styles = {key.event.style for key, _ in mapping.entries if key.is_scalar}
    if len(styles) == 1 and (style := styles.pop()) in {'"', "'"}:
        return quoted(name, style)
    return (
        name
        if is_string(name) and fits_plain(name, flow=flow) and ":" not in name
        else quoted(name, '"')
    )


def _separator(text: str, mapping: YamlNode) -> str:
    """Return the colon with the blanks that stand around it at the last neighbour, on one line."""
    for key, value in reversed(mapping.entries):
        colon = colon_after(text, key)
        between = text[key.end : value.start]
        if colon is not None and value.is_scalar and value.text and re.fullmatch(r" ?: ?", between):
            return (
                between if between != ":" or key.event.style == value.event.style == '"' else ": "
            )
    return ": "


def _value(text: str, mapping: YamlNode, value: str, flow: bool) -> str:
    """Return a value in the quotes that all strings beside it have, else plain where that is a
    string.
    """
    strings = [
        node
        for _, node in mapping.entries
        if node.is_scalar and node.text and reads_as_string(node)
    ]
    styles = {node.event.style for node in strings}
    json = (
        flow
        and mapping.entries
        and all(key.is_scalar and key.event.style == '"' for key, _ in mapping.entries)
    )
    if json:
        return quoted(value, '"')
    if len(styles) == 1 and (style := styles.pop()) in {'"', "'"}:
        return quoted(value, style)
    return (
        value
        if is_string(value) and fits_plain(value, flow=flow)
        else quoted(value, usual_quote(text))
    )


def _into_block(text: str, mapping: YamlNode, line: str) -> str:
    """Put a line behind the last line of a block mapping."""
    first = mapping.entries[0][0].start
    begin = max(text.rfind("\n", 0, first), text.rfind("\r", 0, first)) + 1
    before = text[begin:first]
    indent = " " * (len(before.rstrip()) - 1 if before.rstrip().endswith("?") else len(before))
    position, whole_lines = _last_content(text, mapping)
    if whole_lines:
        return text[:position] + indent + line + _line_break(text, position) + text[position:]
    match = _LINE.match(text, position)
    position = match.end() if match else position
    return text[:position] + _line_break(text, position) + indent + line + text[position:]


def _last_content(text: str, mapping: YamlNode) -> tuple[int, bool]:
    """Return where a block ends, and whether the blank lines behind it belong to it."""
    node = mapping
    while not (node.is_scalar or node.is_alias or node.event.flow_style):
        node = node.entries[-1][1] if node.is_mapping else node.items[-1]
    if not node.is_scalar or node.event.style not in {"|", ">"}:
        return node.end, False
    body = text[node.start : node.end]
    header = _LINE.match(body)
    if header and "+" in header[0].split("#")[0] and body.endswith(("\n", "\r")):
        return node.end, True
    return node.start + len(body.rstrip()), False


def _line_break(text: str, position: int) -> str:
    match = _BREAK.match(text, position) or _BREAK.search(text)
    return match[0] if match else "\n"


def _into_flow(text: str, mapping: YamlNode, entry: str) -> str:
    """Put an entry behind the last one of ``{...}``: on a line of its own where that one has
    one.
    """
    if not mapping.entries:
        inside = text[mapping.start : mapping.end].rindex("{") + mapping.start + 1
        return text[:inside] + entry + text[inside:]
    key, value = mapping.entries[-1]
    comma = _COMMA.match(text, value.end)
    end = comma.end() if comma else value.end
    begin = max(text.rfind("\n", 0, key.start), text.rfind("\r", 0, key.start)) + 1
    indent = text[begin : key.start]
    line = _LINE.match(text, end)
    after = line.end() if line else end
    own_line = (
        not indent.strip()
        and after < mapping.end
        and (line is None or not line[0].strip() or line[0].lstrip().startswith("#"))
    )
    if not own_line or begin == 0:
        blank = "" if _separator(text, mapping) == ":" else " "
        return text[:end] + ("" if comma else ",") + blank + entry + text[end:]
    return (
        text[:end]
        + ("" if comma else ",")
        + text[end:after]
        + _line_break(text, after)
        + indent
        + entry
        + ("," if comma else "")
        + text[after:]
    )


def _check(parsed_file: ParsedFile, changed: YamlText, path: KeyPath, value: str) -> None:
    """Read the new text again: exactly a key and its value came in."""
    after = parse(changed, [path])
    found_node = scalar(after, path)
    if found_node is not None and found_node.key is not None and holds(found_node.node, value):
        at = found_node.key.ordinal
        if after.signature[:at] + after.signature[at + 2 :] == parsed_file.signature:
            return
    raise parsed_file.source.error(
        0,
        f"{path} can't be added safely here: read again, something else would change too",
        "add the key by hand",
    )
