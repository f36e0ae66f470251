"""Manifests are text of anybody: whatever stands there is read, or told to be unreadable."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.core.audit.argo_cd import sources
from gitops_ci.core.audit.argo_cd.deployed_targets import by_folder, by_name, by_values
from gitops_ci.core.audit.argo_cd.overrides import contradicted, overridden
from gitops_ci.core.audit.manifests import documents, is_manifest
from gitops_ci.core.audit.state.values_index import ValuesIndex
from gitops_ci.core.config.reader import read

CONFIG = b"""\
version: 1
apps:
  shop: {images: [{tag: image.tag}, {tag: "sides[name=a].tag"}, {tag: "sides[0].tag"}]}
  "*": {path: "apps/{app}", images: [{reference: image}]}
environments: {dev: {}, prod: {from: dev, tag: "v{version}"}}
"""
INDEX = ValuesIndex(read(CONFIG), "main")
KEYS = (
    "spec source sources template generators list elements matrix merge helm kustomize parameters "
    "fileParameters values valuesObject valueFiles images patches path repoURL targetRevision name "
    "metadata env templatePatch image tag"
).split()
TEXTS = st.sampled_from(
    ["", "prod", "{{ .env }}", "{{x}}", "../values-prod.yaml", "$a/b", "\0", "{"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda parts: (
        st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(KEYS), parts, max_size=4)
    ),
    max_leaves=40,
)


@given(JSON, st.sampled_from(["Application", "ApplicationSet"]))
def test_any_shape_is_read(spec: Any, kind: str) -> None:
    document = {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "spec": spec}
    for path in ("a.yaml", ".argocd-source.yaml"):
        for source in sources.read(path, json.dumps(document).encode()).sources:
            for find in (by_values, by_name, by_folder):
                targets = find(source, INDEX)
                overridden(source, targets)
                contradicted(source, targets, "main")


@pytest.mark.parametrize(
    "text",
    [
        "!!bool x",
        "!!int ''",
        "!!timestamp x",
        "!!float x",
        "a: !!binary '?'",
        "!!omap 1",
        "!x 1",
        "\t",
    ],
)
def test_odd_tags_are_texts_or_unreadable(text: str) -> None:
    found = documents(f"key: {text}\n".encode())
    assert found is None or list(found[0]) == ["key"]


def test_names_in_other_forms_are_those_that_kubernetes_reads() -> None:
    text = b"!!binary aW1hZ2U=: &x {tag: 1}\nother: {<<: *x}\n"
    assert documents(text) == [{"image": {"tag": "1"}, "other": {"tag": "1"}}]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [1, 1]\n"
        + "".join(
            f"{x}: &{x} [{', '.join(f'*{y}' for _ in range(9))}]\n"
            for y, x in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "a: &a [*a]\n",
        "[" * 5000,
    ],
    ids=["much of little", "itself", "deep"],
)
def test_what_would_take_forever_is_unreadable(text: str) -> None:
    assert documents(text.encode()) is None


@pytest.mark.parametrize("data", [None, b"a: ["])
def test_what_nobody_can_read_may_be_a_manifest(data: bytes | None) -> None:
    assert is_manifest("a.yaml", lambda oid: data, "1")


def test_other_files_are_none() -> None:
    assert not is_manifest("README.md", lambda oid: None, "1")
    assert not is_manifest("values.yaml", lambda oid: b"kind: x\n", "1")
