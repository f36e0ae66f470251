"""What of a repository Argo CD applies or obeys: the documents of Kubernetes in its files."""

from collections.abc import Callable
from typing import Any

import yaml

_ENDINGS = (".yaml", ".yml", ".json")  # what Argo CD reads of a folder
_KUSTOMIZE = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_PROGRAMS = (".jsonnet", ".libsonnet")
_MERGE = yaml.SafeLoader.yaml_implicit_resolvers["<"]
Content = Callable[[str], bytes | None]


class _Reader(yaml.CSafeLoader):
    """Reads every scalar as its text, and merge keys as Kubernetes does."""


_Reader.yaml_implicit_resolvers = {"<": _MERGE}


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
    """Return the mappings in a file, all scalars as texts; None where it can't be read."""
    if data is None:
        return None
    try:
        return [each for each in yaml.load_all(data, _Reader) if isinstance(each, dict)]
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _name(path: str) -> str:
    return path.rpartition("/")[2]
