"""The part of a file that some paths lead through, built from events without recursion.

Collections that no path enters are read but not kept, so that a large file costs little and a bomb
of aliases nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
)

from gitops_ci.core.yaml_edit.events import ENDS, Events, is_end_of_stream
from gitops_ci.core.yaml_edit.helm_scalars import HelmScalarError, key_name
from gitops_ci.core.yaml_edit.source import YamlText
from gitops_ci.model.key_path import Index, Item, Key, KeyPath, Segment

_MERGE_TAGS = frozenset({"tag:yaml.org,2002:merge", "!"})
_OF_OBJECTS = ("apiVersion", "kind")  # what documents of Kubernetes have, and values files have not
_SPELLED = re.compile(r"true|false|[-+.0-9].*", re.DOTALL)  # keys that have other spellings too
_Cursor = tuple[tuple[Segment, ...], int]  # a path and how many of its segments lead here


@dataclass(eq=False, slots=True)
class YamlNode:
    """A scalar, mapping, sequence or alias: its first event, its ordinal, and, if a path enters it,
    what it contains.

    Of a mapping on a path only the entries that matter are kept: the path's key, a wanted sibling,
    merges. ``text`` is the value of a scalar (for a key that is an alias, of the scalar
    ``anchored``); ``end`` is the position in characters behind the whole node.
    """

    event: Any
    ordinal: int
    end: int
    text: str | None = None
    anchored: Any = None
    entries: list[tuple["YamlNode", "YamlNode"]] = field(default_factory=list)
    items: list["YamlNode"] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Return the position of the first character, anchor and tag included."""
        position: int = self.event.start_mark.index
        return position

    @property
    def is_scalar(self) -> bool:
        return self.event.__class__ is ScalarEvent

    @property
    def is_alias(self) -> bool:
        return self.event.__class__ is AliasEvent

    @property
    def is_mapping(self) -> bool:
        return self.event.__class__ is MappingStartEvent

    @property
    def is_sequence(self) -> bool:
        return not (self.is_scalar or self.is_alias or self.is_mapping)

    @property
    def is_null(self) -> bool:
        """Tell whether it is an empty value or one that every reader reads as null."""
        if not self.is_scalar or self.event.tag is not None:
            return self.is_scalar and self.event.tag == "tag:yaml.org,2002:null"
        return not self.event.style and self.text in {"", "~", "null", "Null", "NULL"}

    @property
    def is_merge(self) -> bool:
        """Tell whether, as a key, it is the merge key."""
        if not self.is_scalar or self.text != "<<":
            return False
        tag = self.event.tag
        return not self.event.style if tag is None else tag in _MERGE_TAGS

    @property
    def name(self) -> str | None:
        """Return what Helm calls it as a key, None for what can be none."""
        event = self.event if self.is_scalar else self.anchored
        try:
            return None if event is None else key_name(event)
        except HelmScalarError:
            return None

    def entries_of(self, key: str) -> list[tuple["YamlNode", "YamlNode"]]:
        """Return the entries with a key, however it is written: more than one where it is
        duplicated.
        """
        return [entry for entry in self.entries if key in {entry[0].text, entry[0].name}]

    def values(self, key: str) -> list["YamlNode"]:
        return [value for _, value in self.entries_of(key)]


class YamlDocument(msgspec.Struct, frozen=True):
    """One document of a file.

    Its root, the ordinals and names of the anchors and aliases in it, and the version of YAML that
    it names.
    """

    root: YamlNode
    anchors: Sequence[tuple[int, str]]
    aliases: Sequence[tuple[int, str]]
    version: tuple[int, int] | None = None

    @property
    def is_object(self) -> bool:
        """Tell whether it is an object of Kubernetes, which no values file holds."""
        return all(any(value.text for value in self.root.values(key)) for key in _OF_OBJECTS)


class ParsedFile(msgspec.Struct, frozen=True, dict=True):
    """A file as one or more paths see it; ``tagged``: something in it has a tag."""

    source: YamlText
    documents: tuple[YamlDocument, ...]
    signature: list[object]
    tagged: bool

    @cached_property
    def everything(self) -> "ParsedFile":
        """Return the same file with all of it kept.

        For the rare questions that no single path answers.
        """
        return _parse(self.source, [], everything=True)

    @cached_property
    def holds_objects(self) -> bool:
        """Tell whether it holds objects of Kubernetes, which are read one by one."""
        documents = [document for document in self.documents if not document.root.is_null]
        return bool(documents) and all(document.is_object for document in documents)

    @cached_property
    def anchors(self) -> dict[str, list[int]]:
        """Return the ordinals of the nodes that have an anchor, in the order of the file."""
        ordinals: dict[str, list[int]] = {}
        for document in self.documents:
            for ordinal, name in document.anchors:
                ordinals.setdefault(name, []).append(ordinal)
        return ordinals

    @cached_property
    def nodes(self) -> dict[int, YamlNode]:
        """Return every node of the file that is not inside a key, by its ordinal."""
        return {
            node.ordinal: node
            for document in self.everything.documents
            for node in _walk(document.root)
        }


def parse(source: YamlText, paths: Iterable[KeyPath]) -> ParsedFile:
    """Read a file once for all paths; raises ValuesError when it is not YAML."""
    return _parse(source, [(path.segments, 0) for path in paths], everything=False)


def _parse(source: YamlText, cursors: list[_Cursor], *, everything: bool) -> ParsedFile:
    events = Events(source)
    documents: list[YamlDocument] = []
    while True:
        event, _ordinal = events.next()
        if is_end_of_stream(event):
            return ParsedFile(source, tuple(documents), events.signature, events.tagged)
        if event.__class__ is DocumentStartEvent:
            anchors, aliases = len(events.anchors), len(events.aliases)
            root = _Builder(events, cursors, everything).document()
            documents.append(
                YamlDocument(
                    root, events.anchors[anchors:], events.aliases[aliases:], event.version
                )
            )


@dataclass(slots=True)
class _Frame:
    """A collection that is being read: the paths that enter it, the keys to keep (None: all), the
    key without its value.
    """

    node: YamlNode
    cursors: list[_Cursor]
    keep: frozenset[str] | None
    key: YamlNode | None = None


class _Builder:
    """Builds one document.

    ``open`` are the collections that the next event is in, the innermost last.
    """

    def __init__(self, events: Events, cursors: list[_Cursor], everything: bool) -> None:
        self._events = events
        self._everything = everything
        self._open: list[_Frame] = []
        self._cursors = cursors
        self._root: YamlNode | None = None

    def document(self) -> YamlNode:
        """Read the events of a document up to its end and return its root."""
        while True:
            event, ordinal = self._next()
            kind = event.__class__
            if kind is DocumentEndEvent:
                if self._root is None:  # cannot be: libyaml gives an empty document an empty scalar
                    raise AssertionError("a document without a node")
                return self._root
            if kind in ENDS:
                self._open.pop().node.end = event.end_mark.index
            else:
                self._add(
                    YamlNode(event, ordinal, event.end_mark.index, getattr(event, "value", None))
                )

    def _next(self) -> tuple[Any, int]:
        frame = self._open[-1] if self._open else None
        if frame and frame.keep is not None and frame.node.is_mapping and frame.key is None:
            return self._events.next_entry(frame.keep)
        return self._events.next()

    def _add(self, node: YamlNode) -> None:
        cursors, wanted = self._attach(node)
        if node.is_scalar or node.is_alias:
            return
        if wanted and (self._everything or cursors):
            self._open.append(_Frame(node, cursors, None if self._everything else _keys(cursors)))
        else:
            self._events.skip()

    def _attach(self, node: YamlNode) -> tuple[list[_Cursor], bool]:
        """Hang a node into the tree; return the paths that go on inside it, and False for a key."""
        if not self._open:
            self._root = node
            return [cursor for cursor in self._cursors if cursor[0]], True
        frame = self._open[-1]
        if not frame.node.is_mapping:
            frame.node.items.append(node)
            return _into_item(frame.cursors, len(frame.node.items) - 1), True
        if frame.key is None:
            if node.is_alias:
                node.anchored = self._events.anchored_scalars.get(node.event.anchor)
                node.text = node.anchored and node.anchored.value
            frame.key = node
            return [], False
        key, frame.key = frame.key, None
        frame.node.entries.append((key, node))
        return _into_value(frame.cursors, key.text), True


def _keys(cursors: list[_Cursor]) -> frozenset[str] | None:
    """Return the keys of a mapping that matter to the paths which enter it, None for all."""
    keys = {"<<", *_OF_OBJECTS} if any(at == 0 for _, at in cursors) else {"<<"}
    for path, at in cursors:
        segment, before = (path[at] if at < len(path) else None), path[at - 1]
        if isinstance(segment, Key):
            if _SPELLED.fullmatch(segment.name):
                return None
            keys.add(segment.name)
        if at and isinstance(before, Item):
            keys.add(before.key)
    return frozenset(keys)


def _into_value(cursors: list[_Cursor], key: str | None) -> list[_Cursor]:
    wanted = Key(key) if key is not None else None
    return [(path, at + 1) for path, at in cursors if at + 1 < len(path) and path[at] == wanted]


def _into_item(cursors: list[_Cursor], number: int) -> list[_Cursor]:
    found: list[_Cursor] = []
    for path, at in cursors:
        segment = path[at] if at < len(path) else None
        # an item's entries show whether it is the one, also where the path ends with it
        if isinstance(segment, Item) or (segment == Index(number) and at + 1 < len(path)):
            found.append((path, at + 1))
    return found


def _walk(root: YamlNode) -> Iterator[YamlNode]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.items
        waiting += [value for _, value in node.entries]
