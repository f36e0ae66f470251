"""Reads and changes single values of a YAML file: exactly the bytes of that scalar change, nothing
else.

Positions come from the events of libyaml's parser; the new text is parsed again and compared before
it is returned. Pure: bytes in, bytes out.
"""

from collections.abc import Mapping, Sequence

import msgspec

from gitops_ci.base.errors import ValuesError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.yaml_edit import create as creation
from gitops_ci.core.yaml_edit.helm_reading import (
    Misreading,
    check_documents,
    misreading,
)
from gitops_ci.core.yaml_edit.lookup import FoundNode, no_such_key, scalar
from gitops_ci.core.yaml_edit.readers import check_line_ends
from gitops_ci.core.yaml_edit.sharing import check_not_shared
from gitops_ci.core.yaml_edit.source import YamlText, decode
from gitops_ci.core.yaml_edit.splice import STRING_TAGS, Splice, holds, reads_as_string, replacement
from gitops_ci.core.yaml_edit.tree import ParsedFile, parse
from gitops_ci.core.yaml_edit.unreadable import Unreadable, unreadable_node
from gitops_ci.model.key_path import KeyPath

__all__ = ["Misreading", "Scalar", "missing", "read", "set_values"]

_CORE_TAGS = STRING_TAGS | {
    f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null", "timestamp")
}


class Scalar(msgspec.Struct, frozen=True):
    """A value as it stands in a file.

    ``text`` is its text, empty where the value is empty or null (``is_null``); ``line`` counts from
    1; ``is_string`` is False where some reader would read a number, a truth value or a date.
    ``misreading`` is what Helm reads otherwise; ``in_object``: the file holds objects of
    Kubernetes, not values for Helm.
    """

    text: str
    line: int
    is_null: bool = False
    is_string: bool = True
    misreading: Misreading | None = None
    in_object: bool = False


def read(data: bytes, paths: Sequence[KeyPath], *, name: str) -> dict[KeyPath, Scalar | None]:
    """Read the scalars that paths name, None where the path does not exist; ``name`` is what
    messages call the file.

    Raises ValuesError for a file that is no YAML and for a path that is ambiguous, leads through an
    alias or a merge, or does not end at a single value.
    """
    parsed_file = parse(decode(data, name), paths)
    if not parsed_file.documents:
        return dict.fromkeys(paths)
    found_nodes = {path: scalar(parsed_file, path) for path in paths}
    unreadable = unreadable_node(parsed_file) if any(found_nodes.values()) else None
    return {
        path: _scalar(parsed_file, found_node, unreadable) if found_node else None
        for path, found_node in found_nodes.items()
    }


def missing(data: bytes, path: KeyPath, *, name: str) -> ValuesError:
    """Return the error for a path that ``read`` did not find, with what was most likely meant."""
    return no_such_key(parse(decode(data, name), [path]), path)


def set_values(
    data: bytes, edits: Mapping[KeyPath, str], *, name: str, create: bool = False
) -> bytes:
    """Return the file with other values: all of them or none.

    What is the same string already stays as it is; a plain ``15`` becomes ``"15"``, because a tag
    is always a string. ``create`` adds a missing key to an existing mapping. Raises ValuesError for
    what can't be done without changing anything else, and for what ``read`` refuses.
    """
    for path, value in edits.items():
        _check_value(path, value)
    source = decode(data, name)
    parsed_file = parse(source, edits)
    absent: dict[KeyPath, str] = {}
    present: dict[KeyPath, FoundNode] = {}
    for path, value in edits.items():
        found_node = creation.find_or_none(parsed_file, path, create=create)
        if found_node is None:
            absent[path] = value
        else:
            present[path] = found_node
    changed = _replace(parsed_file, present, edits)
    for path, value in absent.items():
        changed = creation.add(changed, path, value)
    return data if changed.text == source.text else changed.encoded(changed.text)


def _scalar(
    parsed_file: ParsedFile, found_node: FoundNode, unreadable: Unreadable | None
) -> Scalar:
    node = found_node.node
    if node.event.tag is not None and node.event.tag not in _CORE_TAGS:
        raise _tagged(parsed_file.source, found_node)
    text = "" if node.is_null else node.text or ""
    return Scalar(
        text,
        parsed_file.source.line(node.start),
        node.is_null,
        not node.is_null and reads_as_string(node),
        misreading(parsed_file, found_node, unreadable),
        parsed_file.holds_objects,
    )


def _replace(
    parsed_file: ParsedFile, present: Mapping[KeyPath, FoundNode], edits: Mapping[KeyPath, str]
) -> YamlText:
    source = parsed_file.source
    splices: list[Splice] = []
    expected = list(parsed_file.signature)
    key_paths: dict[int, KeyPath] = {}
    for path, found_node in present.items():
        twin = key_paths.setdefault(found_node.node.ordinal, path)
        if edits[twin] != edits[path]:
            raise source.error(
                found_node.node.start, f"{twin} and {path} are the same value", "give it one value"
            )
        if twin != path or holds(found_node.node, edits[path]):
            continue
        _check_editable(parsed_file, found_node)
        splices += replacement(source, found_node, edits[path])
        expected[found_node.node.ordinal] = edits[path]
    if not splices:
        return source
    changed = YamlText(_spliced(source.text, splices), source.name, source.bom)
    _check_result(source, changed, expected, {path: edits[path] for path in present})
    check_line_ends(source, changed, list(present))
    return changed


def _check_editable(parsed_file: ParsedFile, found_node: FoundNode) -> None:
    tag = found_node.node.event.tag
    if tag is not None and tag not in STRING_TAGS:
        raise _tagged(parsed_file.source, found_node)
    check_documents(parsed_file, found_node.document, found_node.path)
    check_not_shared(
        parsed_file, found_node.document, found_node.path, (*found_node.parents, found_node.node)
    )


def _tagged(source: YamlText, found_node: FoundNode) -> ValuesError:
    tag = found_node.node.event.tag.replace("tag:yaml.org,2002:", "!!")
    return source.error(
        found_node.node.start,
        f"{found_node.path} has the tag {tag}, which says how to read it",
        "take the tag away, or write !!str, by hand first",
    )


def _spliced(text: str, splices: list[Splice]) -> str:
    parts, position = [], 0
    for splice in sorted(splices, key=lambda splice: splice.start):
        parts += [text[position : splice.start], splice.text]
        position = splice.end
    return "".join([*parts, text[position:]])


def _check_result(
    source: YamlText, changed: YamlText, expected: list[object], edits: Mapping[KeyPath, str]
) -> None:
    """Read the new text again: the safety net under every edit."""
    try:
        parsed_file = parse(changed, edits)
        same = parsed_file.signature == expected
        holding = [
            path
            for path, value in edits.items()
            if (found_node := scalar(parsed_file, path)) and holds(found_node.node, value)
        ]
    except ValuesError as error:
        raise _unsafe(source, error.message) from error
    if not same or len(holding) < len(edits):
        raise _unsafe(source, "something else would change too")


def _unsafe(source: YamlText, reason: str) -> ValuesError:
    return ValuesError(
        f"{one_line(source.name)} can't be changed safely: read again, the result would be "
        f"wrong ({one_line(reason)})",
        remedy="change the value by hand",
    )


def _check_value(path: KeyPath, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValuesError(
            f"the new value of {path} is not valid text", remedy="give it as UTF-8"
        ) from error
