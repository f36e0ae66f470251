"""Tree objects are spliced as git itself would write them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_ci.repository.trees import EXECUTABLE, FILE, FOLDER, SYMLINK, Entry, object_id, parse

names = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0/"), min_size=1, max_size=8).filter(
    lambda name: name not in (".", "..") and name.lower() != ".git"
)
oids = st.binary(min_size=20, max_size=20).map(bytes.hex)
entries = st.builds(Entry, st.sampled_from([FILE, EXECUTABLE, FOLDER, SYMLINK]), oids)


@given(st.dictionaries(names, entries), st.dictionaries(names, entries))
def test_entries_are_replaced_and_added_and_the_others_stay(before: dict[str, Entry], changes: dict[str, Entry]) -> None:
    tree = parse(parse(b"", 20).put(before), 20)
    after = parse(tree.put(changes), 20)
    expected = {**before, **changes}
    assert {name: after.get(name) for name in expected} == expected
    assert len(after.entries()) == len(expected)
    assert set(after.folders()) == {name for name, entry in expected.items() if entry.mode == FOLDER}


@given(st.dictionaries(names, entries), st.dictionaries(names, st.none() | entries))
def test_entries_are_left_out(before: dict[str, Entry], changes: dict[str, Entry | None]) -> None:
    after = parse(parse(parse(b"", 20).put(before), 20).put(changes), 20)
    assert after.named() == {name: entry for name, entry in {**before, **changes}.items() if entry}
    assert after.data == parse(b"", 20).put(after.named())


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trees")
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    return folder


@given(st.dictionaries(names, entries, min_size=1))
@settings(max_examples=30)
def test_order_and_id_are_those_of_git_mktree(bare: Path, content: dict[str, Entry]) -> None:
    kinds = {FOLDER: "tree"}
    listing = b"".join(
        f"{entry.mode:0>6} {kinds.get(entry.mode, 'blob')} {entry.oid}\t{name}".encode() + b"\0"
        for name, entry in content.items()
    )
    git = ["git", "-C", str(bare), "mktree", "-z", "--missing"]
    made = subprocess.run(git, input=listing, capture_output=True, check=True).stdout.decode().strip()
    assert object_id("tree", parse(b"", 20).put(content), 20) == made


def test_an_object_id_that_looks_like_an_entry_is_none() -> None:
    tricky = Entry(FILE, b"100644 evil\0AAAAAAAA".hex())
    tree = parse(parse(b"", 20).put({"a": tricky, "b": Entry(FILE, "11" * 20)}), 20)
    assert tree.get("evil") is None
    assert tree.get("a") == tricky
    assert tree.get("b") == Entry(FILE, "11" * 20)


def test_names_that_are_no_unicode_stay_as_they_are() -> None:
    data = b"100644 \xff\xfe\0" + b"\x11" * 20
    assert parse(data, 20).put({"a": Entry(FILE, "22" * 20)}).endswith(data)
    tree = parse(data, 20)
    assert parse(b"", 20).put(tree.named()) == data
