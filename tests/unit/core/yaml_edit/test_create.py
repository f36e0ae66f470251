"""Adding a missing key: in the style of its neighbours, and no other line is touched."""

import pytest

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit import set_values
from gitops_ci.model.key_path import parse_key_path

CREATED = [
    ("image:\n  tag: v1\nb: 1\n", "image.d", "x", "image:\n  tag: v1\n  d: x\nb: 1\n"),
    (
        "image:\n  tag: v1 # t\n\n# b\nb: 1\n",
        "image.d",
        "x",
        "image:\n  tag: v1 # t\n  d: x\n\n# b\nb: 1\n",
    ),
    ("image:\n    tag: 'v1'\n", "image.d", "x", "image:\n    tag: 'v1'\n    d: 'x'\n"),
    ('image:\n  "tag": "v1"\n', "image.d", "x", 'image:\n  "tag": "v1"\n  "d": "x"\n'),
    (
        'image:\n  repo: a\n  tag: "15"\n',
        "image.d",
        "x",
        'image:\n  repo: a\n  tag: "15"\n  d: x\n',
    ),
    ("image:\n  tag: v1\n", "image.d", "15", 'image:\n  tag: v1\n  d: "15"\n'),
    ("image :\n  tag : v1\n", "image.d", "x", "image :\n  tag : v1\n  d : x\n"),
    (
        "image:\r\n  tag: v1\r\nb: 1\r\n",
        "image.d",
        "x",
        "image:\r\n  tag: v1\r\n  d: x\r\nb: 1\r\n",
    ),
    ("image:\n  tag: v1", "image.d", "x", "image:\n  tag: v1\n  d: x"),
    ("\ufeffimage:\r\n  tag: v1", "image.d", "x", "\ufeffimage:\r\n  tag: v1\r\n  d: x"),
    ("image:\n  tag:\nb: 1\n", "image.d", "x", "image:\n  tag:\n  d: x\nb: 1\n"),
    ("a: 1\n", "b", "x", "a: 1\nb: x\n"),
    ("a: 1\n...\n", "b", "x", "a: 1\nb: x\n...\n"),
    ("a:\n- b: 1\n- c: 1\n", "d", "x", "a:\n- b: 1\n- c: 1\nd: x\n"),
    (
        "l:\n- name: a\n  tag: v1\n- name: b\n",
        "l[name=a].d",
        "x",
        "l:\n- name: a\n  tag: v1\n  d: x\n- name: b\n",
    ),
    ("l:\n- name: a\n", "l[name=a].d", "x", "l:\n- name: a\n  d: x\n"),
    ("image:\n  t: |\n    a\n\nb: 1\n", "image.d", "x", "image:\n  t: |\n    a\n  d: x\n\nb: 1\n"),
    (
        "image:\n  t: |+\n    a\n\nb: 1\n",
        "image.d",
        "x",
        "image:\n  t: |+\n    a\n\n  d: x\nb: 1\n",
    ),
    (
        "image:\n  t: {a: 1,\n    b: 2} # c\nb: 1\n",
        "image.d",
        "x",
        "image:\n  t: {a: 1,\n    b: 2} # c\n  d: x\nb: 1\n",
    ),
    ("image:\n  ? tag\n  : v1\nb: 1\n", "image.d", "x", "image:\n  ? tag\n  : v1\n  d: x\nb: 1\n"),
    ("image: {tag: v1}\n", "image.d", "x", "image: {tag: v1, d: x}\n"),
    ("image: { tag: v1 }\n", "image.d", "x", "image: { tag: v1, d: x }\n"),
    ("image: {tag: v1,}\n", "image.d", "x", "image: {tag: v1, d: x}\n"),
    ("image: {}\n", "image.d", "x", "image: {d: x}\n"),
    ('{"image":{"tag":"v1"}}\n', "image.d", "x", '{"image":{"tag":"v1","d":"x"}}\n'),
    ('{\n  "tag": "v1"\n}\n', "d", "x", '{\n  "tag": "v1",\n  "d": "x"\n}\n'),
    ("image: {\n  tag: v1, # c\n}\n", "image.d", "x", "image: {\n  tag: v1, # c\n  d: x,\n}\n"),
    (
        "d: &d\n  t: v1\ni:\n  <<: *d\n  r: a\n",
        "i.t",
        "v2",
        "d: &d\n  t: v1\ni:\n  <<: *d\n  r: a\n  t: v2\n",
    ),
    ("a: 1\n", '"x.y"', "z", "a: 1\nx.y: z\n"),
    ("a: 1\n", '"on"', "z", 'a: 1\n"on": z\n'),
    ("a: 1\n", '"x: y"', "z", 'a: 1\n"x: y": z\n'),
]


@pytest.mark.parametrize(
    ("before", "path", "value", "after"), CREATED, ids=[repr(row[0]) for row in CREATED]
)
def test_a_key_is_added_like_its_neighbours(before: str, path: str, value: str, after: str) -> None:
    key = parse_key_path(path)
    result = set_values(before.encode(), {key: value}, name="v", create=True)
    assert result.decode() == after
    assert set_values(result, {key: value}, name="v", create=True) == result


def test_keys_are_changed_and_added_in_one_go() -> None:
    edits = {
        parse_key_path("image.digest"): "sha256:0",
        parse_key_path("image.tag"): "v2",
        parse_key_path("image.x"): "z",
    }
    after = set_values(b"image: {tag: v1}\nb: 1\n", edits, name="v", create=True)
    assert after == b'image: {tag: v2, digest: "sha256:0", x: z}\nb: 1\n'


@pytest.mark.parametrize(
    ("before", "path"),
    [
        ("b: 1\n", "image.tag"),
        ("image:\n", "image.tag"),
        ("image: [a]\n", "image.tag"),
        ("image: v1\n", "image.tag"),
        ("l: [a]\n", "l[1]"),
        ("", "tag"),
        ("a: &a {x: 1}\nb: *a\n", "b.tag"),
        ("a: &a {x: 1}\nb: *a\n", "a.tag"),
        ("a: &a\n  i: {t: 1}\nb:\n  <<: *a\n", "b.i.t"),
        ("i: {x: 1}\n---\ni: {x: 1}\n", "i.tag"),
    ],
)
def test_without_a_mapping_of_its_own_there_is_no_place_for_a_key(before: str, path: str) -> None:
    with pytest.raises(ValuesError) as caught:
        set_values(before.encode(), {parse_key_path(path): "v2"}, name="values.yaml", create=True)
    assert caught.value.message.startswith("values.yaml")
    assert caught.value.remedy
