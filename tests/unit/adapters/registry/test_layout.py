"""Image layouts on disk, written by the image maker and read by the registry package."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.adapters.registry import Labels, RegistrySettings, digest_of, labels_of
from gitops_ci.base.deadline import Deadline
from gitops_ci.demo.images import make_image
from gitops_ci.model.image_reference import Digest, ImageReference, Tag, parse_reference
from gitops_ci.model.release import Fact, Known, Unknown

KEYS = [
    "manifests",
    "digest",
    "annotations",
    "mediaType",
    "config",
    "Labels",
    "platform",
    "architecture",
]
LABELS = {"org.opencontainers.image.revision": "4" * 40}


def digest(folder: Path, tag: str | None = "15") -> Fact:
    return digest_of(
        ImageReference(f"oci:{folder}", Tag(tag) if tag else None),
        RegistrySettings(),
        Deadline.after(5),
    )


def labels(folder: Path, tag: str = "15") -> Labels | Fact:
    return labels_of(
        ImageReference(f"oci:{folder}", Tag(tag)), RegistrySettings(), Deadline.after(5)
    )


def damaged(fact: object) -> str:
    assert isinstance(fact, Unknown)
    assert not fact.transient
    return fact.reason


def test_a_tag_names_the_image_that_was_made(tmp_path: Path) -> None:
    made = make_image(tmp_path, "15", LABELS, {"hello": b"hello"})
    assert digest(tmp_path) == Known(made)
    assert labels(tmp_path) == LABELS
    assert digest_of(
        parse_reference(f"oci:{tmp_path}:15"), RegistrySettings(), Deadline.after(5)
    ) == Known(made)


def test_the_same_content_is_the_same_image_and_other_content_another(tmp_path: Path) -> None:
    first = make_image(tmp_path, "15", LABELS, {"hello": b"hello"})
    assert make_image(tmp_path, "16", LABELS, {"hello": b"hello"}) == first
    assert make_image(tmp_path, "17", LABELS, {"hello": b"other"}) != first
    assert digest(tmp_path, "15") == digest(tmp_path, "16") == Known(first)


def test_a_tag_that_is_overwritten_names_the_new_image(tmp_path: Path) -> None:
    make_image(tmp_path, "15", LABELS, {"hello": b"hello"})
    second = make_image(tmp_path, "15", LABELS, {"hello": b"other"})
    assert digest(tmp_path) == Known(second)


def test_the_last_entry_of_a_tag_counts(tmp_path: Path) -> None:
    make_image(tmp_path, "15", LABELS, {"hello": b"hello"})
    second = make_image(tmp_path, "16", LABELS, {"hello": b"other"})
    index = json.loads((tmp_path / "index.json").read_text())
    index["manifests"][1]["annotations"] = index["manifests"][0]["annotations"]
    (tmp_path / "index.json").write_text(json.dumps(index))
    assert digest(tmp_path) == Known(second)


def test_what_is_not_there_is_known_not_to_be_there(tmp_path: Path) -> None:
    assert digest(tmp_path / "none") == Known(None)
    assert labels(tmp_path / "none") == Known(None)
    make_image(tmp_path, "15", LABELS, {})
    assert digest(tmp_path, "16") == Known(None)
    absent = ImageReference(f"oci:{tmp_path}", digest=Digest(f"sha256:{'0' * 64}"))
    assert digest_of(absent, RegistrySettings(), Deadline.after(5)) == Known(None)


def test_a_layout_with_one_image_needs_no_tag(tmp_path: Path) -> None:
    made = make_image(tmp_path, "15", LABELS, {})
    assert digest(tmp_path, None) == Known(made)
    make_image(tmp_path, "16", {}, {})
    assert "several" in damaged(digest(tmp_path, None))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"manifests": [{"annotations": {"org.opencontainers.image.ref.name": "15"}}]}',
        b" " * 5_000_000,
    ],
)
def test_a_damaged_index_is_not_taken_for_an_absent_image(tmp_path: Path, content: bytes) -> None:
    make_image(tmp_path, "15", LABELS, {})
    (tmp_path / "index.json").write_bytes(content)
    assert "index.json" in damaged(digest(tmp_path))


@pytest.mark.parametrize("content", [b"other", None])
def test_a_damaged_or_missing_manifest_is_said(tmp_path: Path, content: bytes | None) -> None:
    made = make_image(tmp_path, "15", LABELS, {})
    blob = tmp_path / "blobs" / "sha256" / made.removeprefix("sha256:")
    if content is None:
        blob.unlink()
    else:
        blob.write_bytes(content)
    assert made in damaged(digest(tmp_path))
    damaged(labels(tmp_path))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("unknown"),
    lambda value: (
        st.lists(value, max_size=3) | st.dictionaries(st.sampled_from(KEYS), value, max_size=4)
    ),
    max_leaves=12,
)


@given(index=JSON, blob=JSON)
def test_any_document_in_a_layout_gives_a_fact(
    tmp_path_factory: pytest.TempPathFactory, index: object, blob: object
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    content = json.dumps(blob).encode()
    name = hashlib.sha256(content).hexdigest()
    (folder / "blobs" / "sha256" / name).write_bytes(content)
    entry = {"digest": f"sha256:{name}", "annotations": {"org.opencontainers.image.ref.name": "15"}}
    for document in (index, {"manifests": [index, entry]}):
        (folder / "index.json").write_text(json.dumps(document))
        assert isinstance(digest(folder), Known | Unknown)
        assert isinstance(labels(folder), Known | Unknown | dict)
