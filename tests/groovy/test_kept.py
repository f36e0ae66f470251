"""What is kept was made from exactly the same contents."""

import os
from pathlib import Path

import pytest

from tests.groovy.kept import Kind

TEXTS = {"a.groovy": b"1", "rules": b"2"}


def test_it_is_made_once_and_anew_when_a_content_or_a_name_changes(tmp_path: Path) -> None:
    made = []

    def make(file: Path) -> None:
        made.append(file.name)
        file.write_bytes(b"made")

    kind = Kind(tmp_path / "kept", "report")
    first = kind.of(TEXTS, make)
    assert kind.of(dict(reversed(TEXTS.items())), make) == first
    assert first.read_bytes() == b"made"
    others = [
        TEXTS | {"a.groovy": b"3"},
        {"b.groovy": b"1", "rules": b"2"},
        TEXTS | {"c": b""},
        {"a.groovy": b"1rules", "": b"2"},
    ]
    places = {kind.of(each, make) for each in others}
    assert len(places) == len(others) == len(made) - 1
    assert first not in places


def test_what_was_not_made_to_its_end_counts_for_nothing(tmp_path: Path) -> None:
    kind = Kind(tmp_path, "classes")

    def half(folder: Path) -> None:
        folder.mkdir()
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        kind.of(TEXTS, half)
    assert [path.name for path in tmp_path.iterdir()] == ["classes.lock"]
    assert kind.of(TEXTS, Path.mkdir).is_dir()


def test_a_use_is_noted_and_does_not_look_like_a_making(tmp_path: Path) -> None:
    kind = Kind(tmp_path, "report")
    file = kind.of(TEXTS, lambda file: file.write_text("kept"))
    os.utime(file, (1, 2))
    kind.of(TEXTS, lambda file: file.write_text("another"))
    assert file.stat().st_mtime == 2
    assert file.stat().st_atime > 2


def test_what_is_no_longer_good_is_made_anew(tmp_path: Path) -> None:
    kind = Kind(tmp_path, "class-path")
    file = kind.of(TEXTS, lambda file: file.write_text("old"))
    assert (
        kind.of(
            TEXTS,
            lambda file: file.write_text("new"),
            lambda kept: kept.exists() and kept.read_text() == "new",
        )
        == file
    )
    assert file.read_text() == "new"
