"""Anchors, aliases and merges: who else would change, and whose value a reader really sees."""

import bisect
import math

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit.tree import ParsedFile, YamlDocument, YamlNode
from gitops_ci.model.key_path import Key, KeyPath


def check_not_shared(
    parsed_file: ParsedFile, document: YamlDocument, path: KeyPath, way: tuple[YamlNode, ...]
) -> None:
    """Raise ValuesError when an alias elsewhere would take part in a change at the end of the way.

    ``way`` are the nodes from the root to the scalar. A merge whose mapping has its own value for
    the next key of the path does not take part.
    """
    for depth, node in enumerate(way):
        uses = _uses(document, node)
        if not uses:
            continue
        segment = path.segments[depth] if depth < len(path.segments) else None
        harmless = _overridden(parsed_file, segment.name) if isinstance(segment, Key) else set()
        harmful = [ordinal for ordinal in uses if ordinal not in harmless]
        if harmful:
            raise _shared(parsed_file, node, KeyPath(path.segments[:depth]), path, harmful[0])


def check_merges(parsed_file: ParsedFile, parents: tuple[YamlNode, ...], path: KeyPath) -> None:
    """Raise ValuesError when a merge written *after* a key of the path has that key too.

    YAML lets the mapping's own key win; go-yaml 2 (Helm, Argo CD, kubectl) lets the later of the
    two win.
    """
    for depth, mapping in enumerate(parents):
        segment = path.segments[depth]
        if not mapping.is_mapping or not isinstance(segment, Key):
            continue
        own = next(
            index for index, (key, _) in enumerate(mapping.entries) if key.text == segment.name
        )
        later = [value for key, value in mapping.entries[own + 1 :] if key.is_merge]
        for value in later:
            if _provider(parsed_file, value, segment.name) is not None:
                raise parsed_file.source.error(
                    value.start,
                    f"this merge (<<) also has {segment.name} and stands after "
                    f"{KeyPath(path.segments[: depth + 1])}: "
                    "Helm and Argo CD read the merged value, other readers the other one",
                    "move the line with << above it",
                )


def merged_source(parsed_file: ParsedFile, mapping: YamlNode, key: str) -> YamlNode | None:
    """Return the value that a mapping takes over through its merges for a key that it does not have
    itself.
    """
    for name, value in mapping.entries:
        if name.is_merge and (node := _provider(parsed_file, value, key)) is not None:
            return node
    return None


def _provider(parsed_file: ParsedFile, merged: YamlNode, key: str) -> YamlNode | None:
    """Return the value that what stands behind ``<<`` has for a key, through further merges too."""
    nodes = parsed_file.nodes
    waiting, seen = [nodes[merged.ordinal]], set[int]()
    while waiting:
        node = waiting.pop(0)
        if node.ordinal in seen:
            continue
        seen.add(node.ordinal)
        if node.is_alias:
            target = anchored_node(parsed_file, node)
            waiting += [target] if target else []
        elif values := node.values(key):
            return values[0]
        else:
            waiting += node.items + [value for name, value in node.entries if name.is_merge]
    return None


def anchored_node(parsed_file: ParsedFile, alias: YamlNode) -> YamlNode | None:
    """Return the node that an alias stands for, None where there is none or a key has it."""
    ordinal = anchored_ordinal(parsed_file, alias)
    return None if ordinal is None else parsed_file.nodes.get(ordinal)


def anchored_ordinal(parsed_file: ParsedFile, alias: YamlNode) -> int | None:
    """Return the ordinal of the last node before an alias that has its anchor."""
    ordinals = parsed_file.anchors.get(alias.event.anchor, [])
    before = bisect.bisect_left(ordinals, alias.ordinal)
    return ordinals[before - 1] if before else None


def _uses(document: YamlDocument, node: YamlNode) -> list[int]:
    """Return the ordinals of the aliases that stand for a node."""
    name = None if node.is_alias else node.event.anchor
    if name is None:
        return []
    later = [
        ordinal for ordinal, other in document.anchors if other == name and ordinal > node.ordinal
    ]
    end = min(later, default=math.inf)  # from there on the name is another node's
    return [
        ordinal
        for ordinal, other in document.aliases
        if other == name and node.ordinal < ordinal < end
    ]


def _overridden(parsed_file: ParsedFile, key: str) -> set[int]:
    """Return the aliases that are merged into mappings which have their own value for a key, behind
    the merge.
    """
    overridden: set[int] = set()
    for node in parsed_file.nodes.values():
        merges = [
            (index, value) for index, (name, value) in enumerate(node.entries) if name.is_merge
        ]
        for index, value in merges:
            if any(other.text == key for other, _ in node.entries[index + 1 :]):
                overridden.update(part.ordinal for part in (value, *value.items) if part.is_alias)
    return overridden


def _shared(
    parsed_file: ParsedFile, node: YamlNode, here: KeyPath, path: KeyPath, use: int
) -> ValuesError:
    user = parsed_file.nodes.get(use)
    where = f"on line {parsed_file.source.line(user.start)}" if user else "elsewhere"
    what = str(here) if here.segments else "the whole document"
    return parsed_file.source.error(
        node.start,
        f"{what} is anchored, and *{node.event.anchor} {where} uses it: changing {path} "
        "would change that too",
        "write a value of its own there in place of the alias, or take the anchor away",
    )
