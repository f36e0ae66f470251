"""The texts that stand at an application's keys in a values file, and where Helm reads others."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

import msgspec

from gitops_ci.base.errors import ValuesError
from gitops_ci.core import yaml_edit
from gitops_ci.core.yaml_edit import Misreading
from gitops_ci.model.config import App, ImageKeys, TagKeys
from gitops_ci.model.key_path import KeyPath

UNREADABLE = "?"  # begins what stands for a text that is none
_SMALL = 16384  # bytes of a values file that is kept
Texts = dict[KeyPath, str | None]


class WrittenTexts(msgspec.Struct, frozen=True):
    """What stands at the keys of an application, None where an optional key does not exist.

    ``misreadings`` are the keys where Helm reads something else; ``in_object`` those in an object
    of Kubernetes.
    """

    texts: Texts
    misreadings: Mapping[KeyPath, Misreading]
    in_object: Collection[KeyPath]

    @property
    def seen(self) -> dict[KeyPath, str]:
        """Return what Helm reads in place of a text, by key, whatever the line."""
        objects = dict.fromkeys(self.in_object, "an object of Kubernetes")
        return objects | {key: misread.seen for key, misread in self.misreadings.items()}

    def check(self, *, rewriting: bool = False) -> None:
        """Raise ValuesError where Helm reads something else; ``rewriting``: but for values that
        can be written anew.
        """
        for misread in self.misreadings.values():
            if not (rewriting and misread.cause == "value"):
                raise ValuesError(misread.message, remedy=misread.remedy)


def read_texts(data: bytes, app: App, file: str) -> Texts:
    """Return the text of every key of the application.

    None where an optional key does not exist.
    """
    return dict(read_written(data, app, file).texts)


def read_written(data: bytes, app: App, file: str) -> WrittenTexts:
    """Return the text of every key of the application, and where Helm reads another one."""
    required = tuple(keys.required for keys in app.images)
    watched = tuple(path for keys in app.images for path in _watched(keys))
    paths = tuple(
        path
        for keys in app.images
        for path in (*keys.edited, *keys.repository_keys)
        if path not in watched
    )
    read = _cached_texts if len(data) <= _SMALL else _texts
    return read(data, paths, required, watched, file)


def _watched(keys: ImageKeys) -> Iterator[KeyPath]:
    """Yield the keys that nobody named: what is there may be anything."""
    if keys.repositories:
        yield from keys.repository_keys
    if isinstance(keys, TagKeys) and keys.digest_found and keys.digest:
        yield keys.digest


def _texts(
    data: bytes,
    paths: tuple[KeyPath, ...],
    required: tuple[KeyPath, ...],
    watched: tuple[KeyPath, ...],
    file: str,
) -> WrittenTexts:
    try:
        scalars = yaml_edit.read(data, (*paths, *watched), name=file)
        unread: Texts = {}
    except ValuesError:
        # what is only watched may be anything, such as a list of another chart's
        scalars = yaml_edit.read(data, paths, name=file)
        unread = {path: _watched_text(data, path, file) for path in watched}
    for path in required:
        if scalars[path] is None:
            raise yaml_edit.missing(data, path, name=file)
    found = {path: scalar for path, scalar in scalars.items() if scalar}
    return WrittenTexts(
        {path: scalar.text if scalar else None for path, scalar in scalars.items()} | unread,
        {path: scalar.misreading for path, scalar in found.items() if scalar.misreading},
        frozenset(path for path, scalar in found.items() if scalar.in_object),
    )


def _watched_text(data: bytes, path: KeyPath, file: str) -> str | None:
    try:
        scalar = yaml_edit.read(data, (path,), name=file)[path]
    except ValuesError as error:
        return f"{UNREADABLE}{error.message}"
    return scalar.text if scalar else None


# the same content is looked at as source, as record and for the edit: parsing is most of what a
# large promotion costs
_cached_texts = lru_cache(maxsize=8192)(_texts)
