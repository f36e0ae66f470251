"""Values files for laws: ordinary ones, and ones with every oddity that YAML has."""

from hypothesis import strategies as st

# what stands at a key, in a block or in braces
PLAIN = ["v1", "14", "1.10", "1e3", "0775", "0o17", "0x1F", "1_000", "yes", "Off", "n", "~", "null"]
PLAIN += ["", "+14", "-0", "1234567", "999999", "0.00001", ".5", "12345678901234567890123", "1:30"]
PLAIN += ["2001-01-01", "<<", "=", ".inf", "0b11", "0b-1", "08", "1__0", "-0x1", "1e999", "1.", "."]
QUOTED = ['"15"', "'15'", '"1\\x35"', '"1e3"', '""', "'it''s'", '"a\\\n      b"']
TAGGED = [
    "!!str 1e3",
    "! 1e3",
    "!!int 15",
    '!!int "0775"',
    "!!float 15",
    "!!binary MTU=",
    "!foo 15",
]
TAGGED += ['!!null ""', "!!bool 'yes'", "!!timestamp 2001-01-01", "!<tag:yaml.org,2002:str> 15"]
TAGGED += ["!!int x", "!!binary ?", "!!null x", "!!merge x"]
ANCHORED = [
    "&v 15",
    '&v "15"',
    "*v",
    "*scalar",
    "*mapping",
    "*nothing",
    "&w !!str 15",
    "!!str &w 15",
]
SPELLINGS = {
    "image": ["image"] * 6
    + ['"image"', "'image'", '"im\\x61ge"', "!!str image", "! image", "!foo image", "&key image"]
    + ["!!binary aW1hZ2U=", "? image\n", "*word "],
    "tag": ["tag"] * 6 + ['"tag"', "!!str tag", "!!binary dGFn", '"t\\x61g"', "&key tag"],
    "digest": ["digest"] * 3 + ['"digest"', "!!binary ZGlnZXN0"],
    "<<": ["<<"] * 3
    + ['"<<"', '!!merge "<<"', "!!merge <<", "! <<", "! '<<'", "!!str <<", "!foo <<"],
    "on": ["on", '"on"', "true", "yes", "'true'"],
    "1": ["1", '"1"', "0x1", "01", "1.0", "!!int '1'", "+1"],
}
MERGED = ["*mapping", "*images", "[*mapping, *images]", '{tag: "77"}', '{image: {tag: "77"}}', "[]"]
MERGED += [
    '{<<: {tag: "77"}}',
    "*scalar",
    "x",
    "[*scalar]",
    "null",
    '[{tag: "7"}, {tag: "8"}]',
    "{}",
]
OTHER = ["replicas: 2", "weight: .inf", "? {a: b}\n: c", "[a]: b", "~: c", "{}: c", "a: [~, .nan]"]
OTHER += [
    ": c",
    "image2: {tag: 1}",
    "text: |\n  image:\n    tag: 9",
    'b: "{{ .x }}"',
    "c: *mapping",
]
OTHER += ["d: &d [*d]", "e: !!int x", "&f g: h", "apiVersion: v1", "kind: Values", "i: *nothing"]
OTHER += [
    "j: !!binary '?'",
    "18446744073709551615: k",
    "1e3: l",
    "m: {<<: x}",
    "n: \u2028",
    "o: \t1",
]
FIRST = ['scalar: &scalar "66"', 'mapping: &mapping {tag: "77"}', "word: &word image"]
FIRST += ['images: &images {image: {tag: "88"}}']
HEADS = ["---\n", "# head\n", "--- # head\n", "%YAML 1.1\n---\n", "%YAML 1.2\n---\n", "--- &root\n"]
HEADS += ["%TAG ! tag:yaml.org,2002:\n---\n", "--- !!map\n", "--- !foo\n", "---\n---\n", "\ufeff"]
BESIDE = [
    "",
    "# nothing\n",
    "[a]\n",
    "y: 1\n",
    "image:\n",
    "image: {y: 1}\n",
    "image: a\n",
    "y: 2\n",
]
BESIDE += ["image: {<<: {tag: '5'}}\n", "<<: {image: {tag: '5'}}\n", "image: {tag: '5'}\n"]
COMMENTS = ["", "", "", " # c", " # image: {tag: 9}", "  \t# c"]
ORDINARY = [
    "v1",
    "14",
    "1.27",
    "1.10",
    "15-4c1f",
    '"15"',
    "'15'",
    '""',
    "",
    "1e3",
    '"1.10"',
    "null",
]


def odd(draw: st.DrawFn, chances: int) -> bool:
    """Tell whether something odd comes: one time in so many."""
    return draw(st.integers(1, chances)) == chances


@st.composite
def values(draw: st.DrawFn) -> str:
    """What stands behind a key on its own line."""
    if odd(draw, 3):
        return draw(st.sampled_from([*TAGGED, *ANCHORED]))
    return draw(st.sampled_from([*PLAIN, *QUOTED]))


def entry(draw: st.DrawFn, name: str, value: str) -> str:
    """Write a key in one of its spellings before its value."""
    key = draw(st.sampled_from(SPELLINGS[name]))
    return f"{key}: {value}{draw(st.sampled_from(COMMENTS))}".replace("\n: ", "\n: ")


@st.composite
def images(draw: st.DrawFn) -> str:
    """A mapping with a tag, perhaps a digest, and what is merged into it, behind its key."""
    names = ["tag"] if not odd(draw, 8) else draw(st.sampled_from([[], ["tag", "tag"]]))
    names += draw(st.sampled_from([[], ["digest"], ["<<"], ["<<", "digest"], ["<<", "<<"]]))
    parts = [
        entry(draw, name, draw(st.sampled_from(MERGED)) if name == "<<" else draw(values()))
        for name in draw(st.permutations(names))
    ]
    if draw(st.booleans()):
        before = draw(st.sampled_from(["", "", "", "&all ", "!!map ", "!foo "]))
        return f"{before}\n" + "\n".join(f"  {part}" for part in ["x: 1", *parts])
    bare = [part.partition(" #")[0].partition("  \t#")[0] for part in parts]
    return "{" + ", ".join(bare) + "}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """One document, with all that may stand before and around its image."""
    parts = draw(st.lists(st.sampled_from(OTHER), max_size=2)) if odd(draw, 2) else ["x: 1"]
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 1, 1, 1, 2]))):
        value = draw(images()) if not odd(draw, 12) else draw(values())
        parts.append(entry(draw, "image", value))
    if odd(draw, 5):
        parts.append(entry(draw, "<<", draw(st.sampled_from(MERGED))))
    if odd(draw, 6):
        parts += [entry(draw, draw(st.sampled_from(["on", "1"])), "{t: a}") for _ in "ab"]
    head = draw(st.sampled_from(HEADS)) if odd(draw, 3) else ""
    return head + "\n".join([*FIRST, *draw(st.permutations(parts))]) + "\n"


@st.composite
def odd_files(draw: st.DrawFn, several: bool = False) -> str:
    """A whole file: mostly one document, with any ends of lines; ``several``: with others around
    it.
    """
    each = [draw(documents() | st.just('image:\n  tag: "15"\n') if several else documents())]
    if several or odd(draw, 4):
        each += draw(st.lists(st.sampled_from(BESIDE), min_size=1, max_size=2))
        each = list(draw(st.permutations(each)))
    text = draw(st.sampled_from(["---\n", "---\n", "...\n---\n"])).join(each)
    if odd(draw, 6):
        text = text.replace("\n", draw(st.sampled_from(["\r\n", "\r"])))
    return text.rstrip("\n") if odd(draw, 6) else text


@st.composite
def ordinary_files(draw: st.DrawFn) -> str:
    """A file as people write it."""
    tag = draw(st.sampled_from(ORDINARY)) + draw(st.sampled_from(COMMENTS[:4]))
    digest = draw(st.sampled_from(["", "  digest:\n", f'  digest: "sha256:{"0" * 64}"\n']))
    image = draw(st.sampled_from(["", "  pullPolicy: Always\n"])) + f"  tag: {tag}\n{digest}"
    before = draw(st.sampled_from(["", "image: &defaults\n  tag: v0\n"])).replace("image", "common")
    merge = "  <<: *defaults\n" if before and draw(st.booleans()) else ""
    more = st.sampled_from(
        ["replicas: 2\n", "env:\n- name: A\n  value: '1'\n", "# c\n\n", "a: [~]\n"]
    )
    around = [before, *draw(st.lists(more, max_size=2, unique=True))]
    text = draw(st.sampled_from(["", "", "# head\n", "---\n", "%YAML 1.1\n---\n", "\ufeff"]))
    text += "".join([*around, f"image:\n{merge}{image}"])
    text += draw(st.sampled_from(["", "", "", "b: *defaults\n" if before else "", "...\n"]))
    text += draw(st.sampled_from(["", "", "", "---\nother: 1\n", "---\n# nothing\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))
