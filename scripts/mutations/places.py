"""Finds the places in the source that make a violation, and writes the source with one of them
switched off.
"""

import ast
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

_SEVERITY, _MILDER = "VIOLATION", '"notice"'
_COLLECTOR = "FindingCollector"
# what is asked for here becomes a violation later, elsewhere
_REQUIRING = frozenset({"require_signatures", "require_chart"})
_ADD, _ADD_MILDER = "add_violation", "add_notice"
_RECORDER = """

def _reached(place):
    import os

    log = os.environ["MUTATIONS_LOG"]
    with open(log + "." + os.environ.get("PYTEST_XDIST_WORKER", "")) as current:
        line = f"{place} {current.read()}\\n".encode()
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line)
    os.close(descriptor)
"""


class Place(Struct, frozen=True):
    """A stretch of a file, in bytes, and what stands there when it is switched off."""

    file: Path
    line: int
    start: int
    end: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.what}"


def find(root: Path, folders: Iterable[str]) -> list[Place]:
    """Return every place in the Python files of some folders below a root."""
    files = sorted(file for folder in folders for file in (root / folder).rglob("*.py"))
    trees = {file: ast.parse(file.read_bytes()) for file in files}
    methods = _condemning(trees.values()) | _REQUIRING
    return [
        place
        for file, tree in trees.items()
        for place in _places(file.read_bytes(), tree, file.relative_to(root), methods)
    ]


def _condemning(trees: Iterable[ast.AST]) -> frozenset[str]:
    """Return the methods of the collector that make a violation, by themselves or by another."""
    bodies = {
        method.name: method
        for tree in trees
        for collector in ast.walk(tree)
        if isinstance(collector, ast.ClassDef) and collector.name == _COLLECTOR
        for method in collector.body
        if isinstance(method, ast.FunctionDef)
    }
    found: set[str] = set()
    while True:
        more = {
            name
            for name, body in bodies.items()
            if any(_severities(body)) or any(_calls(body, found))
        }
        if more == found:
            return frozenset(found)
        found = more


def _severities(tree: ast.AST) -> Iterator[ast.Name]:
    """Yield where the severity is given, not where it is compared."""
    compared = {
        name for each in ast.walk(tree) if isinstance(each, ast.Compare) for name in ast.walk(each)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == _SEVERITY and node not in compared:
            yield from [node] if isinstance(node.ctx, ast.Load) else []


def _calls(tree: ast.AST, methods: Iterable[str]) -> Iterator[tuple[ast.Expr, str]]:
    """Yield the statements that call one of some methods for nothing that it returns, each with the
    method.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and function.attr in methods:
                yield node, function.attr


def _places(content: bytes, tree: ast.AST, file: Path, methods: frozenset[str]) -> Iterator[Place]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == _ADD and id(node) not in called
    ]
    nodes: list[tuple[ast.expr | ast.stmt, str, str]] = [
        *((call, method, "None") for call, method in _calls(tree, methods)),
        *((each, _SEVERITY, _MILDER) for each in _severities(tree)),
        *((each, _ADD, f"{_text(content, each.value)}.{_ADD_MILDER}") for each in names),
    ]
    for node, what, instead in sorted(nodes, key=lambda each: _span(content, each[0])):
        yield Place(file, node.lineno, *_span(content, node), what, instead)


def _text(content: bytes, node: ast.expr) -> str:
    start, end = _span(content, node)
    return content[start:end].decode()


def _span(content: bytes, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Return where a node begins and ends, in bytes."""
    starts = [0, *itertools.accumulate(map(len, content.splitlines(keepends=True)))]
    last, column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return starts[node.lineno - 1] + node.col_offset, starts[last - 1] + column


def switched_off(content: bytes, place: Place) -> bytes:
    """Return a file in which a place does nothing."""
    return content[: place.start] + place.instead.encode() + content[place.end :]


def recording(content: bytes, places: Iterable[tuple[int, Place]]) -> bytes:
    """Return a file that notes which test reaches which of its places, given by number."""
    for number, place in sorted(places, key=lambda pair: -pair[1].start):
        inner = content[place.start : place.end]
        noted = b"(_reached(%d) or %s)" % (number, inner)
        content = content[: place.start] + noted + content[place.end :]
    return content + _RECORDER.encode()
