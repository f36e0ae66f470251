"""Writes a text as a YAML scalar that every reader reads as that string.

The readers are YAML 1.1 (PyYAML), YAML 1.2 (ruamel.yaml) and Go's sigs.k8s.io/yaml, which Helm,
Argo CD and kubectl use.
"""

import re

# YAML 1.1 and 1.2, https://yaml.org/type/ and https://yaml.org/spec/1.2.2/#103-core-schema; go-yaml
# 2 agrees with 1.1
# but for numbers, which it also finds where the schemas see text. Wider than any of them: a quote
# too much does no harm.
_WORDS = frozenset("~ null true false yes no on off y n nan inf infinity << =".split()) | {""}
_NUMBER = re.compile(
    r"""[-+]?(?:
        0b[01]* | 0o[0-7]* | 0x[0-9a-f.]*(?:p[-+]?[0-9]*)?
      | (?:[0-9][0-9,]*+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?
      | [.,]*
      | \.(?:inf|nan)
      | [0-9]+(?::[0-9.]+)+
      )""",
    re.VERBOSE | re.IGNORECASE,
)
# what the loose pattern for numbers takes along, and is none
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){2,}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")

# Where a plain scalar may start and what may be in it; narrower than the grammar, which readers
# take differently.
_FIRST = re.compile(r"[^\W]|[/$(]|[\u00a1-\U0010ffff]|\.[^\W]|[.]{1,2}/")
_BREAKS_PLAIN = re.compile(r": |:$| #|\t|^---|^\.\.\.|[ ]$")
_BREAKS_FLOW = re.compile(r"""[,\[\]{}:?#"'&*!|>%@`]""")
_ESCAPED = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff"\\\\]')
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def is_string(text: str) -> bool:
    """Tell whether every reader takes a plain scalar with this text for a string."""
    if text.casefold() in _WORDS or _TIME.fullmatch(text):
        return False
    # go-yaml drops them first: 0__x7 is 7
    digits = text.replace("_", "") if text[0] != "_" else text
    return not _NUMBER.fullmatch(digits) or _VERSION.fullmatch(digits) is not None


def fits_plain(text: str, *, flow: bool) -> bool:
    """Tell whether a text can stand without quotes, in ``{...}`` and ``[...]`` or outside."""
    if not _FIRST.match(text) or _BREAKS_PLAIN.search(text) or not text.isprintable():
        return False
    return not (flow and _BREAKS_FLOW.search(text))


def fits_one_line(text: str) -> bool:
    """Tell whether a text can stand in single quotes or in one line of a block scalar."""
    return not _UNPRINTABLE.search(text)


def quoted(text: str, quote: str) -> str:
    """Return a text in single or double quotes.

    In double quotes where single ones can't hold it.
    """
    if quote == "'" and fits_one_line(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or f"\\u{ord(match[0]):04x}"  # the escapes that JSON has too
