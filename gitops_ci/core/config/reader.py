"""``gitops.yaml`` -> Config, each error with file, line and a suggestion."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from gitops_ci import __version__
from gitops_ci.base import canonical
from gitops_ci.base.errors import ConfigError, GitopsError, UsageError
from gitops_ci.core.config import schema
from gitops_ci.core.config.document import ConfigDocument, Path, parse
from gitops_ci.core.config.implicit import usual_keys
from gitops_ci.core.config.jenkins import jenkins_of
from gitops_ci.core.config.parts import ConfigPart, seconds
from gitops_ci.core.config.requires import check_program
from gitops_ci.core.gates.gate import SettingError
from gitops_ci.core.gates.table import settings
from gitops_ci.core.person_names import folded
from gitops_ci.core.ref_template import TAG_FIELDS, fields
from gitops_ci.core.ref_template import check as check_template
from gitops_ci.model.config import (
    ANY_APP,
    App,
    Approval,
    ArgocdPlace,
    Config,
    Environment,
    ImageKeys,
    Jenkins,
    Route,
)
from gitops_ci.model.image_reference import check_repository
from gitops_ci.model.key_path import Key, KeyPath, parse_key_path
from gitops_ci.model.names import FILE as FILE
from gitops_ci.model.names import (
    check_app,
    check_branch,
    check_compare,
    check_environment,
    check_file,
    check_folder,
    check_pattern,
    check_resource,
    fill,
)
from gitops_ci.model.required_version import STRICT, Version

_DEFAULT = "default"  # in a map of repositories: every environment that it does not name
Shape = TypeVar("Shape", bound=ConfigPart)
Given = TypeVar("Given")
Checked = TypeVar("Checked")

_KNOWN = "known are: "
_PLACE = re.compile(r" - at (`key` in )?`\$?(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
# the mappings inside of others, by their key
_INNER: dict[str | int, type[ConfigPart]] = {
    "images": schema.ImagePart,
    "approval": schema.ApprovalPart,
    "argocd": schema.ArgocdPart,
    "routes": schema.RoutePart,
    **{each.key: each.part for each in settings() if each.part},
}
# and those that stand for something else below one of these
_INNER_OF: Mapping[type[ConfigPart], Mapping[str | int, type[ConfigPart]]] = {
    schema.EnvironmentPart: {**_INNER, "argocd": schema.EnvironmentArgocdPart},
    schema.JenkinsPart: {
        "approval": schema.JenkinsApprovalPart,
        "credentials": schema.JenkinsCredentialsPart,
        "tool": schema.ToolPart,
    },
}


def read(content: bytes, name: str = FILE) -> Config:
    """Read the configuration; raises ConfigError with the line of what is wrong."""
    document = parse(content, name)
    if not isinstance(document.data, dict):
        raise ConfigError(f"{name} is empty or not a mapping", remedy="start with: version: 1")
    needed = check_program(document)
    root = _root(document)
    _check_people(document, root.people)
    argocd = _argocd(document, ("argocd",), ArgocdPlace(), root.argocd)
    environments = {
        key: _environment(document, key, value, argocd, needed)
        for key, value in document.data["environments"].items()
    }
    _check_graph(document, environments)
    apps = {
        key: _app(document, key, value, environments)
        for key, value in document.data["apps"].items()
    }
    return Config(
        apps={key: app for key, app in apps.items() if key != ANY_APP},
        pattern=apps.get(ANY_APP),
        environments=environments,
        people={person: tuple(mails) for person, mails in root.people.items()},
        routes=tuple(Route(route.environment, route.branch, route.tag) for route in root.routes),
        jenkins=_jenkins(document),
        requires=needed,
    )


def _root(document: ConfigDocument) -> schema.Root:
    """Check the file's own keys; applications and environments are converted one by one, for their
    lines.
    """
    for key in ("version", "apps", "environments"):
        if key not in document.data:
            raise document.error(
                (), f"the key {key} is missing", remedy=f"add {key}: at the top level"
            )
    _check_version(document)
    for key in ("apps", "environments"):
        if not isinstance(document.data[key], dict) or not document.data[key]:
            raise document.error((key,), "has to be a mapping with at least one entry")
    root = _convert(
        document,
        (),
        {**document.data, "apps": {}, "environments": {}, "jenkins": None},
        schema.Root,
    )
    for index, route in enumerate(root.routes):
        if route.environment not in document.data["environments"]:
            remedy = _suggestion(route.environment, document.data["environments"])
            raise document.error(
                ("routes", index), f"there is no environment {route.environment!r}", remedy
            )
        if (route.branch is None) == (route.tag is None):
            raise document.error(("routes", index), "needs either branch or tag")
        for key in ("branch", "tag"):
            if getattr(route, key) is not None:
                _name(document, ("routes", index, key), check_pattern, getattr(route, key))
    return root


def _check_version(document: ConfigDocument) -> None:
    """Tell a file of later days from one with a mistake in it."""
    version = document.data["version"]
    if type(version) is int and version > schema.VERSION:
        raise document.error(
            ("version",),
            f"this file is for a newer gitops-ci than {__version__}, which reads version "
            f"{schema.VERSION}",
            "use the newer one",
        )


def _jenkins(document: ConfigDocument) -> Jenkins:
    part = _convert(document, ("jenkins",), document.data.get("jenkins") or {}, schema.JenkinsPart)
    return _name(document, ("jenkins",), jenkins_of, part)


def _environment(
    document: ConfigDocument, name: str, data: Any, argocd: ArgocdPlace, needed: Version
) -> Environment:
    place: Path = ("environments", name)
    _name(document, place, check_environment, name)
    if name == _DEFAULT:
        raise document.error(
            place,
            f"{_DEFAULT} can't be the name of an environment: repository: uses it for all others",
        )
    part = _convert(document, place, data if data is not None else {}, schema.EnvironmentPart)
    values = _name(document, (*place, "values"), check_file, part.values)
    if part.branch is not None:
        _name(document, (*place, "branch"), check_branch, part.branch)
    return Environment(
        name=name,
        values=values,
        source=part.source,
        branch=part.branch,
        verify_digest=part.verify_digest or ("required" if part.source else "available"),
        approval=_approval(part.approval, needed),
        override={gate: tuple(people) for gate, people in (part.override or {}).items()},
        policy=canonical.digest(data or {}),
        first_policy=canonical.plain_digest(data),
        settings=_settings(document, place, part),
        tag=part.tag and _name(document, (*place, "tag"), _tag_template, part.tag),
        signers=part.signers and _name(document, (*place, "signers"), check_file, part.signers),
        argocd_place=_argocd(document, (*place, "argocd"), argocd, getattr(part, "argocd", None)),
    )


def _approval(part: schema.ApprovalPart | None, needed: Version) -> Approval | None:
    """Return the rule; what a file that is older than a key leaves open stays as it was then."""
    if part is None:
        return None
    return Approval(
        approvers=None if part.approvers is None else tuple(part.approvers),
        distinct_requester=part.distinct,
        distinct_authors=part.distinct,
        reason=part.reason,
        unknown_authors=part.unknown_authors or ("refuse" if needed >= STRICT else "allow"),
        rollback=part.rollback == "same",
    )


def _argocd(
    document: ConfigDocument,
    place: Path,
    usual: ArgocdPlace,
    part: schema.ArgocdPart | schema.EnvironmentArgocdPart | bool | None,
) -> ArgocdPlace:
    """Return where Argo CD is, with what a part of the file says otherwise."""
    if part is None or isinstance(part, bool):
        return usual
    for key in ("application", "application_namespace", "namespace", "project", "parent"):
        if (text := getattr(part, key)) is not None:
            _name(document, (*place, key), check_resource, text)
    if part.server is not None and not re.fullmatch(
        r"(https?://)?[A-Za-z0-9._:/\[\]~-]+", part.server
    ):
        raise document.error(
            (*place, "server"),
            "is not the address of an Argo CD",
            "give https://argocd.example.com",
        )
    said = {
        key: value for key in usual.__struct_fields__ if (value := getattr(part, key)) is not None
    }
    if part.stable is not None:
        said["stable"] = seconds(part.stable)
    return msgspec.structs.replace(usual, **said)


def _tag_template(template: str) -> str:
    """Return the template of an environment's Git tag; raises UsageError where it gives the same
    name every time.
    """
    check_template(template, TAG_FIELDS, "the Git tag")
    if not {"version", "tag"} & set(fields(template)):
        raise UsageError(
            f"the Git tag {template!r} would be the same every time, and a tag is never moved",
            remedy="use {version} or {tag} in it: v{version}",
        )
    return template


def _settings(
    document: ConfigDocument, place: Path, part: schema.EnvironmentPart
) -> dict[str, Any]:
    """Return what configures the gates, by key, as each gate reads its own."""
    given = {each: value for each in settings() if (value := getattr(part, each.key)) is not None}
    for setting, value in given.items():
        if setting.needs_source and value and part.source is None:
            raise document.error(
                (*place, setting.key),
                "asks for what happened in the environment before, and there is no from",
                f"add from:, or remove {setting.key}",
            )
    values = {}
    for setting, value in given.items():
        try:
            values[setting.key] = setting.read(value)
        except SettingError as error:
            at = (*place, setting.key, *error.place)
            raise document.error(at, error.message, error.remedy) from None
    return values


def _check_people(document: ConfigDocument, people: Mapping[str, Sequence[str]]) -> None:
    """An address that stands for two people would let one of them approve as the other."""
    owners: dict[str, str] = {}
    for name, mails in people.items():
        for word in (name, *mails):
            owner = owners.setdefault(folded(word), name)
            if owner != name:
                raise document.error(
                    ("people", name),
                    f"{word!r} stands for {owner} already",
                    "give it to one of them",
                )


def _check_graph(document: ConfigDocument, environments: Mapping[str, Environment]) -> None:
    for name, environment in environments.items():
        place: Path = ("environments", name, "from")
        seen = {name}
        source = environment.source
        while source:
            if source not in environments:
                raise document.error(
                    place,
                    f"there is no environment {source!r}",
                    remedy=_suggestion(source, environments),
                )
            if source in seen:
                raise document.error(
                    place, "the environments feed each other in a circle", remedy="one has no from"
                )
            seen.add(source)
            source = environments[source].source


def _app(
    document: ConfigDocument, name: str, data: Any, environments: Mapping[str, Environment]
) -> App:
    place: Path = ("apps", name)
    if name != ANY_APP:
        _name(document, place, check_app, name)
    part = _convert(document, place, data if data is not None else {}, schema.AppPart)
    path = _name(document, (*place, "path"), check_folder, part.path)
    if name == ANY_APP and "{app}" not in path:
        raise document.error(
            (*place, "path"),
            'needs {app}, the folder that stands for "*"',
            remedy="path: apps/{app}",
        )
    images = tuple(
        _image(document, (*place, "images", index), image, name, environments)
        for index, image in enumerate(part.images or ())
    )
    if part.compare is not None:
        _name(document, (*place, "compare"), check_compare, part.compare)
    return App(
        name,
        path if name == ANY_APP else fill(path, app=name),
        images or (usual_keys(),),
        part.compare,
    )


def _image(
    document: ConfigDocument,
    place: Path,
    part: schema.ImagePart,
    app: str,
    environments: Mapping[str, Environment],
) -> ImageKeys:
    if (part.tag is None) == (part.reference is None):
        raise document.error(
            place, "needs either tag (and digest) or reference", remedy="tag: image.tag"
        )
    if part.reference and part.digest:
        raise document.error(place, "reference holds the digest itself", remedy="remove digest")
    tag = _key(document, (*place, "tag"), part.tag)
    repositories = part.repository if isinstance(part.repository, dict) else {}
    if isinstance(part.repository, str):
        repositories = {_DEFAULT: part.repository}
    for environment, repository in repositories.items():
        if environment != _DEFAULT and environment not in environments:
            remedy = _suggestion(environment, environments)
            raise document.error(
                (*place, "repository"), f"there is no environment {environment!r}", remedy
            )
        sample = fill(repository, app="app" if app == ANY_APP else app.lower(), env="env")
        _name(document, (*place, "repository"), check_repository, sample)
    return ImageKeys(
        tag=tag,
        digest=_key(document, (*place, "digest"), part.digest),
        reference=_key(document, (*place, "reference"), part.reference),
        beside=_sibling(tag, "repository") if tag else None,
        registry=_sibling(tag, "registry") if tag else None,
        repositories=repositories,
    )


def _sibling(path: KeyPath, name: str) -> KeyPath:
    return KeyPath((*path.segments[:-1], Key(name)))


def _key(document: ConfigDocument, place: Path, text: str | None) -> KeyPath | None:
    return None if text is None else _name(document, place, parse_key_path, text)


def _name(
    document: ConfigDocument, place: Path, check: Callable[[Given], Checked], text: Given
) -> Checked:
    try:
        return check(text)
    except GitopsError as error:
        raise document.error(place, error.message, error.remedy) from None


def _convert(document: ConfigDocument, place: Path, data: Any, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        text = str(error)
        match = _PLACE.search(text)
        inner = _steps(match.group("path")) if match else ()
        unknown = re.match(r"Object contains unknown field `(.*)`", _PLACE.sub("", text), re.DOTALL)
        if unknown:
            field = unknown.group(1)
            inside = _INNER_OF.get(shape, _INNER)
            part = next((inside[step] for step in reversed(inner) if step in inside), shape)
            known = [field_info.encode_name for field_info in msgspec.structs.fields(part)]
            remedy = _suggestion(field, known)
            if remedy.startswith(_KNOWN):
                remedy += f"; a newer gitops-ci than {__version__} may know it"
            raise document.error(
                (*place, *inner, field), f"the key {field!r} is not known", remedy
            ) from None
        raise document.error((*place, *inner), _PLACE.sub("", text)) from None


def _steps(path: str) -> Path:
    steps: list[str | int] = []
    for match in _STEP.finditer(path):
        if match.group(1):
            steps.append(match.group(1))
        elif match.group(2):
            steps.append(int(match.group(2)))
    return tuple(steps)


def _suggestion(word: str, words: Any) -> str:
    close = difflib.get_close_matches(word, list(words), n=1)
    return f"did you mean {close[0]}?" if close else f"{_KNOWN}{', '.join(words)}"
