"""Laws: whatever the document and its style, exactly one scalar changes, for every reader."""

import itertools
import re
from dataclasses import dataclass
from typing import Any

import ruamel.yaml
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit import read, set_values
from gitops_ci.core.yaml_edit.writing import fits_plain, is_string
from gitops_ci.model.key_path import Index, Key, KeyPath, Segment
from tests.laws import fewer

names = st.sampled_from(
    ["image", "tag", "a.b", "x y", "größe", "on", "7", "app-1", "repository", "😀", "it's", "#a"]
)
plain_words = st.sampled_from(
    [
        "v1",
        "1.2.3",
        "hello world",
        "a#b",
        "http://x/y",
        "größe",
        "x-y_z",
        "15",
        "1.20",
        "true",
        "~",
        "1e3",
        "😀",
    ]
)
texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True),
    st.from_regex(r"[-+0-9._:eExXoObBnNaAiIfFtTyY]{1,8}", fullmatch=True),
)
comments = st.sampled_from(["", "", "", " # c", '  # it\'s "c": {x} 😀', " \t# tab"])
blank_lines = st.sampled_from(["", "", "", "\n", "# c: d\n", "\n  # c\n\n"])


@dataclass(frozen=True)
class Written:
    """A piece of a document: its text, and the paths of its scalars."""

    text: str
    paths: tuple[tuple[Segment, ...], ...]


def quote(text: str, style: str) -> str:
    return (
        "'" + text.replace("'", "''") + "'"
        if style == "'"
        else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )


@st.composite
def scalars(draw: st.DrawFn) -> str:
    word = draw(plain_words)
    style = draw(st.sampled_from(["", "", "'", '"']))
    text = quote(word, style) if style else word
    anchor = draw(st.sampled_from(["", "", "", "", "&anchor ", "!!str "]))
    return anchor + text


def key(draw: st.DrawFn, name: str) -> str:
    style = draw(st.sampled_from(["", "'", '"']))
    return quote(name, style) if style or name.startswith("#") else name


@st.composite
def flows(draw: st.DrawFn, depth: int) -> Written:
    if depth <= 0 or draw(st.booleans()):
        return Written(quote(draw(plain_words), draw(st.sampled_from("'\""))), ((),))
    inside = draw(st.lists(flows(depth - 1), min_size=1, max_size=3))
    gap = draw(st.sampled_from(["", " ", "\n   ", " # c\n   "]))
    if draw(st.booleans()):
        paths = tuple((Index(at), *path) for at, part in enumerate(inside) for path in part.paths)
        return Written(
            "[" + gap + f",{gap or ' '}".join(part.text for part in inside) + gap + "]", paths
        )
    keys = draw(st.lists(names, min_size=len(inside), max_size=len(inside), unique=True))
    paths = tuple(
        (Key(name), *path) for name, part in zip(keys, inside, strict=True) for path in part.paths
    )
    pairs = [f"{key(draw, name)}: {part.text}" for name, part in zip(keys, inside, strict=True)]
    return Written("{" + gap + f",{gap or ' '}".join(pairs) + gap + "}", paths)


@st.composite
def mappings(draw: st.DrawFn, depth: int, indent: int) -> Written:
    """A block mapping as lines that end with a line break, without the indentation of the first
    one.
    """
    text, paths = "", []
    for at, name in enumerate(draw(st.lists(names, min_size=1, max_size=4, unique=True))):
        part = draw(values(depth, indent))
        before = draw(blank_lines) if at else ""
        text += (
            before
            + (" " * indent if at else "")
            + key(draw, name)
            + draw(st.sampled_from([":", " :"]))
            + part.text
        )
        paths += [(Key(name), *path) for path in part.paths]
    return Written(text, tuple(paths))


@st.composite
def values(draw: st.DrawFn, depth: int, indent: int) -> Written:
    """What stands behind a key, from the colon to the end of the line or block."""
    kind = (
        draw(st.sampled_from(["scalar", "scalar", "empty", "block", "flow", "mapping", "list"]))
        if depth
        else "scalar"
    )
    comment = draw(comments)
    if kind == "scalar":
        return Written(f" {draw(scalars())}{comment}\n", ((),))
    if kind == "empty":
        return Written(f"{comment}\n", ((),))
    if kind == "block":
        header = draw(st.sampled_from(["|", "|-", "|+", ">-"]))
        lines = draw(
            st.lists(st.sampled_from(["x: y", "- z", "# no comment", "'"]), min_size=1, max_size=3)
        )
        return Written(
            f" {header}\n" + "".join(" " * (indent + 2) + f"{line}\n" for line in lines), ()
        )
    if kind == "flow":
        part = draw(flows(2).filter(lambda part: "\n" not in part.text or indent < 3))
        return Written(f" {part.text}{comment}\n", part.paths)
    deeper = indent + draw(st.sampled_from([1, 2, 4]))
    if kind == "mapping":
        part = draw(mappings(depth - 1, deeper))
        return Written(f"{comment}\n" + " " * deeper + part.text, part.paths)
    items = draw(st.lists(mappings(depth - 1, deeper + 2), min_size=1, max_size=3))
    text = "".join(" " * deeper + "- " + item.text for item in items)
    return Written(
        f"{comment}\n{text}",
        tuple((Index(at), *path) for at, item in enumerate(items) for path in item.paths),
    )


@st.composite
def documents(draw: st.DrawFn) -> tuple[bytes, list[KeyPath]]:
    part = draw(mappings(3, 0).filter(lambda part: part.paths))
    text = draw(st.sampled_from(["", "---\n", "# head\n\n"])) + part.text
    if draw(st.booleans()) and not text.endswith("\n\n"):
        text = text.removesuffix("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    number = itertools.count()
    text = re.sub(
        "&anchor", lambda _: f"&anchor{next(number)}", text
    )  # PyYAML refuses one that is used twice
    bom = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"]))
    return bom + text.encode(), [KeyPath(path) for path in part.paths]


def put(data: Any, path: KeyPath, value: str) -> Any:
    """Return the data with a new value at the path; keys are compared by their text, as paths name
    them.
    """
    *way, last = path.segments
    here = data
    for segment in way:
        here = here[position(here, segment)]
    here[position(here, last)] = value
    return data


def position(here: Any, segment: Segment) -> Any:
    if isinstance(segment, Index):
        return segment.number
    assert isinstance(segment, Key)
    others: dict[str, list[object]] = {"on": [True], "7": [7]}
    spellings = [segment.name, *others.get(segment.name, [])]
    return next(
        spelling
        for spelling in spellings
        if any(spelling is each or spelling == each for each in here)
    )


def yaml_1_1(data: bytes) -> Any:
    return yaml.load(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader)


def yaml_1_2(data: bytes) -> Any:
    return ruamel.yaml.YAML(typ="safe", pure=True).load(
        data.decode("utf-8-sig").replace("\t#", " #")
    )


@fewer(2)
@given(documents(), texts, st.data())
def test_exactly_one_scalar_changes_for_every_reader(
    document: tuple[bytes, list[KeyPath]], text: str, data: st.DataObject
) -> None:
    before, paths = document
    path = data.draw(st.sampled_from(paths))
    try:
        after = set_values(before, {path: text}, name="v")
    except ValuesError as error:
        assert "no colon" in error.message or "cannot start any token" in error.message, error
        return
    for reader in (yaml_1_1, yaml_1_2):
        assert reader(after) == put(reader(before), path, text)
    head = next(
        (at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new),
        min(len(before), len(after)),
    )
    tail = len(before) - head
    while tail and not after[head:].endswith(before[len(before) - tail :]):
        tail -= 1
    assert before[:head] + after[head : len(after) - tail] + before[len(before) - tail :] == after
    assert b"\n" not in after[head : len(after) - tail]
    assert set_values(after, {path: text}, name="v") == after


@fewer(2)
@given(documents(), st.data())
def test_setting_a_string_back_restores_every_byte(
    document: tuple[bytes, list[KeyPath]], data: st.DataObject
) -> None:
    before, paths = document
    path = data.draw(st.sampled_from(paths))
    old = read(before, [path], name="v")[path]
    if old is None or not old.is_string:
        return
    if b"!!str" in before and not is_string(old.text):
        return  # what only the tag makes a string comes back in quotes
    after = set_values(before, {path: "v2.0.0"}, name="v")
    assert set_values(after, {path: old.text}, name="v") == before


@given(texts)
def test_a_plain_scalar_is_a_string_for_both_versions_of_yaml(text: str) -> None:
    for flow in (False, True):
        if is_string(text) and fits_plain(text, flow=flow):
            document = f"a: {{b: {text}, c: d}}\n" if flow else f"a:\n  b: {text} # c\n  c: d\n"
            assert (
                yaml_1_1(document.encode())
                == yaml_1_2(document.encode())
                == {"a": {"b": text, "c": "d"}}
            )


@fewer(2)
@given(
    st.text(st.sampled_from(" \t\n\r:-?#&*!|>{}[],'\"%@ab1\\\x85\u2028\x07😀"), max_size=60), texts
)
def test_any_text_at_all_is_edited_or_refused_in_our_words(document: str, text: str) -> None:
    path = KeyPath((Key("a"), Key("b")))
    before = f"a:\n  b: {document}".encode()
    try:
        after = set_values(before, {path: text}, name="v", create=True)
        scalar = read(after, [path], name="v")[path]
    except ValuesError:
        return
    assert scalar is not None
    assert scalar.text == text
    assert scalar.is_string
