"""Finds what a mistyped path most likely stands for."""

import difflib

from gitops_ci.core.yaml_edit.tree import ParsedFile, YamlNode
from gitops_ci.model.key_path import Index, Item, Key, KeyPath, Segment

_LARGEST = 1_000_000  # characters of a file, and
_MOST = 5_000  # keys of it, that are compared: it is only a hint


def suggestion(parsed_file: ParsedFile, path: KeyPath) -> str | None:
    """Return an existing path.

    The same keys elsewhere in the file, else the one that is written most alike.
    """
    if len(parsed_file.source.text) > _LARGEST:
        return None
    others = _others(parsed_file, path)
    deeper = [other for other in others if _ends_with(other, path)]
    if deeper:
        return str(min(deeper, key=lambda other: len(other.segments)))
    names = {str(other).casefold(): str(other) for other in reversed(others)}
    close = difflib.get_close_matches(str(path).casefold(), names, n=1, cutoff=0.7)
    return names[close[0]] if close else None


def _others(parsed_file: ParsedFile, path: KeyPath) -> list[KeyPath]:
    """Return the paths of the file's scalars but those that lead to the missing one."""
    return [
        KeyPath(segments)
        for document in parsed_file.everything.documents
        for segments in _scalars(document.root, path)
        if segments and segments != path.segments[: len(segments)]
    ]


def _scalars(root: YamlNode, path: KeyPath) -> list[tuple[Segment, ...]]:
    names = [segment.key for segment in path.segments if isinstance(segment, Item)]
    found: list[tuple[Segment, ...]] = []
    waiting: list[tuple[tuple[Segment, ...], YamlNode]] = [((), root)]
    while waiting and len(found) < _MOST:
        here, node = waiting.pop()
        if node.is_scalar:
            found.append(here)
        inside: list[tuple[tuple[Segment, ...], YamlNode]] = [
            ((*here, _segment(item, at, names)), item) for at, item in enumerate(node.items)
        ]
        inside += [((*here, Key(key.text)), value) for key, value in node.entries if key.text]
        waiting += reversed(inside)
    return found


def _ends_with(other: KeyPath, path: KeyPath) -> bool:
    length = len(path.segments)
    return len(other.segments) > length and other.segments[-length:] == path.segments


def _segment(item: YamlNode, at: int, names: list[str]) -> Segment:
    """Name an item as the mistyped path does: by a sibling value if it has one of those keys."""
    for name in names:
        values = item.values(name)
        if values and values[0].text:
            return Item(name, values[0].text)
    return Index(at)
