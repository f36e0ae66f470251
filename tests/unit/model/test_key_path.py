"""Key paths: what they mean, what they give back, where they are wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base.errors import UsageError
from gitops_ci.model.key_path import Index, Item, Key, KeyPath, parse_key_path, split_assignment


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("tag", (Key("tag"),)),
        ("image.tag", (Key("image"), Key("tag"))),
        ('"a.b".tag', (Key("a.b"), Key("tag"))),
        ('a["b.c"].tag', (Key("a"), Key("b.c"), Key("tag"))),
        ("containers[0].tag", (Key("containers"), Index(0), Key("tag"))),
        ("m[0][1].tag", (Key("m"), Index(0), Index(1), Key("tag"))),
        ("[1].tag", (Index(1), Key("tag"))),
        ("images[name=web].tag", (Key("images"), Item("name", "web"), Key("tag"))),
        ('images[name="a b"].tag', (Key("images"), Item("name", "a b"), Key("tag"))),
        ('images["a.b"=web].tag', (Key("images"), Item("a.b", "web"), Key("tag"))),
        (
            "images[image=host:5000/a/b].tag",
            (Key("images"), Item("image", "host:5000/a/b"), Key("tag")),
        ),
        ('"say \\"hi\\" \\\\".tag', (Key('say "hi" \\'), Key("tag"))),
        ("größe.1.on", (Key("größe"), Key("1"), Key("on"))),
        ("a-b/c@d:e", (Key("a-b/c@d:e"),)),
        ('""', (Key(""),)),
    ],
)
def test_a_path_is_parsed_and_gives_itself_back(text: str, segments: tuple[object, ...]) -> None:
    path = parse_key_path(text)
    assert path.segments == segments
    assert str(path) == text


def test_single_quotes_are_understood_too() -> None:
    assert (
        parse_key_path("a['b.c'].tag")
        == parse_key_path('a["b.c"].tag')
        == parse_key_path('a."b.c".tag')
    )


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        (".", 1),
        ("image.", 7),
        (".tag", 1),
        ("image..tag", 7),
        ("image.[0]", 7),
        ("image tag", 6),
        ('"image', 1),
        ("a[", 3),
        ("a[0", 3),
        ("a[]", 3),
        ("a[x]", 3),
        ("a[-1]", 3),
        ("a[name=]", 8),
        ("a[name=a b]", 8),
        ('a["b"', 6),
        ("a]b", 2),
        ("a[0]b", 5),
        ("image\n.tag", 6),
        ("image=tag", 6),
        ("a[99999999999]", 3),
    ],
)
def test_a_wrong_path_is_refused_with_its_position(text: str, position: int) -> None:
    with pytest.raises(UsageError) as caught:
        parse_key_path(text)
    assert f"character {position}:" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("image.tag=15", "image.tag", "15"),
        ("image.tag=", "image.tag", ""),
        ("image.tag=a=b", "image.tag", "a=b"),
        ("images[name=web].tag=15", "images[name=web].tag", "15"),
        ('"a=b".tag=c', '"a=b".tag', "c"),
        ('images[name="x]=y"].tag==', 'images[name="x]=y"].tag', "="),
        ("a=b.c=[d]", "a", "b.c=[d]"),
    ],
)
def test_an_assignment_splits_at_the_first_equals_sign_outside_brackets_and_quotes(
    text: str, path: str, value: str
) -> None:
    assert split_assignment(text) == (parse_key_path(path), value)


@pytest.mark.parametrize("text", ["image.tag", "=15", "image tag=15", "images[name=web"])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        split_assignment(text)


segments = st.one_of(
    st.builds(Key, st.text(st.characters(codec="utf-8"), max_size=8)),
    st.builds(Index, st.integers(0, 999_999_999)),
    st.builds(
        Item,
        st.text(st.characters(codec="utf-8"), max_size=8),
        st.text(st.characters(codec="utf-8"), max_size=8),
    ),
)


@given(st.lists(segments, min_size=1, max_size=5))
def test_every_path_can_be_written_and_read_again(parts: list[Key | Index | Item]) -> None:
    path = KeyPath(tuple(parts))
    assert parse_key_path(str(path)) == path
    assert split_assignment(f"{path}=x=y") == (path, "x=y")
