"""Whoever appends first: every line is in the note in the end, once, and what stood there stays."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.adapters.git.publish.note_tree import joined, missing_lines

lines = st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b" ")), max_size=6)


def note_of(parts: list[bytes]) -> bytes:
    return b"".join(part + b"\n" for part in parts)


def appended(note: bytes, addition: bytes) -> bytes:
    return joined([note, missing_lines(note, addition)])


@given(st.binary(max_size=40), lines, lines)
def test_the_union_does_not_depend_on_who_was_first(
    note: bytes, one: list[bytes], two: list[bytes]
) -> None:
    first, second = note_of(one), note_of(two)
    merged = appended(appended(note, first), second)
    assert set(merged.split(b"\n")) == set(appended(appended(note, second), first).split(b"\n"))
    assert {line for line in (*one, *two) if line} <= set(merged.split(b"\n"))


@given(st.binary(max_size=40), lines)
def test_what_stood_there_stays_and_nothing_comes_twice(note: bytes, addition: list[bytes]) -> None:
    once = appended(note, note_of(addition))
    assert once.startswith(note)
    assert appended(once, note_of(addition)) == once
