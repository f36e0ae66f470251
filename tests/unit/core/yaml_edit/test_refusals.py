"""What can't be done without changing anything else is refused: the line, the reason, the
remedy.
"""

import pytest

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit import missing, read, set_values
from gitops_ci.model.key_path import parse_key_path

REFUSALS = [
    # what is no values file
    (b"a: \xff\n", "tag", 1, "not UTF-8"),
    ("image: {tag: v1}\n".encode("utf-16"), "image.tag", None, "UTF-16"),
    (b"a: 1\nb: \0\n", "a", 2, "NUL"),
    (b"a: 1\nb: \x07\n", "a", 2, "U+0007"),
    (b"#" * 20_000_001, "a", None, "20,000,001 bytes"),
    (b"", "image.tag", None, "no content"),
    (b"# nothing\n", "image.tag", None, "no content"),
    (b"a: 1\n<<<<<<< ours\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n", "a", 2, "merge conflict"),
    (b"{{- if .x }}\nimage:\n  tag: v1\n{{ end }}\n", "image.tag", 1, "Go template"),
    (b"image:\n  tag: {{ .x }}-v1\n", "image.tag", 2, "Go template"),
    (b"image: {{ .x }}\n", "image.tag", 1, "Go template"),
    (b"image:\n\ttag: v1\n", "image.tag", 2, "broken YAML"),
    (b"image: [v1\n", "image", 2, "broken YAML"),
    (b"image:\n  tag: @v1\n", "image.tag", 2, "broken YAML"),
    # what the path leads to
    (b"image: v1\n", "image.tag", 1, "single value"),
    (b"image: [a]\n", "image.tag", 1, "is a list"),
    (b"a:\n  image:\n    tag: v1\n", "a.image", 3, "is a mapping"),
    (b"image: {tag: v1}\n", "image[0]", 1, "is a mapping"),
    (b"image: {tag, x: 1}\n", "image.tag", 1, "no colon"),
    (b"image:\n  ? tag\n  x: 1\n", "image.tag", 2, "no colon"),
    (b"image:\n  tag: >\n    v1\n", "image.tag", 2, "folded block"),
    (b"image:\n  tag: !!int 15\n", "image.tag", 2, "!!int"),
    (b"image:\n  tag: !vault x\n", "image.tag", 2, "!vault"),
    # duplicates
    (b"image:\n  'tag': v1\n  \"tag\": v2\n", "image.tag", 3, "duplicate key tag (also on line 2)"),
    (b"image:\n  tag: v1\nimage:\n  x: 1\n", "image.tag", 3, "duplicate key image"),
    (b"1: {tag: a}\n'1': {tag: b}\n", "1.tag", 2, "duplicate key 1"),
    (b"l:\n- {n: a, t: v1}\n- {n: a, t: v1}\n", "l[n=a].t", 3, "two items"),
    (b"l:\n- {n: a, n: b, t: v1}\n", "l[n=a].t", 2, "twice"),
    (b"t: v1\n---\nt: v1\n", "t", 3, "two documents"),
    (b"---\n---\nt: v1\n", "t", 3, "another document than the first"),
    (b"x: 1\n---\nt: v1\n", "t", 3, "another document than the first"),
    (b"- x\n---\nt: v1\n", "t", 3, "another document than the first"),
    (b"apiVersion: v1\nkind: A\n---\nt: v1\n", "t", 4, "another document than the first"),
    (b"x: 1\n---\napiVersion: v1\nkind: A\nt: v1\n", "t", 3, "another document than the first"),
    (b"i: {t: v1}\n---\ni:\n", "i.t", 3, "hides i.t of the first one"),
    (b"t: v1\n---\n- x\n", "t", 3, "hides t of the first one"),
    (b"i: {<<: {t: v9}}\n---\ni: {t: v1}\n", "i.t", 1, "through a merge"),
    # keys that Helm takes for others
    (b"image: {tag: v1, !!binary dGFn: v9}\n", "image.tag", 1, "duplicate key tag"),
    (b"!!binary aW1hZ2U=: {tag: v9}\nimage: {tag: v1}\n", "image.tag", 2, "duplicate key image"),
    (b"image: {!!binary dGFn: v1}\n", "image.tag", 1, "this key is tag for Helm"),
    (b"1: {t: a}\n0x1: {t: b}\n", "1.t", 2, "duplicate key 1"),
    (b"on: {t: a}\n'true': {t: b}\n", "true.t", 2, "duplicate key true"),
    # aliases, anchors, merges
    (b"a: &a {tag: v1}\nb: *a\n", "b.tag", 2, "alias *a"),
    (b"a: &a v1\nb: *a\n", "b", 2, "alias *a"),
    (b"a: &a {tag: v1}\nb: *a\n", "a.tag", 1, "*a on line 2"),
    (b"a: &a {b: {tag: v1}}\nc: [x, *a]\n", "a.b.tag", 1, "*a on line 2"),
    (b"a: &a {tag: v1}\n? *a\n: x\n", "a.tag", 1, "uses it"),
    (b"a: &a\n  tag: v1\nb:\n  <<: *a\n", "a.tag", 1, "*a on line 4"),
    (b"a: &a\n  tag: v1\nb:\n  tag: x\n  <<: *a\n", "a.tag", 1, "*a on line 5"),
    (b"a: &a\n  tag: v1\nb:\n  tag: x\n  <<: *a\n", "b.tag", 5, "stands after b.tag"),
    (b"a: &a\n  tag: v1\nb:\n  <<: *a\n", "b.tag", 4, "through a merge (<<) from line 2"),
    (b"a: &a\n  i: {tag: v1}\nb:\n  <<: [*a]\n", "b.i.tag", 4, "b.i comes through a merge"),
    (b"b:\n  <<: {tag: v1}\n", "b.tag", 2, "through a merge"),
    (b"a: &a {tag: v1}\nc: &c\n  <<: *a\nb:\n  <<: *c\n", "b.tag", 5, "from line 1"),
    (b'b: {tag: v1, !!merge "<<": {tag: v9}}\n', "b.tag", 1, "stands after b.tag"),
    (b"b: {tag: v1, ! '<<': {tag: v9}}\n", "b.tag", 1, "stands after b.tag"),
    ("image:\n  tag: v1\u2028\n".encode(), "image.tag", 2, "line separator"),
]


@pytest.mark.parametrize(
    ("before", "path", "line", "reason"), REFUSALS, ids=[repr(row[0][:60]) for row in REFUSALS]
)
def test_it_is_refused_with_line_reason_and_remedy(
    before: bytes, path: str, line: int | None, reason: str
) -> None:
    with pytest.raises(ValuesError) as caught:
        set_values(before, {parse_key_path(path): "v9"}, name="values.yaml")
    assert caught.value.message.startswith(
        "values.yaml" if line is None else f"values.yaml, line {line}: "
    )
    assert reason in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("before", "path", "suggestion"),
    [
        ("image: {tag: v1}\n", "image.tga", "image.tag"),
        ("image: {tag: v1}\n", "Image.Tag", "image.tag"),
        ("app:\n  image: {tag: v1}\n", "image.tag", "app.image.tag"),
        ("image.tag: v1\n", "image.tag", '"image.tag"'),
        ("l:\n- {name: a, tag: v1}\n", "l[name=b].tag", "l[name=a].tag"),
        ("image: {tag: v1}\n", "tag", "image.tag"),
    ],
)
def test_a_mistyped_key_gets_a_suggestion(before: str, path: str, suggestion: str) -> None:
    with pytest.raises(ValuesError) as caught:
        set_values(before.encode(), {parse_key_path(path): "v2"}, name="values.yaml")
    assert f"did you mean {suggestion}?" in caught.value.remedy
    assert (
        caught.value.message
        == missing(before.encode(), parse_key_path(path), name="values.yaml").message
    )


@pytest.mark.parametrize(
    "before",
    ["", "# x\n", "---\n", "a: 1\n", "image:\n", "image: ~\n", "image: {x: 1}\n", "l: [{n: a}]\n"],
)
def test_reading_a_path_that_does_not_exist_gives_none(before: str) -> None:
    paths = [parse_key_path(path) for path in ("image.tag", "l[3].tag", "l[n=b].tag")]
    assert read(before.encode(), paths, name="v") == dict.fromkeys(paths)


def test_all_or_nothing() -> None:
    edits = {parse_key_path("a"): "v2", parse_key_path("nothing"): "v2"}
    with pytest.raises(ValuesError, match="there is no nothing"):
        set_values(b"a: v1\n", edits, name="values.yaml")


def test_one_scalar_cannot_have_two_values() -> None:
    edits = {parse_key_path("l[0].t"): "v2", parse_key_path("l[n=a].t"): "v3"}
    with pytest.raises(ValuesError, match="the same value"):
        set_values(b"l: [{n: a, t: v1}]\n", edits, name="values.yaml")


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(ValuesError, match="not valid text"):
        set_values(b"a: v1\n", {parse_key_path("a"): "\udcff"}, name="values.yaml")


def test_control_characters_of_a_file_or_its_name_do_not_reach_the_message() -> None:
    with pytest.raises(ValuesError) as caught:
        set_values(
            b'"a\\e[31m": [x]\n', {parse_key_path('"a\x1b[31m"'): "v2"}, name="v\x1b[31m\n.yaml"
        )
    assert "\x1b" not in str(caught.value)


def test_a_bomb_of_aliases_costs_nothing() -> None:
    levels = [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    before = "\n".join(["a0: &a0 x", *levels, "image: {tag: v1}\n"])
    assert set_values(
        before.encode(), {parse_key_path("image.tag"): "v2"}, name="v"
    ).decode() == before.replace("v1", "v2")


def test_what_is_nested_deeper_than_any_values_file_is_refused() -> None:
    with pytest.raises(ValuesError, match="line 1: collections are nested more than") as caught:
        set_values(b"x: " + b"[" * 100_000, {parse_key_path("x"): "v9"}, name="values.yaml")
    assert caught.value.remedy


def test_many_levels_are_read() -> None:
    before = "x: " + "[" * 990 + "]" * 990 + "\nimage: {tag: v1}\n"
    assert set_values(
        before.encode(), {parse_key_path("image.tag"): "v2"}, name="v"
    ).decode() == before.replace("v1", "v2")
