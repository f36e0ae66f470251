"""Tree objects are spliced as git itself would write them."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.adapters.git.objects.trees import TreeEntry, parse
from gitops_ci.model.git_modes import FILE
from tests.unit.adapters.git.entries import entries, names


@given(st.dictionaries(names, entries), st.dictionaries(names, entries))
def test_entries_are_replaced_and_added_and_the_others_stay(
    before: dict[str, TreeEntry], changes: dict[str, TreeEntry]
) -> None:
    tree = parse(parse(b"", 20).put(before), 20)
    after = parse(tree.put(changes), 20)
    expected = {**before, **changes}
    assert {name: after.get(name) for name in expected} == expected
    assert len(after.named()) == len(expected)
    assert after.named() == expected


@given(st.dictionaries(names, entries), st.dictionaries(names, st.none() | entries))
def test_entries_are_left_out(
    before: dict[str, TreeEntry], changes: dict[str, TreeEntry | None]
) -> None:
    after = parse(parse(parse(b"", 20).put(before), 20).put(changes), 20)
    assert after.named() == {name: entry for name, entry in {**before, **changes}.items() if entry}
    assert after.data == parse(b"", 20).put(after.named())


def test_an_object_id_that_looks_like_an_entry_is_none() -> None:
    tricky = TreeEntry(FILE, b"100644 evil\0AAAAAAAA".hex())
    tree = parse(parse(b"", 20).put({"a": tricky, "b": TreeEntry(FILE, "11" * 20)}), 20)
    assert tree.get("evil") is None
    assert tree.get("a") == tricky
    assert tree.get("b") == TreeEntry(FILE, "11" * 20)


def test_names_that_are_no_unicode_stay_as_they_are() -> None:
    data = b"100644 \xff\xfe\0" + b"\x11" * 20
    assert parse(data, 20).put({"a": TreeEntry(FILE, "22" * 20)}).endswith(data)
    tree = parse(data, 20)
    assert parse(b"", 20).put(tree.named()) == data
