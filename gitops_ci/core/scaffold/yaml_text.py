"""Puts values into YAML that is there, with its comments: a text stays a text for every reader of
YAML, Go's too.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from gitops_ci.core.yaml_edit.writing import fits_plain, is_string

Path = tuple[str | int, ...]


def filled(text: str, values: Mapping[Path, Any]) -> bytes:
    """Return a document with values put in by their paths.

    Mappings on the way are made where they are missing.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # a long scalar stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text)
    for path, value in values.items():
        node = document
        for step in path[:-1]:
            node = (
                node.setdefault(_node(step), CommentedMap())
                if isinstance(node, dict)
                else node[step]
            )
        node[_node(path[-1])] = _node(value)
    stream = BytesIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def flow(items: list[Any]) -> CommentedSeq:
    """Return a list that is written in brackets."""
    node = CommentedSeq(_node(item, within_flow=True) for item in items)
    node.fa.set_flow_style()
    return node


def _node(value: Any, *, within_flow: bool = False) -> Any:
    if isinstance(value, CommentedSeq | CommentedMap):
        return value
    if isinstance(value, str):
        return (
            value
            if value and is_string(value) and fits_plain(value, flow=within_flow)
            else DoubleQuotedScalarString(value)
        )
    if isinstance(value, Mapping):
        return CommentedMap((_node(key), _node(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return CommentedSeq(_node(item) for item in value)
    return value
