"""Where Helm reads something else at a path than what stands there.

Helm reads a values file with sigs.k8s.io/yaml: of several documents the first alone (from version 4
on all of them, the later over the earlier).
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit.helm_scalars import HelmScalarError, printed
from gitops_ci.core.yaml_edit.lookup import FoundNode, MissingNode, check_not_merged, follow
from gitops_ci.core.yaml_edit.tree import ParsedFile, YamlDocument, YamlNode
from gitops_ci.core.yaml_edit.unreadable import Unreadable
from gitops_ci.model.key_path import Key, KeyPath

_OWN_FILE = "keep the key in the first document, or put the documents into files of their own"


class Misreading(msgspec.Struct, frozen=True):
    """What Helm reads otherwise than it stands there.

    ``cause`` says which part of the file has to be mended: the value alone can be written anew.
    ``seen`` is what Helm reads, whatever the line is.
    """

    cause: Literal["documents", "file", "key", "value"]
    seen: str
    message: str
    remedy: str


def misreading(
    parsed_file: ParsedFile, found_node: FoundNode, unreadable: Unreadable | None
) -> Misreading | None:
    """Return what keeps Helm from reading the text of a scalar, None where nothing does.

    ``unreadable`` is what Helm refuses the file for. Raises ValuesError where another document
    takes the key from a merge.
    """
    if parsed_file.holds_objects:
        return _of_value(parsed_file, found_node)
    return (
        _of_documents(parsed_file, found_node.document, found_node.path)
        or _of_file(parsed_file, unreadable)
        or _of_keys(parsed_file, found_node)
        or _of_value(parsed_file, found_node)
    )


def check_documents(parsed_file: ParsedFile, document: YamlDocument, path: KeyPath) -> None:
    """Raise ValuesError where Helm would not read a path in this one of several documents."""
    misread = _of_documents(parsed_file, document, path)
    if misread:
        raise ValuesError(misread.message, remedy=misread.remedy)


def _of_documents(
    parsed_file: ParsedFile, document: YamlDocument, path: KeyPath
) -> Misreading | None:
    """Return what keeps Helm from reading a path in one of several documents."""
    if len(parsed_file.documents) == 1 or parsed_file.holds_objects:
        return None
    first, *later = parsed_file.documents
    for other in parsed_file.documents:
        outcome = follow(parsed_file.source, other, path)
        if other is not document and isinstance(outcome, MissingNode):
            check_not_merged(parsed_file, outcome, path)
    if document is not first:
        problem = f"{path} stands in another document than the first, which is all that Helm reads"
        return _of_document(parsed_file, document.root.start, problem, "nothing")
    for other in later:
        position = _hiding(parsed_file, other, path)
        if position is not None:
            problem = f"this document hides {path} of the first one, from Helm 4 on"
            return _of_document(parsed_file, position, problem, "nothing (from Helm 4 on)")
    return None


def _of_document(parsed_file: ParsedFile, position: int, problem: str, seen: str) -> Misreading:
    error = parsed_file.source.error(position, problem, _OWN_FILE)
    return Misreading("documents", seen, error.message, _OWN_FILE)


def _hiding(parsed_file: ParsedFile, document: YamlDocument, path: KeyPath) -> int | None:
    """Return where a later document would replace what a path leads through, None where it does
    not.
    """
    outcome = follow(parsed_file.source, document, path)
    if isinstance(outcome, MissingNode):
        # an empty document has nothing to lay over another one, a key without a value has
        is_hidden = outcome.at is None and bool(outcome.parents)
        return outcome.parents[-1].start if is_hidden else None
    return document.root.start


def _of_file(parsed_file: ParsedFile, unreadable: Unreadable | None) -> Misreading | None:
    if unreadable is None:
        return None
    position, reason = unreadable
    remedy = "mend it by hand first: nothing of the file is read"
    error = parsed_file.source.error(position, f"Helm can't read this file: {reason}", remedy)
    return Misreading("file", "nothing (the file is an error)", error.message, remedy)


def _of_keys(parsed_file: ParsedFile, found_node: FoundNode) -> Misreading | None:
    for key, name in _keys(found_node):
        if key.name != name:
            remedy = f'write it in quotes: "{name}"'
            message = f"Helm reads this key as {key.name}, not {name}"
            error = parsed_file.source.error(key.start, message, remedy)
            return Misreading("key", "nothing", error.message, remedy)
    return None


def _keys(found_node: FoundNode) -> Iterator[tuple[YamlNode, str]]:
    """Yield the keys on the way to a node, with what the path calls them."""
    for mapping, segment in zip(found_node.parents, found_node.path.segments, strict=True):
        if isinstance(segment, Key):
            yield mapping.entries_of(segment.name)[0][0], segment.name


def _of_value(parsed_file: ParsedFile, found_node: FoundNode) -> Misreading | None:
    node, path = found_node.node, found_node.path
    text = "" if node.is_null else node.text or ""
    remedy = f'update or promote writes it in quotes; by hand: "{text}"'
    try:
        seen = printed(node.event)
    except HelmScalarError as problem:
        error = parsed_file.source.error(node.start, f"Helm can't read {path}: {problem}", remedy)
        return Misreading("file", "nothing (the file is an error)", error.message, remedy)
    if (seen or "") == text:
        return None
    message = f"Helm reads {path} as {seen or 'null'}, not {text}"
    error = parsed_file.source.error(node.start, message, remedy)
    cause: Literal["value", "file"] = "value" if node.event.tag is None else "file"
    return Misreading(cause, seen or "", error.message, remedy)
