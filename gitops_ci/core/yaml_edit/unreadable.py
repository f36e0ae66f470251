"""What makes Helm refuse a whole values file, wherever it stands in its first document."""

import re
from collections.abc import Iterator

from gitops_ci.core.yaml_edit.helm_scalars import HelmScalarError, key_name, printed
from gitops_ci.core.yaml_edit.sharing import anchored_node, anchored_ordinal
from gitops_ci.core.yaml_edit.tree import ParsedFile, YamlNode

# A file without any of these, without tags, aliases and merges has nothing to be refused for, and
# is not read a second time.
_SUSPECT = re.compile(
    r"""[\]}][ \t\r\n]*+:                                          # a collection as a key
    | (?:^|[\n\r{\[,-])[ \t]*+\?[ \t\r\n]                          # or any behind ?
    | (?:^|[\n\r{\[,-])[ \t]*+(?:&\S++[ \t]++)?+(?:~|null|Null|NULL)?+[ \t]*+:(?:[ \t\r\n,}]|\Z)
    | \.(?:inf|Inf|INF|nan|NaN|NAN)
    """,
    re.VERBOSE,
)
_VERSION = (1, 1)
Unreadable = tuple[int, str]  # position in characters, and why


def unreadable_node(parsed_file: ParsedFile) -> Unreadable | None:
    """Return where and why Helm refuses a file; None where it does not."""
    document = parsed_file.documents[0]
    if document.version not in {None, _VERSION}:
        return 0, "%YAML names another version than 1.1"
    if not _is_suspect(parsed_file):
        return None
    root = parsed_file.everything.documents[0].root
    return next(_refused(parsed_file, root), None)


def _is_suspect(parsed_file: ParsedFile) -> bool:
    if parsed_file.tagged or any(document.aliases for document in parsed_file.documents):
        return True
    return "<<" in parsed_file.signature or bool(_SUSPECT.search(parsed_file.source.text))


def _refused(parsed_file: ParsedFile, root: YamlNode) -> Iterator[Unreadable]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_scalar:
            yield from _scalar(node)
        elif node.is_alias:
            yield from _alias(parsed_file, node)
        for key, value in node.entries:
            yield from _merge(parsed_file, value) if key.is_merge else _key(parsed_file, key)
        waiting += node.items
        waiting += [value for _, value in node.entries]


def _scalar(node: YamlNode) -> Iterator[Unreadable]:
    try:
        printed(node.event)
    except HelmScalarError as error:
        yield node.start, str(error)


def _key(parsed_file: ParsedFile, key: YamlNode) -> Iterator[Unreadable]:
    if key.is_alias:
        yield from _alias(parsed_file, key)
    event = key.event if key.is_scalar else key.anchored
    if event is None:
        yield key.start, "a key is a list or a mapping"
        return
    try:
        key_name(event)
    except HelmScalarError as error:
        yield key.start, str(error)


def _alias(parsed_file: ParsedFile, alias: YamlNode) -> Iterator[Unreadable]:
    if anchored_ordinal(parsed_file, alias) is None:
        yield alias.start, f"nothing before it has the anchor &{alias.event.anchor}"
    target = anchored_node(parsed_file, alias)
    if target and target.start < alias.start < target.end:
        yield alias.start, f"*{alias.event.anchor} stands in what it stands for"


def _merge(parsed_file: ParsedFile, value: YamlNode) -> Iterator[Unreadable]:
    parts = value.items if value.is_sequence else [value]
    for part in parts:
        target = anchored_node(parsed_file, part) if part.is_alias else part
        if target is None or not target.is_mapping:
            yield part.start, "what is merged (<<) is no mapping"
