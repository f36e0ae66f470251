"""Characters that end a line for YAML 1.1 and Go, and not for YAML 1.2, Git and editors."""

from collections.abc import Sequence

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit.lookup import scalar
from gitops_ci.core.yaml_edit.source import YamlText
from gitops_ci.core.yaml_edit.tree import parse
from gitops_ci.model.key_path import KeyPath

_BREAKS = str.maketrans(dict.fromkeys("\x85\u2028\u2029", "x"))


def check_line_ends(source: YamlText, changed: YamlText, paths: Sequence[KeyPath]) -> None:
    """Raise ValuesError when U+0085, U+2028 or U+2029 make readers find different values at the
    paths.
    """
    other = changed.text.translate(_BREAKS) if not changed.text.isascii() else changed.text
    if other == changed.text:
        return
    try:
        places = [_places(YamlText(text, changed.name), paths) for text in (changed.text, other)]
    except ValuesError as error:
        places = [[], [error]]
    if places[0] != places[1]:
        position = next(at for at, char in enumerate(source.text) if ord(char) in _BREAKS)
        raise source.error(
            position,
            "a line separator (U+0085, U+2028 or U+2029) that ends the line for some YAML "
            "readers and not for others",
            "replace it by a line end or a blank",
        )


def _places(source: YamlText, paths: Sequence[KeyPath]) -> list[object]:
    parsed_file = parse(source, paths)
    found_nodes = [scalar(parsed_file, path) for path in paths]
    return [
        (found_node.node.start, found_node.node.end) if found_node else None
        for found_node in found_nodes
    ]
