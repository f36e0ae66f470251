"""The query ``tree=`` of Jenkins' API: only what is named is told, the class of everything, and a
range of a list.
"""

import re
from typing import Any

_WORD = re.compile(r"[\w*]+|[\[\],]|\{[^}]*\}")
_RANGE = re.compile(
    r"(\w+)(?:\[[^{}]*\])?\{(\d*),(\d*)\}"
)  # of a list at the top, as the program asks for it
Tree = dict[str, "Tree"]


def picked(value: Any, tree: str | None) -> Any:
    """Return what a tree names of a document; without one all of it."""
    if not tree:
        return value
    told = _pick(value, _parse(_WORD.findall(tree)))
    for name, first, end in _RANGE.findall(tree):
        told[name] = told[name][int(first or 0) : int(end) if end else None]
    return told


def _parse(words: list[str]) -> Tree:
    found: Tree = {}
    while words:
        word = words.pop(0)
        if word == "]":
            break
        if word == "," or word.startswith("{"):
            continue
        found[word] = {}
        if words and words[0] == "[":
            words.pop(0)
            found[word] = _parse(words)
    return found


def _pick(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_pick(each, tree) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: each for name, each in value.items() if name == "_class"}
    for name, each in value.items():
        inner = tree.get(name, tree.get("*"))
        if inner is not None:
            kept[name] = _pick(each, inner) if isinstance(each, dict | list) else each
    return kept
