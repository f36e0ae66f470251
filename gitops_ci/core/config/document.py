"""YAML text -> plain data with the line of every node, for files that people write for this
program.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from gitops_ci.base.errors import ConfigError
from gitops_ci.base.redaction import one_line

MAX_BYTES = 1_000_000
MAX_DEPTH = 30
MAX_NODES = 200_000  # after aliases are followed: ends alias bombs
Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
# the core schema of YAML 1.2
_WORDS: dict[str, Any] = {"": None, "~": None} | {
    form: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for form in (word, word.title(), word.upper())
}
_LOADER = getattr(yaml, "CLoader", yaml.Loader)  # events only: nothing is constructed


class ConfigDocument(msgspec.Struct, frozen=True):
    """Plain data and the line (from 1) of each node, by the path to it."""

    name: str
    data: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of a node, or of its nearest parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: Path, message: str, remedy: str = "") -> ConfigError:
        """Return an error that names file, line and place."""
        place = ".".join(str(part) for part in path)
        where = (
            f"{self.name}:{self.line(path)}: {place}: "
            if place
            else f"{self.name}:{self.line(path)}: "
        )
        return ConfigError(one_line(where + message), remedy=remedy)


class _Node(msgspec.Struct, frozen=True):
    value: Any
    lines: dict[Path, int]
    size: int


def parse(content: bytes, name: str) -> ConfigDocument:
    """Read one document; keys are text, and only null, true, false and integers are not.

    Raises ConfigError for anything that is not one small YAML document in UTF-8 without duplicate
    keys.
    """
    if len(content) > MAX_BYTES:
        raise ConfigError(
            f"{name} has {len(content)} bytes; more than {MAX_BYTES} is not a configuration"
        )
    try:
        text = content.decode("utf-8-sig")
        node = _Reader(name, yaml.parse(text, Loader=_LOADER)).document()
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{name} is not UTF-8 (byte {error.start})", remedy="save it as UTF-8"
        ) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(
            f"{name}:{line}: not YAML: {one_line(error.problem or str(error))}",
            remedy="mend that line",
        ) from None
    except yaml.YAMLError as error:
        raise ConfigError(
            f"{name} is not YAML: {one_line(str(error))}", remedy="mend the file"
        ) from None
    return ConfigDocument(name, node.value, node.lines)


class _Reader:
    """Builds data from parser events.

    The state is the event stream, the anchors and the number of nodes.
    """

    def __init__(self, name: str, events: Iterator[Any]) -> None:
        self.name = name
        self.events = events
        self.anchors: dict[str, _Node] = {}
        self.nodes = 0

    def document(self) -> _Node:
        event = self._next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            return _Node(None, {(): 1}, 1)
        node = self._node(event, 0)
        self._next()
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise ConfigError(
                f"{self.name} has several documents", remedy="keep the first, without --- between"
            )
        return node

    def _next(self) -> Any:
        return next(self.events)

    def _node(self, event: Any, depth: int) -> _Node:
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise ConfigError(f"{self.name}:{line}: nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._counted(
                self.anchors.get(str(event.anchor)) or self._lost(event, line), line
            )
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(_scalar(event), {(): line}, 1)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(line, depth)
        else:
            node = self._mapping(line, depth)
        if getattr(event, "anchor", None):
            self.anchors[event.anchor] = node
        return self._counted(node, line, own=1)

    def _counted(self, node: _Node, line: int, own: int | None = None) -> _Node:
        self.nodes += own if own is not None else node.size
        if self.nodes > MAX_NODES:
            raise ConfigError(f"{self.name}:{line}: too many nodes once the aliases are followed")
        return node

    def _lost(self, event: Any, line: int) -> _Node:
        raise ConfigError(
            f"{self.name}:{line}: the alias *{one_line(event.anchor)} has no anchor before it"
        )

    def _sequence(self, line: int, depth: int) -> _Node:
        values: list[Any] = []
        lines: dict[Path, int] = {(): line}
        size = 1
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            node = self._node(event, depth + 1)
            _adopt(lines, len(values), node)
            values.append(node.value)
            size += node.size
        return _Node(values, lines, size)

    def _mapping(self, line: int, depth: int) -> _Node:
        values: dict[str, Any] = {}
        lines: dict[Path, int] = {(): line}
        size = 1
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            at = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise ConfigError(f"{self.name}:{at}: a key has to be plain text")
            key = event.value
            if key in values:
                raise ConfigError(
                    f"{self.name}:{at}: the key {key!r} stands twice", remedy="keep one of them"
                )
            node = self._node(self._next(), depth + 1)
            values[key] = node.value
            _adopt(lines, key, node)
            lines[(key,)] = at
            size += node.size
        return _Node(values, lines, size)


def _adopt(lines: dict[Path, int], key: str | int, node: _Node) -> None:
    for path, line in node.lines.items():
        lines[(key, *path)] = line


def _scalar(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0] or event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
