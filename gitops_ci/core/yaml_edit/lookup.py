"""Follows a path through a parsed file to the one scalar it names, or says why there is none."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit.sharing import check_merges, merged_source
from gitops_ci.core.yaml_edit.source import YamlText
from gitops_ci.core.yaml_edit.suggest import suggestion
from gitops_ci.core.yaml_edit.tree import ParsedFile, YamlDocument, YamlNode
from gitops_ci.model.key_path import Index, Item, Key, KeyPath, Segment

Outcome = TypeVar("Outcome")
_TEMPLATE_REMEDY = (
    "name the values file: templates are rendered by Helm and can't be edited as data"
)


class UnusableKeyError(ValuesError):
    """The path exists in this document, but leads through an alias, or to one of several."""


class MergedKeyError(ValuesError):
    """The key comes through a merge (``<<``) alone."""


class FoundNode(msgspec.Struct, frozen=True):
    """A node and the way to it: ``parents`` are the collections from the root on, one for every
    segment of the path.

    ``key`` is the node's own key where the innermost parent is a mapping.
    """

    document: YamlDocument
    path: KeyPath
    parents: tuple[YamlNode, ...]
    node: YamlNode
    key: YamlNode | None


class MissingNode(msgspec.Struct, frozen=True):
    """A path that ends early: ``parents`` exist, the segment after them does not, in the collection
    ``at``.

    ``at`` is None where that collection itself is empty or null.
    """

    document: YamlDocument
    parents: tuple[YamlNode, ...]
    at: YamlNode | None


def find(parsed_file: ParsedFile, path: KeyPath) -> FoundNode | MissingNode:
    """Find the one node that a path names.

    Raises ValuesError where the path is ambiguous, leads through an alias or a merge, or does not
    fit the data.
    """
    outcomes = [follow(parsed_file.source, document, path) for document in parsed_file.documents]
    found_nodes = _of_type(outcomes, FoundNode)
    if len(found_nodes) > 1:
        raise _in_two_documents(parsed_file.source, found_nodes[0], found_nodes[1])
    if found_nodes and not _of_type(outcomes, UnusableKeyError):
        check_merges(parsed_file, found_nodes[0].parents, path)
        return found_nodes[0]
    errors = _of_type(outcomes, ValuesError)
    if errors:
        raise errors[0]
    missing = _of_type(outcomes, MissingNode)
    if not missing:
        raise ValuesError(
            f"{parsed_file.source.name} has no content", remedy="write the key into the file first"
        )
    best = max(missing, key=lambda outcome: len(outcome.parents))
    check_not_merged(parsed_file, best, path)
    return best


def _of_type(outcomes: Sequence[object], kind: type[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]


def _in_two_documents(source: YamlText, first: FoundNode, second: FoundNode) -> ValuesError:
    return source.error(
        second.node.start,
        f"{second.path} is in two documents, here and on line {source.line(first.node.start)}",
        "keep it in one document, or put the documents into files of their own",
    )


def scalar(parsed_file: ParsedFile, path: KeyPath) -> FoundNode | None:
    """Find the scalar that a path names, None where the path does not exist.

    Raises ValuesError like ``find``.
    """
    outcome = find(parsed_file, path)
    if isinstance(outcome, MissingNode):
        return None
    _check_scalar(parsed_file, outcome)
    return outcome


def no_such_key(parsed_file: ParsedFile, path: KeyPath) -> ValuesError:
    """Return the error for a path that does not exist, with what was most likely meant."""
    outcome = find(parsed_file, path)
    position = _position(outcome)
    similar = suggestion(parsed_file, path)
    hint = f"did you mean {similar}? Otherwise" if similar else "check the path, or"
    return parsed_file.source.error(
        position,
        f"there is no {path}{_what_there_is(outcome, path)}",
        f"{hint} add the key to the file (values set --create does)",
    )


def follow(
    source: YamlText, document: YamlDocument, path: KeyPath
) -> FoundNode | MissingNode | ValuesError:
    """Follow a path through one document; return the error where it can't be followed."""
    node, key = document.root, None
    parents: list[YamlNode] = []
    for segment in path.segments:
        if node.is_null:
            return MissingNode(document, tuple(parents), None)
        try:
            entry = _entry(source, node, segment, path, len(parents))
        except ValuesError as error:
            return error
        parents.append(node)
        if entry is None:
            if source.text.startswith("{{", node.start):
                return _misfit(source, node, str(KeyPath(path.segments[: len(parents) - 1])), "")
            return MissingNode(document, tuple(parents), node)
        key, node = entry
    return FoundNode(document, path, tuple(parents), node, key)


def _entry(
    source: YamlText, node: YamlNode, segment: Segment, path: KeyPath, depth: int
) -> tuple[YamlNode | None, YamlNode] | None:
    """Return the key and value that a segment names in a node, None where there is none."""
    here = str(KeyPath(path.segments[:depth])) if depth else "the top of the file"
    if node.is_alias:
        raise _unusable(
            source, node, f"{here} is the alias *{node.event.anchor}", _alias_remedy(node)
        )
    if isinstance(segment, Key):
        if not node.is_mapping:
            raise _misfit(source, node, here, f"has no key {segment.name}")
        return _value(source, node, segment)
    if not node.is_sequence:
        raise _misfit(source, node, here, "has no items")
    if isinstance(segment, Index):
        return (None, node.items[segment.number]) if segment.number < len(node.items) else None
    return _item(source, node, segment, here)


def _value(source: YamlText, node: YamlNode, segment: Key) -> tuple[YamlNode, YamlNode] | None:
    entries = node.entries_of(segment.name)
    if len(entries) > 1:
        (first, _), (second, _) = entries[:2]
        raise _unusable(
            source,
            second,
            f"duplicate key {segment.name} (also on line {source.line(first.start)}): "
            "readers differ in which one counts",
            "delete one of them",
        )
    if entries and entries[0][0].text != segment.name:
        raise _unusable(
            source,
            entries[0][0],
            f"this key is {segment.name} for Helm, and written otherwise",
            f"write it as {segment.name}",
        )
    return entries[0] if entries else None


def _item(
    source: YamlText, node: YamlNode, segment: Item, here: str
) -> tuple[None, YamlNode] | None:
    items = [
        item
        for item in node.items
        if segment.value in (value.text for value in item.values(segment.key))
    ]
    if len(items) > 1:
        raise _unusable(
            source,
            items[1],
            f"two items of {here} have {segment.key} {segment.value} (the other one on line "
            f"{source.line(items[0].start)})",
            "name the item by its index, or give it a value of its own",
        )
    if items and len(items[0].values(segment.key)) > 1:
        raise _unusable(
            source,
            items[0],
            f"an item of {here} has the key {segment.key} twice",
            "delete one of them",
        )
    return (None, items[0]) if items else None


def _check_scalar(parsed_file: ParsedFile, found_node: FoundNode) -> None:
    source, node = parsed_file.source, found_node.node
    if node.is_alias:
        raise source.error(
            node.start, f"{found_node.path} is the alias *{node.event.anchor}", _alias_remedy(node)
        )
    if node.is_scalar:
        return
    if source.text.startswith("{{", node.start):
        raise source.error(
            node.start, f"{found_node.path} is a Go template, not YAML data", _TEMPLATE_REMEDY
        )
    inside = [
        Key(key.text)
        for key, value in parsed_file.nodes[node.ordinal].entries
        if key.text and value.is_scalar
    ]
    hint = (
        f"name a key in it, for example {KeyPath((*found_node.path.segments, inside[0]))}"
        if inside
        else "name a single value in it"
    )
    raise source.error(
        node.start, f"{found_node.path} is a {_kind(node)}, not a single value", hint
    )


def _misfit(source: YamlText, node: YamlNode, here: str, problem: str) -> ValuesError:
    if source.text.startswith("{{", node.start):
        return source.error(node.start, f"{here} is a Go template, not YAML data", _TEMPLATE_REMEDY)
    remedy = (
        "check the path; an item of a list is named by [0] or [name=web]"
        if node.is_sequence
        else "check the path"
    )
    return source.error(node.start, f"{here} is a {_kind(node)} and {problem}", remedy)


def _unusable(source: YamlText, node: YamlNode, problem: str, remedy: str) -> ValuesError:
    error = source.error(node.start, problem, remedy)
    return UnusableKeyError(error.message, remedy=error.remedy)


def _alias_remedy(node: YamlNode) -> str:
    return (
        f"change the value at its anchor &{node.event.anchor}, or write a value of its own here "
        "in place of the alias"
    )


def check_not_merged(parsed_file: ParsedFile, missing: MissingNode, path: KeyPath) -> None:
    """Raise MergedKeyError where a path goes on through a merge from where it ends."""
    if missing.at is None or not missing.at.is_mapping:
        return
    segment = path.segments[len(missing.parents) - 1]
    origin = (
        merged_source(parsed_file, missing.at, segment.name) if isinstance(segment, Key) else None
    )
    if origin is not None:
        merged = KeyPath(path.segments[: len(missing.parents)])
        line = parsed_file.source.line(origin.start)
        error = parsed_file.source.error(
            missing.at.start,
            f"{merged} comes through a merge (<<) from line {line}; it is not written here",
            "change it where it is written, or write a value of its own here (values set "
            "--create does)",
        )
        raise MergedKeyError(error.message, remedy=error.remedy)


def _position(outcome: FoundNode | MissingNode) -> int:
    if isinstance(outcome, FoundNode) or outcome.at is not None:
        return (outcome.node if isinstance(outcome, FoundNode) else outcome.parents[-1]).start
    return outcome.parents[-1].start if outcome.parents else 0


def _what_there_is(outcome: FoundNode | MissingNode, path: KeyPath) -> str:
    if isinstance(outcome, FoundNode) or not outcome.parents:
        return ": the file has no data" if isinstance(outcome, MissingNode) else ""
    depth = len(outcome.parents) - (0 if outcome.at is None else 1)
    here = str(KeyPath(path.segments[:depth])) if depth else "the top of the file"
    return f": {here} is empty" if outcome.at is None else f" in {here}" if depth else ""


def _kind(node: YamlNode) -> str:
    return "mapping" if node.is_mapping else "list" if node.is_sequence else "single value"


__all__: Sequence[str] = (
    "FoundNode",
    "MergedKeyError",
    "MissingNode",
    "check_not_merged",
    "find",
    "follow",
    "no_such_key",
    "scalar",
)
