"""What a source of Argo CD would deploy in place of what gitops.yaml and the values files say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitops_ci.core.audit.argo_cd.sources import UNKNOWN, DeployedSource
from gitops_ci.core.audit.manifests import documents
from gitops_ci.core.audit.state.values_index import AuditedTarget
from gitops_ci.core.ref_template import names
from gitops_ci.model.config import App, ReferenceKey
from gitops_ci.model.key_path import Index, Item, Key, KeyPath

_CONSTRAINT = re.compile(r"[*^~<>=]|(^|[.\s])[xX]($|[.\s])")
_PARAMETERS = ("helm.parameters", "helm.fileParameters")
_VALUES = ("helm.values", "helm.valuesObject")
_HEADS = "refs/heads/"
_DEFAULT = frozenset({"", "HEAD"})  # whatever branch the server calls its default


def overridden(source: DeployedSource, targets: Sequence[AuditedTarget]) -> dict[str, str]:
    """Return in words by aspect what sets the image of a managed application."""
    apps = {target.app.name: target.app for target in targets}.values()
    keys = dict.fromkeys(path for app in apps for path in managed_keys(app))
    found: dict[str, str] = {}
    for aspect in _PARAMETERS:
        if set_there := _parameters(source.aspects.get(aspect), keys):
            found[aspect] = f"sets {set_there}"
    for aspect in _VALUES:
        value = source.aspects.get(aspect)
        if value and (set_there := _values(value, keys)):
            found[aspect] = f"sets {set_there}"
    for aspect, value in source.aspects.items():
        if aspect.startswith("kustomize.") and value and _sets_image(aspect, value):
            found[aspect] = "sets images"
    return found


def contradicted(
    source: DeployedSource, targets: Sequence[AuditedTarget], policy_branch: str
) -> dict[str, str]:
    """Return in words by aspect what is not as gitops.yaml has it for any of the targets."""
    found: dict[str, str] = {}
    revision = source.revision
    if UNKNOWN not in revision and not any(
        _follows(revision, target, policy_branch) for target in targets
    ):
        branches = dict.fromkeys(target.branch for target in targets)
        found["targetRevision"] = (
            f"it follows {revision}, and gitops.yaml says branch " + " or ".join(branches)
        )
    places = {target.environment.argocd_place.repository for target in targets}
    if not any(place and _same_url(place, source.repository) for place in places):
        found["repoURL"] = (
            f"is {source.repository}, and no repository: under argocd: of gitops.yaml says so"
        )
    return found


def managed_keys(app: App) -> Iterator[KeyPath]:
    """Yield the keys that decide which images an application runs."""
    for keys in app.images:
        yield from keys.edited
        yield from keys.repository_keys
        if not isinstance(keys, ReferenceKey):
            yield KeyPath((*keys.tag.segments[:-1], Key("digest")))


def sets_any(data: bytes | None, keys: Sequence[KeyPath]) -> str:
    """Return the first of some keys that a values file sets, '' for none; what can't be read sets
    all.
    """
    found = documents(data)
    if found is None:
        return str(keys[0]) if keys else ""
    return next((str(key) for each in found for key in keys if _has(each, key)), "")


def _parameters(parameters: Any, keys: Mapping[KeyPath, None]) -> str:
    """Return the first managed key that parameters set, as `helm --set` reads them."""
    for parameter in parameters if isinstance(parameters, list) else ():
        name = str(parameter.get("name")) if isinstance(parameter, dict) else str(parameter)
        for key in keys:
            plain = _as_helm_names(key)
            # one that has an equals sign or a comma in its name sets more than it says
            if any(_covers(part.strip(), plain) for part in re.split("[,=]", name)):
                return str(key)
    return ""


def _covers(name: str, key: str) -> bool:
    plain = name.replace('"', "").replace("\\", "")
    return key == plain or key.startswith((f"{plain}.", f"{plain}["))


def _as_helm_names(key: KeyPath) -> str:
    text = ""
    for segment in key.segments:
        if isinstance(segment, Key):
            text += f".{segment.name}" if text else segment.name
        else:
            text += f"[{segment.number}]" if isinstance(segment, Index) else "["
    return text


def _values(value: Any, keys: Mapping[KeyPath, None]) -> str:
    if isinstance(value, str):
        return sets_any(value.encode(), list(keys))
    return next((str(key) for key in keys if _has(value, key)), "")


def _has(value: Any, key: KeyPath) -> bool:
    """Tell whether a document sets a key, or puts something else in the place of what holds it."""
    for segment in key.segments:
        if isinstance(segment, Key):
            if not isinstance(value, dict):
                return True
            if segment.name not in value:
                return False
            value = value[segment.name]
        elif isinstance(segment, Index | Item):
            return True  # Helm replaces lists as a whole
    return True


def _sets_image(aspect: str, value: Any) -> bool:
    return aspect == "kustomize.images" or (
        aspect in {"kustomize.patches", "kustomize.components"} and "image" in str(value)
    )


def _follows(revision: str, target: AuditedTarget, policy_branch: str) -> bool:
    """Tell whether a revision is where the environment lives."""
    template = target.environment.tag
    if template:
        tag = revision.removeprefix("refs/tags/")
        return bool(
            _CONSTRAINT.search(tag) or names(template, target.environment.name).fullmatch(tag)
        )
    if revision in _DEFAULT:
        return target.branch == policy_branch
    return revision.removeprefix(_HEADS) == target.branch


def _same_url(one: str, two: str) -> bool:
    return _plain(one) == _plain(two)


def _plain(url: str) -> str:
    return url.rstrip("/").removesuffix(".git").lower()
