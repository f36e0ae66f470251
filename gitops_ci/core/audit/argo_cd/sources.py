"""Argo CD's manifests -> the sources that they deploy; what a set fills in later is unknown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import normpath
from typing import Any

import msgspec

from gitops_ci.core.audit.manifests import documents
from gitops_ci.model.paths import join

UNKNOWN = "\0"  # stands for what a template gives
_API = "argoproj.io/"
# up to the next braces of either kind, so that one which is never closed costs no second look
_PLACE = re.compile(r"\{\{-?((?:[^{}]|\{(?!\{)|\}(?!\}))*?)-?\}\}")
_FIELD = re.compile(r"\s*(?:\.|index \. \")?([A-Za-z0-9_]+)\"?\s*")
_OVERLAY = re.compile(r"\.argocd-source(?:-(.+))?\.yaml")
# of an ApplicationSet: a patch of what its template gives
_PATCH = "templatePatch"


class DeployedSource(msgspec.Struct, frozen=True):
    """One source of one Application, or of those that a set makes of one element of a list.

    ``name`` is the application's for Argo CD; ``what`` calls the manifest in words; ``aspects`` is
    what it says, by the place where that stands in a source.
    """

    name: str
    what: str
    aspects: Mapping[str, Any]

    @property
    def revision(self) -> str:
        return str(self.aspects.get("targetRevision") or "")

    @property
    def repository(self) -> str:
        return str(self.aspects.get("repoURL") or "")

    @property
    def folder(self) -> str:
        return str(self.aspects.get("path") or "")

    @property
    def values_files(self) -> list[str]:
        """Return the paths from the repository's root, in the order in which Helm reads them."""
        files = self.aspects.get("helm.valueFiles")
        listed = files if isinstance(files, list) else []
        return [_from_root(self.folder, str(file)) for file in listed]


class Manifest(msgspec.Struct, frozen=True):
    """What one file says: its sources, and the patches that are text; ``unreadable``: why nobody
    knows, '' where it can be read.
    """

    sources: Sequence[DeployedSource] = ()
    patches: Sequence[str] = ()
    unreadable: str = ""


LINK = Manifest(unreadable="it is or lies behind a link")
TOO_LARGE = Manifest(unreadable="it is too large")


def read(path: str, data: bytes | None) -> Manifest:
    """Return what a file says to Argo CD; nothing for all that is none of its manifests.

    None stands for a file that is larger than any that is read.
    """
    if data is None:
        return TOO_LARGE
    name = path.rpartition("/")[2]
    overlay = _OVERLAY.fullmatch(name)
    if not (overlay or _may_speak_of_applications(data)):
        return Manifest()
    found = documents(data)
    if found is None:
        return Manifest(unreadable="it is no YAML, nested too deep, or no text")
    if overlay:
        folder = path.rpartition("/")[0]
        aspects = {"path": folder} | _aspects(found[0] if found else {})
        return Manifest([DeployedSource(overlay[1] or "", name, aspects)])
    sources: list[DeployedSource] = []
    patches: list[str] = []
    for document in _listed(found):
        if str(document.get("apiVersion", "")).startswith(_API):
            sources += _sources(document)
            patches += filter(None, [_text(_at(document, "spec", _PATCH))])
    return Manifest(sources, patches)


def _may_speak_of_applications(data: bytes) -> bool:
    """Tell quickly; escapes and other encodings may hide the word."""
    return b"Application" in data or b"\\" in data or b"\0" in data


def _listed(documents: Sequence[Mapping[Any, Any]]) -> Iterator[Mapping[Any, Any]]:
    """Yield documents and the items of those that are lists, which Argo CD tells by their items.

    An item of a list of one kind need not say its own.
    """
    for document in documents:
        yield document
        kind = _text(document.get("kind")).removesuffix("List")
        said = {"apiVersion": document.get("apiVersion"), "kind": kind}
        yield from _listed([{**said, **item} for item in _dicts(document.get("items"))])


def _sources(document: Mapping[Any, Any]) -> Iterator[DeployedSource]:
    kind, name = document.get("kind"), _text(_at(document, "metadata", "name"))
    if kind == "Application":
        yield from _of_spec(name, f"Application {name}", _mapping(document.get("spec")))
    elif kind == "ApplicationSet":
        spec = _mapping(document.get("spec"))
        template = _mapping(spec.get("template"))
        what = f"ApplicationSet {name}"
        own = [_merged(template, each) for each in _templates(spec.get("generators"))]
        for element in _elements(spec.get("generators")) or [{}]:
            for each in (template, *own):
                yield from _of_template(each, what, element)


def _of_template(
    template: Mapping[Any, Any], what: str, element: Mapping[Any, Any]
) -> Iterator[DeployedSource]:
    filled = _filled(template, element)
    name = _text(_at(filled, "metadata", "name"))
    return _of_spec(name, what, _mapping(filled.get("spec")))


def _of_spec(name: str, what: str, spec: Mapping[Any, Any]) -> Iterator[DeployedSource]:
    several = spec.get("sources")
    for source in (spec.get("source"), *(several if isinstance(several, list) else ())):
        if isinstance(source, dict):
            yield DeployedSource(name, what, _aspects(source))


def _aspects(source: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a source says: each tool's settings one by one."""
    aspects: dict[str, Any] = {}
    for key, value in source.items():
        if isinstance(value, dict):
            aspects |= {f"{key}.{inner}": part for inner, part in value.items()}
        else:
            aspects[str(key)] = value
    return aspects


def _elements(generators: Any) -> list[Mapping[Any, Any]]:
    """Return the elements of all lists, however deep a matrix or a merge holds them."""
    return [
        element
        for generator in _dicts(generators)
        for element in (
            *_dicts(_at(generator, "list", "elements")),
            *_elements(_at(generator, "matrix", "generators")),
            *_elements(_at(generator, "merge", "generators")),
        )
    ]


def _templates(generators: Any) -> Iterator[Mapping[Any, Any]]:
    """Yield the templates that generators have of their own."""
    for generator in _dicts(generators):
        for name, settings in generator.items():
            if isinstance(settings, dict):
                yield from _dicts([settings.get("template")])
                if name in {"matrix", "merge"}:
                    yield from _templates(settings.get("generators"))


def _merged(template: Mapping[Any, Any], own: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return the template with what a generator's own one says instead."""
    merged = dict(template)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _filled(value: Any, element: Mapping[Any, Any]) -> Any:
    """Return what a template gives for an element of a list."""

    def fill(match: re.Match[str]) -> str:
        field = _FIELD.fullmatch(match[1])
        known = element.get(field[1]) if field else None
        return known if isinstance(known, str) else UNKNOWN

    if isinstance(value, str):
        return _PLACE.sub(fill, value)
    if isinstance(value, dict):
        return {key: _filled(part, element) for key, part in value.items()}
    return [_filled(part, element) for part in value] if isinstance(value, list) else value


def is_elsewhere(file: str) -> bool:
    """Tell whether a values file, as seen from the root, is in no folder of the repository."""
    return "://" in file or file == ".." or file.startswith("../")


def _from_root(folder: str, file: str) -> str:
    if "://" in file:
        return file
    if file.startswith("$"):
        # of another source of the application, which may well be this repository
        return normpath(file.partition("/")[2])
    return normpath(file.lstrip("/") if file.startswith("/") else join(folder, file))


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Mapping[Any, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
