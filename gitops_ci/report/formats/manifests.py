"""The difference between rendered manifests, object by object, without the values of Secrets.
Pure.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import yaml

from gitops_ci.model.operation import Rendering
from gitops_ci.model.release import Known
from gitops_ci.report.formats.text_diff import file_diff

HIDDEN = "(hidden)"
CHANGED = "(hidden, changed)"
_LARGEST = 500_000  # bytes of one object that are compared line by line
_SEPARATOR = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_COMMENTS = re.compile(r"(?:[ \t]*(?:#.*)?\n)*")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_UNREADABLE = "# no YAML that can be read: hidden"

Values = dict[tuple[str, ...], Any]  # by namespace, name, field and key


class _Object(msgspec.Struct, frozen=True):
    """One object: its text as rendered, and its ``data`` where there is something to hide."""

    text: str
    data: Any = None


def difference(rendered: Sequence[Rendering]) -> str:
    """Return a unified diff of what was rendered before and after; an application of which one is
    missing has none.
    """
    return "".join(
        _compared(
            f"{rendering.app}/{rendering.environment}", rendering.before.text, rendering.after.text
        )
        for rendering in rendered
        if rendering.before and rendering.before.fact == rendering.after.fact == Known(None)
    )


def _compared(name: str, before: str, after: str) -> str:
    if before == after:
        return ""
    old, new = _objects(before), _objects(after)
    return "".join(
        _diff(f"{name}/{key}", old.get(key), new.get(key))
        for key in dict.fromkeys([*old, *new])
        if key not in old or key not in new or old[key].text != new[key].text
    )


def _diff(file: str, before: _Object | None, after: _Object | None) -> str:
    earlier: Values = {}
    old = _shown(before, earlier, marked=False)
    new = _shown(after, earlier, marked=before is not None)
    if max(len(old), len(new)) > _LARGEST:
        return f"--- a/{file}\n+++ b/{file}\n@@ too large to be compared here @@\n"
    return file_diff(file, old.encode("utf-8", "replace"), new.encode("utf-8", "replace"))


def _objects(manifests: str) -> dict[str, _Object]:
    """Return the objects by kind, namespace and name."""
    objects: dict[str, _Object] = {}
    for part in _SEPARATOR.split(manifests.replace("\r\n", "\n")):
        if not part.strip():
            continue
        name, manifest = _object(part.strip("\n") + "\n")
        key, number = name, 1
        while key in objects:
            number += 1
            key = f"{name} ({number})"
        objects[key] = manifest
    return objects


def _object(text: str) -> tuple[str, _Object]:
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - makes texts alone
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return "unreadable", _Object(text, _UNREADABLE)
    if not isinstance(data, dict):
        return "other", _Object(text)
    metadata = _mapping(data.get("metadata"))
    names = (data.get("kind"), metadata.get("namespace"), metadata.get("name"))
    name = "/".join(each for each in names if each and isinstance(each, str)) or "other"
    return name, _Object(text, data if _secrets(data) else None)


def _secrets(data: dict[Any, Any]) -> list[dict[Any, Any]]:
    """Return the Secrets in an object: itself, or those in a list of objects."""
    kind, items = data.get("kind"), data.get("items")
    if kind == "Secret":
        return [data]
    if isinstance(items, list) and kind in {"List", "SecretList"}:
        return [
            each
            for each in items
            if isinstance(each, dict) and (kind == "SecretList" or each.get("kind") == "Secret")
        ]
    return []


def _shown(manifest: _Object | None, earlier: Values, *, marked: bool) -> str:
    """Return an object's text, every value of Secrets hidden; ``marked``: with what changed."""
    if manifest is None:
        return ""
    if manifest.data is None:
        return manifest.text
    if manifest.data == _UNREADABLE:
        return f"{_UNREADABLE}\n"
    for secret in _secrets(manifest.data):
        _hide(secret, earlier, marked=marked)
    comments = _COMMENTS.match(manifest.text)
    try:
        dumped = str(yaml.safe_dump(manifest.data, sort_keys=False, allow_unicode=True, width=4096))
    except (yaml.YAMLError, RecursionError):
        dumped = f"{_UNREADABLE}\n"
    return (comments.group() if comments else "") + dumped


def _hide(secret: dict[Any, Any], earlier: Values, *, marked: bool) -> None:
    metadata = _mapping(secret.get("metadata"))
    for field in ("data", "stringData"):
        if field not in secret:
            continue
        values = secret[field]
        key_path = (str(metadata.get("namespace")), str(metadata.get("name")), field)
        if isinstance(values, dict):
            secret[field] = {
                key: _hidden(each, (*key_path, str(key)), earlier, marked=marked)
                for key, each in values.items()
            }
        else:
            secret[field] = _hidden(values, key_path, earlier, marked=marked)
    notes = metadata.get("annotations")
    if isinstance(notes, dict) and _LAST_APPLIED in notes:
        notes[_LAST_APPLIED] = HIDDEN


def _hidden(value: Any, key_path: tuple[str, ...], earlier: Values, *, marked: bool) -> str:
    text = value if isinstance(value, str) else None  # no value of a Secret is anything else
    if not marked:
        earlier[key_path] = text
        return HIDDEN
    return CHANGED if key_path in earlier and earlier[key_path] != text else HIDDEN


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}
