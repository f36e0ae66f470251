"""Adds a missing key to an existing mapping, in the style of its neighbours."""

import re

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit.helm_reading import check_documents
from gitops_ci.core.yaml_edit.lookup import (
    FoundNode,
    MergedKeyError,
    MissingNode,
    find,
    no_such_key,
    scalar,
)
from gitops_ci.core.yaml_edit.sharing import check_not_shared
from gitops_ci.core.yaml_edit.source import LINE_BREAK, YamlText, line_end, line_start
from gitops_ci.core.yaml_edit.splice import QUOTES, colon_after, holds, reads_as_string, usual_quote
from gitops_ci.core.yaml_edit.tree import ParsedFile, YamlDocument, YamlNode, parse
from gitops_ci.core.yaml_edit.writing import fits_plain, is_string, quoted
from gitops_ci.model.key_path import Key, KeyPath

_COMMA = re.compile(r"(?:[ \t\r\n]++|#[^\r\n]*+)*+,")


def find_or_none(parsed_file: ParsedFile, path: KeyPath, *, create: bool) -> FoundNode | None:
    """Find a scalar.

    None where its key is missing and may be created, else ValuesError with a suggestion.
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
    """Return the text with one more key.

    Raises ValuesError where that would touch anything else.
    """
    parsed_file = parse(source, [path, _parent(path)])
    missing = _mapping_for(parsed_file, path)
    key = path.segments[-1]
    if missing is None or not isinstance(key, Key):
        raise no_such_key(parsed_file, path)
    check_documents(parsed_file, missing.document, path)
    check_not_shared(parsed_file, missing.document, path, missing.parents)
    mapping = parsed_file.nodes[missing.parents[-1].ordinal]
    flow = any(parent.event.flow_style for parent in missing.parents)
    separator = _separator(source.text, mapping)
    entry = _key(mapping, key.name, flow) + separator + _value(source.text, mapping, value, flow)
    insert = _into_flow if flow else _into_block
    changed = YamlText(insert(source.text, mapping, entry), source.name, source.bom)
    _check(parsed_file, changed, path, value)
    return changed


def _parent(path: KeyPath) -> KeyPath:
    return KeyPath(path.segments[:-1])


def _mapping_for(parsed_file: ParsedFile, path: KeyPath) -> MissingNode | None:
    """Return the way to the mapping that a path's last key is missing in."""
    missing = _missing(parsed_file, path)
    if missing is None or missing.at is None or not missing.at.is_mapping:
        return None
    if len(path.segments) > 1:
        find(parsed_file, _parent(path))  # raises where two documents have it
    elif len(_mapping_roots(parsed_file)) > 1:
        return None
    is_last = len(missing.parents) == len(path.segments)
    return missing if is_last and isinstance(path.segments[-1], Key) else None


def _missing(parsed_file: ParsedFile, path: KeyPath) -> MissingNode | None:
    try:
        outcome = find(parsed_file, path)
    except MergedKeyError:
        return _merged(parsed_file, path)
    except ValuesError:
        return None
    return outcome if isinstance(outcome, MissingNode) else None


def _mapping_roots(parsed_file: ParsedFile) -> list[YamlDocument]:
    return [document for document in parsed_file.documents if document.root.is_mapping]


def _merged(parsed_file: ParsedFile, path: KeyPath) -> MissingNode | None:
    """Return the way to a mapping that has a key through a merge alone."""
    if len(path.segments) == 1:
        documents = _mapping_roots(parsed_file)
        if len(documents) != 1:
            return None
        return MissingNode(documents[0], (documents[0].root,), documents[0].root)
    try:
        outcome = find(parsed_file, _parent(path))
    except ValuesError:
        return None
    if not isinstance(outcome, FoundNode) or not outcome.node.is_mapping:
        return None
    return MissingNode(outcome.document, (*outcome.parents, outcome.node), outcome.node)


def _key(mapping: YamlNode, name: str, flow: bool) -> str:
    """Return a key in the quotes that all the others have, else plain where that is a string."""
    quote = _common_quote([key for key, _ in mapping.entries if key.is_scalar])
    if quote:
        return quoted(name, quote)
    plain = is_string(name) and fits_plain(name, flow=flow) and ":" not in name
    return name if plain else quoted(name, '"')


def _common_quote(scalars: list[YamlNode]) -> str | None:
    """Return the quote that all of some scalars have, None where there is no such."""
    styles = {scalar.event.style for scalar in scalars}
    style: str | None = styles.pop() if len(styles) == 1 else None
    return style if style in QUOTES else None


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
    values = [node for _, node in mapping.entries if node.is_scalar and node.text]
    strings = list(filter(reads_as_string, values))
    quote = '"' if flow and _is_json(mapping) else _common_quote(strings)
    if quote:
        return quoted(value, quote)
    if is_string(value) and fits_plain(value, flow=flow):
        return value
    return quoted(value, usual_quote(text))


def _is_json(mapping: YamlNode) -> bool:
    keys = [key for key, _ in mapping.entries]
    return bool(keys) and all(key.is_scalar and key.event.style == '"' for key in keys)


def _into_block(text: str, mapping: YamlNode, entry: str) -> str:
    """Put an entry behind the last line of a block mapping."""
    first = mapping.entries[0][0].start
    before = text[line_start(text, first) : first]
    marker = before.rstrip()
    indent = " " * (len(marker) - 1 if marker.endswith("?") else len(before))
    position, whole_lines = _last_content(text, mapping)
    if whole_lines:
        return text[:position] + indent + entry + _line_break(text, position) + text[position:]
    position = line_end(text, position)
    return text[:position] + _line_break(text, position) + indent + entry + text[position:]


def _last_content(text: str, mapping: YamlNode) -> tuple[int, bool]:
    """Return where a block ends, and whether the blank lines behind it belong to it."""
    node = mapping
    while not (node.is_scalar or node.is_alias or node.event.flow_style):
        node = node.entries[-1][1] if node.is_mapping else node.items[-1]
    if not node.is_scalar or node.event.style not in {"|", ">"}:
        return node.end, False
    body = text[node.start : node.end]
    header, _, _ = body[: line_end(body, 0)].partition("#")
    if "+" in header and body.endswith(("\n", "\r")):
        return node.end, True
    return node.start + len(body.rstrip()), False


def _line_break(text: str, position: int) -> str:
    match = LINE_BREAK.match(text, position) or LINE_BREAK.search(text)
    return match[0] if match else "\n"


def _into_flow(text: str, mapping: YamlNode, entry: str) -> str:
    """Put an entry behind the last one of ``{...}``.

    It stands on a line of its own where that one has one.
    """
    if not mapping.entries:
        inside = text.rindex("{", mapping.start, mapping.end) + 1
        return text[:inside] + entry + text[inside:]
    key, value = mapping.entries[-1]
    comma = _COMMA.match(text, value.end)
    end = comma.end() if comma else value.end
    before, after = ("", ",") if comma else (",", "")
    begin, end_of_line = line_start(text, key.start), line_end(text, end)
    indent, rest = text[begin : key.start], text[end:end_of_line]
    alone = not indent.strip() and rest.lstrip()[:1] in {"", "#"}
    if alone and begin > 0 and end_of_line < mapping.end:
        line = _line_break(text, end_of_line) + indent + entry + after
        return text[:end] + before + rest + line + text[end_of_line:]
    blank = "" if _separator(text, mapping) == ":" else " "
    return text[:end] + before + blank + entry + text[end:]


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
