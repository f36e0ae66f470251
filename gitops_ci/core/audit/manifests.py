"""What of a repository Argo CD applies or obeys: the documents of Kubernetes in its files."""

from collections.abc import Callable
from typing import Any

import yaml

_ENDINGS = (".yaml", ".yml", ".json")  # what Argo CD reads of a folder
_KUSTOMIZE = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_PROGRAMS = (".jsonnet", ".libsonnet")
_MOST = 200_000  # values of one file
_MERGE = yaml.SafeLoader.yaml_implicit_resolvers["<"]
Content = Callable[[str], bytes | None]


class _Reader(yaml.CSafeLoader):
    """Reads every scalar as its text, whatever its tag, and merge keys as Kubernetes does."""

    def text(self, node: yaml.ScalarNode) -> str:
        """Return what a scalar says."""
        return str(self.construct_scalar(node))

    def decoded(self, node: yaml.ScalarNode) -> str:
        """Return what a binary scalar stands for."""
        return self.construct_yaml_binary(node).decode("utf-8", "replace")


_Reader.yaml_implicit_resolvers = {"<": _MERGE}
for _tag in ("bool", "float", "int", "null", "timestamp"):
    _Reader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Reader.text)
_Reader.add_constructor("tag:yaml.org,2002:binary", _Reader.decoded)


def may_be_manifest(path: str) -> bool:
    """Tell from its name whether Argo CD would look into a file."""
    return path.endswith((*_ENDINGS, *_PROGRAMS)) or _name(path) in _KUSTOMIZE


def is_manifest(path: str, content: Content, oid: str | None) -> bool:
    """Tell whether a file holds something for Kubernetes; one that can't be read may."""
    if not may_be_manifest(path):
        return False
    if oid is None or _name(path) in _KUSTOMIZE or path.endswith(_PROGRAMS):
        return True
    found = documents(content(oid))
    return found is None or any("apiVersion" in each and "kind" in each for each in found)


def documents(data: bytes | None) -> list[dict[Any, Any]] | None:
    """Return the mappings in a file, all scalars as texts; None where it can't be read.

    Nor can one whose anchors make much of little, or hold themselves.
    """
    if data is None:
        return None
    try:
        found = [each for each in yaml.load_all(data, _Reader) if isinstance(each, dict)]
        return found if _size(found, {}) <= _MOST else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _size(value: Any, known: dict[int, int]) -> int:
    """Return how many values there are where every alias is written out."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        parts = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(value)]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
