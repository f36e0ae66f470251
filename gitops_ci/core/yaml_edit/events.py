"""The events of libyaml's parser, counted and noted down, and its errors in our words."""

import re
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit.source import YamlText

# levels, above which libyaml gives up from 0.2.6 on; the time grows with the square of the depth
DEEPEST = 1_000
# the same events and marks, only slower, where libyaml is missing
_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)
_NESTING = "exceeded maximum nesting depth"
_TEMPLATE = re.compile(r"^[ \t]*(?:- +)?\{\{|:[ \t]+\{\{", re.MULTILINE)
STARTS = (MappingStartEvent, SequenceStartEvent)
ENDS = (MappingEndEvent, SequenceEndEvent)


class Events:
    """Reads the events of one text, one after the other.

    ``signature`` is what has been read: the text of every scalar, the class of every other event,
    names and tags. Two texts with the same signature hold the same data. An event's place in it is
    its ``ordinal``.
    """

    def __init__(self, source: YamlText) -> None:
        self.signature: list[object] = []
        self.anchors: list[tuple[int, str]] = []  # ordinal and name, in the order of the file
        self.aliases: list[tuple[int, str]] = []
        self.tagged = False
        self.anchored_scalars: dict[str, Any] = {}  # their events, for aliases that are keys
        self._source = source
        self._depth = 0
        try:
            self._get = _LOADER(source.text).get_event
        except yaml.YAMLError as error:
            raise _translated(source, error) from error

    def next(self) -> tuple[Any, int]:
        """Return the next event and its ordinal; raises ValuesError for what is not YAML."""
        try:
            event = self._get()
        except yaml.YAMLError as error:
            raise _translated(self._source, error) from error
        ordinal = len(self.signature)
        self._note(event, ordinal)
        return event, ordinal

    def next_entry(self, keep: frozenset[str]) -> tuple[Any, int]:
        """Return the next key in ``keep`` (or one that is no bare scalar), or the mapping's end: a
        hot loop of large files.
        """
        get, append, text = self._get, self.signature.append, ScalarEvent
        try:
            while True:
                event = get()
                if (
                    event.__class__ is not text
                    or event.value in keep
                    or event.anchor is not None
                    or event.tag is not None
                ):
                    break
                append(event.value)
                event = get()
                if event.__class__ is text and event.anchor is None and event.tag is None:
                    append(event.value)
                else:
                    self._note(event, len(self.signature))
                    if event.__class__ in STARTS:
                        self.skip()
        except yaml.YAMLError as error:
            raise _translated(self._source, error) from error
        ordinal = len(self.signature)
        self._note(event, ordinal)
        return event, ordinal

    def skip(self) -> None:
        """Read to the end of the collection that has just begun: the other hot loop."""
        get, append, text = self._get, self.signature.append, ScalarEvent
        outside = self._depth - 1
        try:
            while self._depth > outside:
                event = get()
                if event.__class__ is text and event.anchor is None and event.tag is None:
                    append(event.value)
                else:
                    self._note(event, len(self.signature))
        except yaml.YAMLError as error:
            raise _translated(self._source, error) from error

    def _note(self, event: Any, ordinal: int) -> None:
        kind = event.__class__
        self.signature.append(event.value if kind is ScalarEvent else kind)
        if kind in ENDS:
            self._depth -= 1
        elif kind is AliasEvent:
            self.aliases.append((ordinal, event.anchor))
            self.signature.append(event.anchor)
        elif kind is ScalarEvent or kind in STARTS:
            self._note_properties(event, ordinal)
            if kind is not ScalarEvent:
                self._enter(event)
        elif kind is DocumentStartEvent:
            self.anchored_scalars.clear()

    def _note_properties(self, event: Any, ordinal: int) -> None:
        if event.anchor is not None:
            self.anchors.append((ordinal, event.anchor))
            self.signature.append(("anchor", event.anchor))
            self.anchored_scalars.pop(event.anchor, None)
            if event.__class__ is ScalarEvent:
                self.anchored_scalars[event.anchor] = event
        if event.tag is not None:
            self.tagged = True
            self.signature.append(("tag", event.tag))

    def _enter(self, event: Any) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _too_deep(self._source, event.start_mark.index)


def is_end_of_stream(event: Any) -> bool:
    return event.__class__ is StreamEndEvent


def _translated(source: YamlText, error: yaml.YAMLError) -> ValuesError:
    if isinstance(error, yaml.reader.ReaderError):
        return _unreadable(source)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = min(mark.index, len(source.text)) if mark else 0
    template = _TEMPLATE.search(source.text)
    if template:
        return source.error(
            template.end() - 2,
            "a Go template in place of YAML data",
            "name the values file: templates are rendered by Helm and can't be edited as data",
        )
    problem = getattr(error, "problem", None) or "no YAML"
    if problem == _NESTING:
        return _too_deep(source, position)
    context = getattr(error, "context", None)
    words = f"{problem} ({context})" if context else problem
    return source.error(
        position, f"broken YAML: {words}", "correct the file first; nothing was changed"
    )


def _too_deep(source: YamlText, position: int) -> ValuesError:
    return source.error(
        position,
        f"collections are nested more than {DEEPEST:,} deep",
        "no values file needs that",
    )


def _unreadable(source: YamlText) -> ValuesError:
    """Name the first character that YAML does not allow."""
    match = re.search(
        "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", source.text
    )
    position = match.start() if match else 0
    code = ord(source.text[position]) if match else 0
    return source.error(
        position,
        f"the character U+{code:04X} is not allowed in YAML",
        "remove it or write it as an escape in quotes",
    )
