"""``gitops.yaml`` -> Config, each error with file, line and a suggestion."""

from collections.abc import Mapping, Sequence

from gitops_ci import __version__
from gitops_ci.base.errors import ConfigError
from gitops_ci.core.config import schema
from gitops_ci.core.config.apps import read_app
from gitops_ci.core.config.document import ConfigDocument, parse
from gitops_ci.core.config.environments import check_sources, read_argocd, read_environment
from gitops_ci.core.config.jenkins import jenkins_of
from gitops_ci.core.config.node import ConfigNode
from gitops_ci.core.config.requires import check_program
from gitops_ci.core.person_names import folded
from gitops_ci.model.config import ANY_APP, ArgocdPlace, Config, Jenkins, Route
from gitops_ci.model.names import FILE as FILE
from gitops_ci.model.names import check_pattern


def read(content: bytes, name: str = FILE) -> Config:
    """Read the configuration; raises ConfigError with the line of what is wrong."""
    document = parse(content, name)
    if not isinstance(document.data, dict):
        raise ConfigError(f"{name} is empty or not a mapping", remedy="start with: version: 1")
    needed = check_program(document)
    node = ConfigNode(document)
    root = _root(document, node)
    _check_people(node.at("people"), root.people)
    argocd = read_argocd(node.at("argocd"), ArgocdPlace(), root.argocd)
    environments = {
        key: read_environment(node.at("environments", key), key, value, argocd, needed)
        for key, value in document.data["environments"].items()
    }
    check_sources(node.at("environments"), environments)
    apps = {
        key: read_app(node.at("apps", key), key, value, environments)
        for key, value in document.data["apps"].items()
    }
    pattern = apps.pop(ANY_APP, None)
    return Config(
        apps=apps,
        pattern=pattern,
        environments=environments,
        people={person: tuple(mails) for person, mails in root.people.items()},
        routes=tuple(Route(route.environment, route.branch, route.tag) for route in root.routes),
        jenkins=_jenkins(document, node.at("jenkins")),
        requires=needed,
    )


def _root(document: ConfigDocument, node: ConfigNode) -> schema.Root:
    """Check the file's own keys.

    Applications and environments are converted one by one, for their lines.
    """
    for key in ("version", "apps", "environments"):
        if key not in document.data:
            raise node.error(f"the key {key} is missing", f"add {key}: at the top level")
    _check_version(document, node.at("version"))
    for key in ("apps", "environments"):
        if not isinstance(document.data[key], dict) or not document.data[key]:
            raise node.at(key).error("has to be a mapping with at least one entry")
    keys = {**document.data, "apps": {}, "environments": {}, "jenkins": None}
    root = node.convert(keys, schema.Root)
    for index, route in enumerate(root.routes):
        _check_route(node.at("routes", index), route, document.data["environments"])
    return root


def _check_version(document: ConfigDocument, node: ConfigNode) -> None:
    """Tell a file of later days from one with a mistake in it."""
    version = document.data["version"]
    if type(version) is int and version > schema.VERSION:
        raise node.error(
            f"this file is for a newer gitops-ci than {__version__}, which reads version "
            f"{schema.VERSION}",
            "use the newer one",
        )


def _check_route(node: ConfigNode, route: schema.RoutePart, environments: Sequence[str]) -> None:
    node.require_environment(route.environment, environments)
    if (route.branch is None) == (route.tag is None):
        raise node.error("needs either branch or tag")
    node.at("branch").check_optional(check_pattern, route.branch)
    node.at("tag").check_optional(check_pattern, route.tag)


def _check_people(node: ConfigNode, people: Mapping[str, Sequence[str]]) -> None:
    """An address that stands for two people would let one of them approve as the other."""
    owners: dict[str, str] = {}
    for name, mails in people.items():
        for text in (name, *mails):
            owner = owners.setdefault(folded(text), name)
            if owner != name:
                raise node.at(name).error(
                    f"{text!r} stands for {owner} already", "give it to one of them"
                )


def _jenkins(document: ConfigDocument, node: ConfigNode) -> Jenkins:
    part = node.convert(document.data.get("jenkins") or {}, schema.JenkinsPart)
    return node.check(jenkins_of, part)
