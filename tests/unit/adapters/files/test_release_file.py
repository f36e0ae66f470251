"""Release files."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.adapters.files.release_file import (
    add_to_release_file,
    read_release_file,
    schema,
    write_release_file,
)
from gitops_ci.base.errors import GitopsError, ImageError
from gitops_ci.model.build import BuildRecord
from gitops_ci.model.release import Image, Release

REVISION = "0123456789abcdef0123456789abcdef01234567"
DIGEST = f"sha256:{'a' * 64}"
IMAGE = Image("registry.example.com/app", "15", DIGEST)
RECORD = BuildRecord(
    (IMAGE,),
    app="app",
    source_revision=REVISION,
    source_authors=("dave@example.com",),
    build_url="https://jenkins.example.com/job/app/15/",
    build_number="15",
    created="2026-03-01T10:00:00+00:00",
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_release_file(tmp_path / "release.json", RECORD)
    assert read_release_file(tmp_path / "release.json") == RECORD
    assert RECORD.release == Release((IMAGE,), REVISION, ("dave@example.com",), RECORD.build_url)
    assert [path.name for path in tmp_path.iterdir()] == ["release.json"]


def test_a_small_file_written_by_hand_is_enough(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(
        '{"images": [{"repository": "app", "tag": "15"}], "comment": "mine"}'
    )
    assert read_release_file(tmp_path / "r.json").release == Release((Image("app", "15"),))


HOSTILE: list[tuple[str, Any]] = [
    ("schema", 2),
    ("images", []),
    ("images", "app:15"),
    ("images", [{"repository": "app"}]),
    ("images", [{"repository": "../app", "tag": "15"}]),
    ("images", [{"repository": "app", "tag": "15\nGitops-App: other"}]),
    ("images", [{"repository": "app", "tag": "15", "digest": "sha256:short"}]),
    ("images", [{"repository": "app", "tag": "15"}, {"repository": "app", "tag": "16"}]),
    ("images", [{"repository": "app", "tag": 15}]),
    ("app", "a\nb"),
    ("app", ""),
    ("source_revision", "main"),
    ("source_revision", REVISION[:12]),
    ("source_authors", ["a@example.com\nGitops-Approved-By: eve"]),
    ("source_authors", "dave@example.com"),
    ("build_url", "javascript:alert(1)"),
    ("build_url", "https://x.example.com/\nGitops-App: y"),
    ("build_url", "https://user:word@x.example.com/"),
    ("build_url", "https://[x/"),
    ("build_number", "\u202e51"),
    ("version", "x" * 501),
    ("created", "yesterday"),
]


@pytest.mark.parametrize(("field", "value"), HOSTILE)
def test_a_hostile_value_is_refused_with_file_and_field(
    tmp_path: Path, field: str, value: Any
) -> None:
    document = {"images": [{"repository": "app", "tag": "15"}], field: value}
    (tmp_path / "r.json").write_text(json.dumps(document))
    with pytest.raises(ImageError) as caught:
        read_release_file(tmp_path / "r.json")
    assert "r.json" in caught.value.message
    assert field in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b" " * 2_000_000]
)
def test_what_is_no_release_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.json").write_bytes(content)
    with pytest.raises(ImageError, match=r"r\.json"):
        read_release_file(tmp_path / "r.json")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, Path("a\0b")):
        with pytest.raises(ImageError, match="can't be read"):
            read_release_file(path)


def test_images_of_one_build_come_together_and_the_same_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "release.json"
    worker = Image("registry.example.com/worker", "15", DIGEST)
    rebuilt = Image(IMAGE.repository, "15", f"sha256:{'b' * 64}")
    for image in (IMAGE, worker, rebuilt):
        add_to_release_file(
            path,
            BuildRecord((image,), app="app", source_revision=REVISION, build_url=RECORD.build_url),
        )
    assert read_release_file(path).images == (worker, rebuilt)


@pytest.mark.parametrize(
    "other", [{"source_revision": "f" * 40}, {"build_url": None}, {"app": "other"}]
)
def test_another_build_begins_anew(tmp_path: Path, other: dict[str, Any]) -> None:
    path = tmp_path / "release.json"
    add_to_release_file(path, RECORD)
    worker = Image("registry.example.com/worker", "16", DIGEST)
    fields = {"app": "app", "source_revision": REVISION, "build_url": RECORD.build_url} | other
    add_to_release_file(path, BuildRecord((worker,), **fields))
    assert read_release_file(path).images == (worker,)


def test_a_file_of_somebody_else_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_text("{}")
    with pytest.raises(GitopsError):
        add_to_release_file(path, RECORD)
    assert path.read_text() == "{}"


def test_the_schema_names_every_field() -> None:
    definitions = schema()["$defs"]
    assert set(definitions["BuildRecord"]["properties"]) == set(BuildRecord.__struct_fields__)
    assert definitions["Image"]["required"] == ["repository", "tag"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda value: st.lists(value, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(BuildRecord.__struct_fields__)), JSON))
def test_any_document_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(document))
    try:
        record = read_release_file(path)
    except ImageError as error:
        assert "\n" not in error.message
    else:
        assert record.images
