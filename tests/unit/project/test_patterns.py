"""No pattern of the program takes more than linear time, whatever text it is given: one that
backtracks hangs a build.

Each pattern is asked, in every way in which the program asks it, for texts that almost fit:
everything in it that repeats, and every beginning of it, repeated very often, with something behind
it that does not fit. A pattern that tries all ways to share such a text out takes minutes for what
takes a linear one a moment.
"""

import importlib
import inspect
import pkgutil
import re
import signal
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]  # what a pattern consists of has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from types import FrameType, ModuleType
from typing import Any

import pytest

import gitops_ci

LENGTH = 60_000  # characters; 2 billion steps for a pattern whose time is quadratic
PATIENCE = (
    5.0  # seconds of processor time for one text, of which others on the machine take nothing
)
# patterns with a gap that are only asked for so many characters, by the code beside them
BOUNDED = {
    "gitops_ci.adapters.git.connection.failures._BY_ID": 16_000,
    "gitops_ci.adapters.git.connection.failures._FILTER": 16_000,
}
# of the characters that those are asked for; their time grows with the square, and is bounded as if with the cube
SHARE = 3 / 8
# a pattern whose time is quadratic takes longer for so many characters than for so long
SHORT, IMPATIENCE = 20_000, 0.05
FEW = 16  # repetitions
ENDS = ("\x01", "\n\x01", "a", "0", "")
REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}
ASKED = re.compile(r"\.(search|match|fullmatch|finditer|findall|split|subn?)\b")


def modules() -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages(gitops_ci.__path__, "gitops_ci."):
        if not each.name.endswith("__main__"):
            yield importlib.import_module(each.name)


def patterns() -> dict[str, tuple[re.Pattern[Any], frozenset[str]]]:
    """Return every pattern with the ways in which it is asked, by the name of the module that has
    it.
    """
    found = {}
    for module in modules():
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and f"{name} = re.compile(" in source:
                ways = {match[1] for match in re.finditer(rf"\b{name}{ASKED.pattern}", source)}
                found[f"{module.__name__}.{name}"] = (
                    value,
                    frozenset(ways) or frozenset({"search", "fullmatch"}),
                )
    return found


PATTERNS = patterns()


def near_misses(pattern: re.Pattern[Any], length: int = LENGTH) -> Iterator[str]:
    """Yield texts that a pattern almost fits."""
    parts = list(
        parser.parse(
            pattern.pattern,
            pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else 0,
        )
    )
    if not _repeats(parts):
        return  # what looks at so many characters at most from each beginning takes linear time
    pumps = dict.fromkeys(pump for pump in _pumps(parts, "") if pump[1])
    for start, repeated in pumps:
        for each in (repeated, f"{repeated}\n"):
            yield from (start + each * (length // len(each)) + end for end in ENDS)


def _repeats(parts: Any) -> bool:
    """Tell whether anything in a pattern may be repeated more often than a few times."""
    return any(
        (part[0] in REPEATS and part[1][1] > FEW) or any(map(_repeats, _inside(part)))
        for part in parts
    )


def _pumps(parts: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """Yield what stands first, and what can be repeated behind it."""
    for index, part in enumerate(parts):
        start = before + sample(parts[:index])
        yield "", start
        for body in _inside(part):
            if part[0] in REPEATS:
                yield start, sample(body)
                yield from ((start, single) for single in _singles(body))
            yield from _pumps(list(body), start)


def _inside(part: tuple[Any, Any]) -> Iterator[Any]:
    code, value = part
    if code in REPEATS:
        yield value[2]
    elif code is codes.SUBPATTERN:
        yield value[3]
    elif code is codes.BRANCH:
        yield from value[1]
    elif code is codes.ATOMIC_GROUP:
        yield value
    elif code in {codes.ASSERT, codes.ASSERT_NOT}:
        yield value[1]


def _singles(body: Any) -> Iterator[str]:
    """Yield an example of each branch of a body, and of each single part of it."""
    for part in body:
        yield from filter(None, [sample([part])])
        for inner in _inside(part):
            yield from filter(None, [sample(inner)])


def sample(parts: Any) -> str:
    """Return a short text that fits."""
    return "".join(_example(*part) for part in parts)


def _example(code: Any, value: Any) -> str:
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if code is codes.ANY:
        return "a"
    if code is codes.IN:
        return _of_set(value)
    if code in REPEATS:
        return sample(value[2]) * int(max(1, value[0]))
    if code is codes.SUBPATTERN:
        return sample(value[3])
    if code is codes.BRANCH:
        return sample(value[1][0])
    return sample(value) if code is codes.ATOMIC_GROUP else ""


def _of_set(members: list[tuple[Any, Any]]) -> str:
    allowed = re.compile(_set_text(members))
    return next(
        char for char in " a0-_./:@#<>{}$\t\nAZGTgxboe1'\"=\\\x01\u0101" if allowed.match(char)
    )


def _set_text(members: list[tuple[Any, Any]]) -> str:
    classes = {
        codes.CATEGORY_DIGIT: r"\d",
        codes.CATEGORY_NOT_DIGIT: r"\D",
        codes.CATEGORY_SPACE: r"\s",
        codes.CATEGORY_NOT_SPACE: r"\S",
        codes.CATEGORY_WORD: r"\w",
        codes.CATEGORY_NOT_WORD: r"\W",
    }
    text = ""
    for code, value in members:
        if code is codes.NEGATE:
            text += "^"
        elif code is codes.LITERAL:
            text += re.escape(chr(value))
        elif code is codes.RANGE:
            text += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        elif code is codes.CATEGORY:
            text += classes[value]
    return f"[{text}]"


class Backtracks(Exception):
    """A pattern took longer than any linear one can."""


def backtracks(pattern: re.Pattern[Any], ways: frozenset[str], length: int, patience: float) -> str:
    """Return for which question a pattern takes too long, "" where there is none."""
    asked = ""

    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise Backtracks

    before = signal.signal(signal.SIGVTALRM, too_long)
    try:
        for text in near_misses(pattern, length):
            given: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
            for way in sorted(ways):
                asked = f"{way} in {text[:40]!r} ... {text[-5:]!r}"
                signal.setitimer(signal.ITIMER_VIRTUAL, patience)
                ask(pattern, way, given)
    except Backtracks:
        return asked
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return ""


def ask(pattern: re.Pattern[Any], way: str, text: Any) -> None:
    if way in {"sub", "subn"}:
        pattern.sub(text[:0], text)
    elif way == "finditer":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, way)(text)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_text_that_almost_fits_is_refused_in_linear_time(name: str) -> None:
    pattern, ways = PATTERNS[name]
    length, patience = LENGTH, PATIENCE
    if name in BOUNDED:
        length, patience = int(SHARE * BOUNDED[name]), SHARE**3 * PATIENCE
    assert not backtracks(pattern, ways, length, patience)


@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        (
            r"(?:[ \t\r\n]+|#[^\r\n]*)*,",
            "match",
        ),  # as it was where a key is added to a mapping in braces
        (r"<[^>]*>", "sub"),
        (r"<title[^>]*>(.*?)</title", "search"),
        (r"[0-9][0-9,]*[0-9]*x", "fullmatch"),
        (r"(?m)^<{7}$[\s\S]*?^={7}$[\s\S]*?^>{7}$", "search"),
    ],
)
def test_a_pattern_that_backtracks_is_found(pattern: str, way: str) -> None:
    assert backtracks(re.compile(pattern), frozenset({way}), SHORT, IMPATIENCE)
