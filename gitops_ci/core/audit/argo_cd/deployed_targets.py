"""Which managed applications a source of Argo CD deploys."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from gitops_ci.core.audit.argo_cd.sources import UNKNOWN, DeployedSource
from gitops_ci.core.audit.state.values_index import AuditedTarget, ValuesIndex
from gitops_ci.model.config import ANY_APP
from gitops_ci.model.names import fill, is_name
from gitops_ci.model.paths import join

_MOST = 6  # places of a template that are looked at one by one


def by_values(source: DeployedSource, index: ValuesIndex) -> list[AuditedTarget]:
    """Return those whose values file it reads; of several on different branches those on the branch
    that it follows, if any are.
    """
    found = [
        target
        for file in source.values_files
        for target in _known(index)
        if _pattern(file).fullmatch(target.file)
    ]
    found += [
        target
        for file in source.values_files
        if UNKNOWN not in file
        for branch in _branches(index)
        for target in index.at(branch, file)
    ]
    unique = list({(target.key, target.branch): target for target in found}.values())
    named = [target for target in unique if _has_name(source, target)]
    here = [target for target in unique if target.branch == source.revision]
    return named or here or unique


def by_name(source: DeployedSource, index: ValuesIndex) -> list[AuditedTarget]:
    """Return those that gitops.yaml calls as the application is called."""
    found = [target for target in _known(index) if _has_name(source, target)]
    if found or UNKNOWN in source.name or not index.config.pattern:
        return found
    for environment in index.config.environments.values():
        template = fill(environment.argocd_place.application, env=environment.name)
        match = _template(template).fullmatch(source.name)
        if match and is_name(match["app"]):
            target = index.find((match["app"], environment.name))
            found += [target] if target else []
    return found


def by_folder(source: DeployedSource, index: ValuesIndex) -> list[AuditedTarget]:
    """Return those whose folder holds the source's, as an overlay beside a chart does."""
    return [
        target
        for target in _known(index)
        for folder in [fill(target.app.path, env=target.environment.name)]
        if _pattern(folder).fullmatch(source.folder)
        or _pattern(join(folder, UNKNOWN)).fullmatch(source.folder)
    ]


def _known(index: ValuesIndex) -> Iterator[AuditedTarget]:
    """Yield the applications that gitops.yaml names, and one that stands for all others."""
    config = index.config
    for environment in config.environments.values():
        for app in config.apps.values():
            target = index.find((app.name, environment.name))
            if target:
                yield target
        if config.pattern:
            any_app = replace(config.pattern, path=fill(config.pattern.path, app=UNKNOWN))
            file = fill(config.values_file(any_app, environment), app=UNKNOWN)
            yield AuditedTarget(any_app, environment, index.branch_of(environment), file)


def _has_name(source: DeployedSource, target: AuditedTarget) -> bool:
    place, environment = target.environment.argocd_place, target.environment.name
    app = UNKNOWN if target.app.name == ANY_APP else target.app.name
    expected = fill(place.application, app=app, env=environment)
    if UNKNOWN in source.name:
        return UNKNOWN not in expected and bool(_pattern(source.name).fullmatch(expected))
    return bool(source.name) and source.name == expected


def _branches(index: ValuesIndex) -> dict[str, None]:
    environments = index.config.environments.values()
    return dict.fromkeys(index.branch_of(environment) for environment in environments)


def _pattern(text: str) -> re.Pattern[str]:
    if text.count(UNKNOWN) > _MOST:
        text = UNKNOWN  # the time to match grows with every one of them
    return re.compile(
        "".join(".*" if part == UNKNOWN else re.escape(part) for part in text), re.DOTALL
    )


def _template(text: str) -> re.Pattern[str]:
    first, *rest = (re.escape(part) for part in text.split("{app}"))
    return re.compile(first + ("(?P<app>.+)" + "(?P=app)".join(rest) if rest else "(?P<app>)"))
