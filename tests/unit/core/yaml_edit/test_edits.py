"""Edits that change one scalar: what else YAML lets people write. Each row: before, path, new
value, after.
"""

import pytest

from gitops_ci.core.yaml_edit import read, set_values
from gitops_ci.model.key_path import parse_key_path

EDITS = [
    # flow collections and JSON
    ("image: {tag: }\n", "image.tag", "15", 'image: {tag: "15" }\n'),
    ('image: {"tag":}\n', "image.tag", "v2", 'image: {"tag": "v2"}\n'),
    ("image: {tag: , x: 1}\n", "image.tag", "v2", "image: {tag: v2 , x: 1}\n"),
    ('{"image":{"tag":null}}', "image.tag", "v2", '{"image":{"tag":"v2"}}'),
    ('{"image":{"tag":15}}', "image.tag", "v2", '{"image":{"tag":"v2"}}'),
    ('{"a":{"tag":v1}}', "a.tag", "v2", '{"a":{"tag":v2}}'),
    ("image: {tag: 'v1'}\n", "image.tag", "15", "image: {tag: '15'}\n"),
    ("image: {tag: v1}\n", "image.tag", "host:5000/a", 'image: {tag: "host:5000/a"}\n'),
    ("image: {tag: v1}\n", "image.tag", "a, b", 'image: {tag: "a, b"}\n'),
    ("image: {\n tag: # e\n}\n", "image.tag", "v2", "image: {\n tag: v2 # e\n}\n"),
    ("image: {? tag : v1}\n", "image.tag", "v2", "image: {? tag : v2}\n"),
    ("[a, b]", "[1]", "v2", "[a, v2]"),
    ("[a: b]", "[0].a", "v2", "[a: v2]"),
    # empty values
    ("image:\n  tag: &v\nb: 1\n", "image.tag", "v2", "image:\n  tag: &v v2\nb: 1\n"),
    ("image:\n  tag: !!str\nb: 1\n", "image.tag", "v2", "image:\n  tag: !!str v2\nb: 1\n"),
    ("image:\n  ? tag\n  :\n  x: 1\n", "image.tag", "v2", "image:\n  ? tag\n  : v2\n  x: 1\n"),
    ("- \n- a\n", "[0]", "v2", "- v2 \n- a\n"),
    ("- a\n-\n", "[1]", "v2", "- a\n- v2\n"),
    ("image:\n  tag: #x\n", "image.tag", "v2", "image:\n  tag: v2 #x\n"),
    ("image:\n  tag:\r\n  x: 1\r\n", "image.tag", "v2", "image:\n  tag: v2\r\n  x: 1\r\n"),
    ('image:\n  tag: ""\n', "image.tag", "15", 'image:\n  tag: "15"\n'),
    ("image:\n  tag: ''\n", "image.tag", "it's", "image:\n  tag: 'it''s'\n"),
    # anchors and tags before the scalar
    ('image:\n  tag: !!str &v "v1" # c\n', "image.tag", "15", 'image:\n  tag: !!str &v "15" # c\n'),
    ("image:\n  tag: &v !!str v1\n", "image.tag", "15", "image:\n  tag: &v !!str 15\n"),
    ("image:\n  tag: &v\n    v1\n", "image.tag", "v2", "image:\n  tag: &v\n    v2\n"),
    ("image:\n  tag: &v # why\n    v1\n", "image.tag", "v2", "image:\n  tag: &v # why\n    v2\n"),
    ("image:\n  tag: ! v1\n", "image.tag", "15", 'image:\n  tag: ! "15"\n'),
    (
        "image:\n  tag: !<tag:yaml.org,2002:str> v1\n",
        "image.tag",
        "v2",
        "image:\n  tag: !<tag:yaml.org,2002:str> v2\n",
    ),
    (
        "%TAG ! tag:yaml.org,2002:\n---\na: !str v1\n",
        "a",
        "v2",
        "%TAG ! tag:yaml.org,2002:\n---\na: !str v2\n",
    ),
    ("image: !!map {tag: v1}\n", "image.tag", "v2", "image: !!map {tag: v2}\n"),
    # anchors that nobody else uses, or that others override
    (
        "x: &v v0\ny: *v\nimage:\n  tag: &v v1\n",
        "image.tag",
        "v2",
        "x: &v v0\ny: *v\nimage:\n  tag: &v v2\n",
    ),
    (
        "x: &v v0\nimage: &v {tag: v1}\n---\ny: *v\n",
        "image.tag",
        "v2",
        "x: &v v0\nimage: &v {tag: v2}\n---\ny: *v\n",
    ),
    (
        "a: &a\n  tag: v1\nb:\n  <<: [*a]\n  tag: x\n",
        "a.tag",
        "v2",
        "a: &a\n  tag: v2\nb:\n  <<: [*a]\n  tag: x\n",
    ),
    (
        "a: &a {x: 1}\nb:\n  tag: v1\n  <<: *a\n",
        "b.tag",
        "v2",
        "a: &a {x: 1}\nb:\n  tag: v2\n  <<: *a\n",
    ),
    ("b:\n  <<: {tag: v1}\n", "b.<<.tag", "v2", "b:\n  <<: {tag: v2}\n"),
    ("k: &k tag\nimage:\n  *k : v1\n", "image.tag", "v2", "k: &k tag\nimage:\n  *k : v2\n"),
    # keys
    ("? image\n: tag: v1\n", "image.tag", "v2", "? image\n: tag: v2\n"),
    ("image:\n  !!str tag: v1\n", "image.tag", "v2", "image:\n  !!str tag: v2\n"),
    ("? {a: b}\n: x\nimage: {tag: v1}\n", "image.tag", "v2", "? {a: b}\n: x\nimage: {tag: v2}\n"),
    ("'image':\n  \"tag\": v1\n", "image.tag", "v2", "'image':\n  \"tag\": v2\n"),
    (
        "a:\n  ? |\n    tag\n  : x\n  tag: v1\n",
        "a.tag",
        "v2",
        "a:\n  ? |\n    tag\n  : x\n  tag: v2\n",
    ),
    # block scalars
    ("image:\n  tag: |\n    v1\n\n\nb: 1\n", "image.tag", "v2", "image:\n  tag: v2\n\n\nb: 1\n"),
    ("image:\n  tag: |+\n    v1\n\nb: 1\n", "image.tag", "v2", "image:\n  tag: v2\n\nb: 1\n"),
    (
        "image:\n  tag: |- # c\n    v1\n  b: 1\n",
        "image.tag",
        "15",
        "image:\n  tag: |- # c\n    15\n  b: 1\n",
    ),
    (
        "image:\n  tag: | # c\n    v1\n    v2  \n  b: 1\n",
        "image.tag",
        "v2",
        "image:\n  tag: v2 # c\n  b: 1\n",
    ),
    ("image:\n  tag: |-\n  b: 1\n", "image.tag", "v2", "image:\n  tag: v2\n  b: 1\n"),
    ("image:\n  tag: |-\n    v1", "image.tag", "v2", "image:\n  tag: |-\n    v2"),
    (
        "image:\n  tag: |-\r\n    v1\r\nb: 1\r\n",
        "image.tag",
        "v2",
        "image:\n  tag: |-\r\n    v2\r\nb: 1\r\n",
    ),
    # quoted and plain scalars over several lines
    ("image:\n  tag: 'v1\n\n    x' # c\n", "image.tag", "v2", "image:\n  tag: 'v2' # c\n"),
    ("image:\n  tag: v1\n   x # c\n", "image.tag", "v2", "image:\n  tag: v2 # c\n"),
    ("image:\n  tag:\n  # c\n    v1\n", "image.tag", "v2", "image:\n  tag:\n  # c\n    v2\n"),
    ("image:\n  tag: v1#x # c\n", "image.tag", "v2", "image:\n  tag: v2 # c\n"),
    # line ends, indentation, characters
    ("image:\r  tag: v1\r", "image.tag", "v2", "image:\r  tag: v2\r"),
    ("image:\n  tag:\tv1\t# c\n", "image.tag", "v2", "image:\n  tag:\tv2\t# c\n"),
    (
        "a: 'x\u2028  y'\nimage:\n  tag: v1\n",
        "image.tag",
        "v2",
        "a: 'x\u2028  y'\nimage:\n  tag: v2\n",
    ),
    ("ä: {tag: 'é😀'}  # ü\n", "ä.tag", "v2", "ä: {tag: 'v2'}  # ü\n"),
    ("\ufeffimage:\n  tag: v1", "image.tag", "v2", "\ufeffimage:\n  tag: v2"),
    # several documents
    (
        "image:\n  tag: v1\n...\n---\nx: 1\n",
        "image.tag",
        "v2",
        "image:\n  tag: v2\n...\n---\nx: 1\n",
    ),
    (
        "apiVersion: v1\nkind: A\n---\napiVersion: v1\nkind: B\ndata: {tag: v1}\n---\n",
        "data.tag",
        "v2",
        "apiVersion: v1\nkind: A\n---\napiVersion: v1\nkind: B\ndata: {tag: v2}\n---\n",
    ),
    # lists
    (
        "l:\n- {n: a, tag: v1}\n- {tag: v1, n: b}\n",
        "l[n=b].tag",
        "v2",
        "l:\n- {n: a, tag: v1}\n- {tag: v2, n: b}\n",
    ),
    (
        "l:\n- n: 1\n  m:\n  - {k: x, t: v1}\n",
        "l[n=1].m[k=x].t",
        "v2",
        "l:\n- n: 1\n  m:\n  - {k: x, t: v2}\n",
    ),
    # what only looks like something else
    ("image:\n  tag: v{{ .x }}\n", "image.tag", "v2", "image:\n  tag: v2\n"),
    ("a: 1\na: 2\nimage: {tag: v1}\n", "image.tag", "v2", "a: 1\na: 2\nimage: {tag: v2}\n"),
    ("image: {tag: v1}\ntext: |\n  <<<<<<< a\n  =======\n  >>>>>>> b\n", "image.tag", "v1", None),
    # the same text: left alone where it is a string, quoted where it is none
    ("image: {tag: 15}\n", "image.tag", "15", 'image: {tag: "15"}\n'),
    ("image:\n  tag: 1.10\n", "image.tag", "1.10", 'image:\n  tag: "1.10"\n'),
    ("image: {tag: '15'}\n", "image.tag", "15", None),
    ("image:\n  tag: >-\n    v2\n", "image.tag", "v2", None),
    ("image:\n  tag: &v v1\nb: *v\n", "image.tag", "v1", None),
    # the file's own quotes
    ("a: 'x'\ntag: v1\n", "tag", "15", "a: 'x'\ntag: '15'\n"),
    ("a: 'x'\nb: \"y\"\ntag: v1\n", "tag", "15", 'a: \'x\'\nb: "y"\ntag: "15"\n'),
]


@pytest.mark.parametrize(
    ("before", "path", "value", "after"), EDITS, ids=[repr(row[0])[:60] for row in EDITS]
)
def test_only_the_scalar_changes(before: str, path: str, value: str, after: str | None) -> None:
    key = parse_key_path(path)
    result = set_values(before.encode(), {key: value}, name="values.yaml")
    assert result.decode() == (before if after is None else after)
    scalar = read(result, [key], name="values.yaml")[key]
    assert scalar is not None
    assert (scalar.text, scalar.is_string) == (value, True)


TEXTS = [
    "",
    " ",
    "a b",
    " a",
    "a ",
    "a: b",
    "a #b",
    "#",
    "- a",
    "-",
    "?",
    "!x",
    "&x",
    "*x",
    "|",
    ">",
    "%",
    "@",
    "`",
    "'",
    '"',
    "\\",
]
TEXTS += [
    "[",
    "{",
    "}",
    ",",
    "\n",
    "a\nb",
    "\t",
    "\r\n",
    "\0",
    "\x07",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "é",
    "😀",
    "---",
    "...",
]
TEXTS += [
    "it's",
    'say "x"',
    "$(id)",
    "${X}",
    "{{ x }}",
    "a,b",
    "host:5000/a:1@sha256:0",
    "http://x/?a=b&c",
    "null\n",
    "x" * 5000,
]
OLD = ["v1", "'v1'", '"v1"', "", "15", "|-\n    v1", "|\n    v1", "!!str v1", "&x v1"]


@pytest.mark.parametrize("text", TEXTS, ids=repr)
@pytest.mark.parametrize(
    "frame", ["image:\n  tag: %s\nb: 1\n", "image: {tag: %s, b: 1}\n", "l:\n- tag: %s\n"]
)
def test_any_text_can_be_written(text: str, frame: str) -> None:
    path = parse_key_path("l[0].tag" if frame.startswith("l") else "image.tag")
    for old in OLD:
        if "\n" in old and "{" in frame:
            continue
        before = (frame % old).encode()
        scalar = read(set_values(before, {path: text}, name="v"), [path], name="v")[path]
        assert scalar is not None
        assert (scalar.text, scalar.is_string) == (text, True)


def test_several_keys_are_changed_at_once() -> None:
    before = b"image:\n  tag: v1 # t\n  digest:\nother: {tag: 'v1'}\n"
    edits = {"image.tag": "15", "image.digest": "sha256:0", "other.tag": "16"}
    after = set_values(
        before, {parse_key_path(key): value for key, value in edits.items()}, name="v"
    )
    assert after == b"image:\n  tag: '15' # t\n  digest: sha256:0\nother: {tag: '16'}\n"


def test_two_paths_to_one_scalar_may_agree() -> None:
    before = b"l:\n- {name: a, tag: v1}\n"
    edits = {parse_key_path("l[0].tag"): "v2", parse_key_path("l[name=a].tag"): "v2"}
    assert set_values(before, edits, name="v") == b"l:\n- {name: a, tag: v2}\n"
