"""``apps:`` -> frozen values: an application's folder, and the keys of its images."""

from collections.abc import Mapping
from typing import Any

from gitops_ci.core.config import schema
from gitops_ci.core.config.implicit import usual_keys
from gitops_ci.core.config.node import ConfigNode
from gitops_ci.model.config import (
    ANY_APP,
    DEFAULT,
    App,
    Environment,
    ImageKeys,
    ReferenceKey,
    TagKeys,
)
from gitops_ci.model.image_reference import check_repository
from gitops_ci.model.key_path import Key, KeyPath, parse_key_path
from gitops_ci.model.names import check_app, check_compare, check_folder, fill

_TAGS_WITH_DIGEST = frozenset(
    {"tag", "newTag"}
)  # keys of which a digest beside them gets the better


def read_app(
    node: ConfigNode, name: str, data: Any, environments: Mapping[str, Environment]
) -> App:
    """Return one application, or with the name `ANY_APP` the pattern of many."""
    is_pattern = name == ANY_APP
    if not is_pattern:
        node.check(check_app, name)
    part = node.convert(data, schema.AppPart)
    path = node.at("path").check(check_folder, part.path)
    if is_pattern and "{app}" not in path:
        raise node.at("path").error(
            'needs {app}, the folder that stands for "*"', "path: apps/{app}"
        )
    images = tuple(
        _image(node.at("images", index), image, name, environments)
        for index, image in enumerate(part.images or ())
    )
    compare = node.at("compare").check_optional(check_compare, part.compare)
    folder = path if is_pattern else fill(path, app=name)
    return App(name, folder, images or (usual_keys(),), compare)


def _image(
    node: ConfigNode, part: schema.ImagePart, app: str, environments: Mapping[str, Environment]
) -> ImageKeys:
    if (part.tag is None) == (part.reference is None):
        raise node.error("needs either tag (and digest) or reference", "tag: image.tag")
    if part.reference and part.digest:
        raise node.error("reference holds the digest itself", "remove digest")
    tag = node.at("tag").check_optional(parse_key_path, part.tag)
    repositories = _repositories(node.at("repository"), part.repository, app, environments)
    if tag is None:
        reference = node.at("reference").check(parse_key_path, part.reference or "")
        return ReferenceKey(reference, repositories=repositories)
    named = node.at("digest").check_optional(parse_key_path, part.digest)
    found = None if named else _digest_beside(tag)
    return TagKeys(
        tag,
        digest=named or found,
        digest_if_present=found is not None,
        digest_found=found is not None,
        repository=_sibling(tag, "repository"),
        registry=_sibling(tag, "registry"),
        repositories=repositories,
    )


def _repositories(
    node: ConfigNode,
    written: str | dict[str, str] | None,
    app: str,
    environments: Mapping[str, Environment],
) -> dict[str, str]:
    """Return the repositories of an image by environment, or by `DEFAULT` for all others."""
    repositories = {DEFAULT: written} if isinstance(written, str) else written or {}
    for environment, repository in repositories.items():
        if environment != DEFAULT:
            node.require_environment(environment, environments)
        sample = fill(repository, app="app" if app == ANY_APP else app.lower(), env="env")
        node.check(check_repository, sample)
    return repositories


def _digest_beside(tag: KeyPath) -> KeyPath | None:
    """Return where a chart, or Kustomize, would take a digest from in the tag's stead."""
    last = tag.segments[-1]
    named = isinstance(last, Key) and last.name in _TAGS_WITH_DIGEST
    return _sibling(tag, "digest") if named else None


def _sibling(path: KeyPath, name: str) -> KeyPath:
    return KeyPath((*path.segments[:-1], Key(name)))
