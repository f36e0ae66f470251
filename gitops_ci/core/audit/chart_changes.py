"""Notes charts that reach an environment with a ``from`` without having been promoted."""

import re
from collections.abc import Container, Iterator
from functools import cache

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.findings import CHART, FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.audit.state.values_index import Tree, ValuesIndex
from gitops_ci.model.config import Config
from gitops_ci.model.names import fill
from gitops_ci.model.paths import below, join

_FILES = frozenset({"Chart.yaml", "Chart.lock", "values.yaml"})
_FOLDERS = frozenset({"charts", "templates", "crds"})
_ROOTS = ("Chart.yaml", "charts/Chart.yaml")


def add_unpromoted_charts(
    step: ArrivedCommit, index: ValuesIndex, states: States, collector: FindingCollector
) -> None:
    """Note the charts that a step without trailers changes under environments with a ``from``.

    Not one that comes with a new application: nobody runs anything of it yet.
    """
    reached = [
        environment.name
        for environment in index.config.environments.values()
        if environment.source and index.branch_of(environment) == step.branch
    ]
    if not reached:
        return
    paths = [delta.path for delta in files(step.commit)]
    added = {delta.path for delta in files(step.commit) if not delta.before}
    for app in dict.fromkeys(app for path in paths for app in apps_of_chart(index.config, path)):
        if _is_new(app, index.config, states, added):
            continue
        environments = ", ".join(reached)
        message = (
            f"the chart of {app} changed on {step.branch}: that reached {environments} without "
            "a promotion"
        )
        collector.add_notice(CHART, step.commit, (app, environments), message)


def apps_of_chart(config: Config, path: str) -> Iterator[str]:
    """Yield the applications of whose chart a file is a part."""
    parts = path.split("/")
    if parts[-1] not in _FILES and _FOLDERS.isdisjoint(parts[:-1]):
        return
    for app in config.apps.values():
        folders = {fill(app.path, env=environment) for environment in config.environments}
        if any(_holds_chart(folder, path) for folder in folders):
            yield app.name
    if config.pattern:
        for environment in config.environments:
            match = _folder(fill(config.pattern.path, env=environment)).match(path)
            if match and _holds_chart(match[0].rstrip("/"), path):
                yield one_line(match["app"])


def _is_new(name: str, config: Config, states: States, added: Container[str]) -> bool:
    """Tell whether an application got its chart in this commit, and runs nowhere."""
    app = config.app(name)
    if app is None:
        return False
    folders = {fill(app.path, env=environment) for environment in config.environments}
    if not any(join(folder, root) in added for folder in folders for root in _ROOTS):
        return False
    known = filter(None, (states.get((name, environment)) for environment in config.environments))
    return all(state.value.empty for state in known)


def in_chart(path: str, tree: Tree) -> bool:
    """Tell whether a file is a part of any chart that a tree has."""
    parts = path.split("/")
    folders = ("/".join(parts[:count]) for count in range(len(parts)))
    return any(
        join(folder, "Chart.yaml") in tree and _holds_chart(folder, path) for folder in folders
    )


def _holds_chart(folder: str, path: str) -> bool:
    own = below(folder, path) or ""
    head, slash, _ = own.partition("/")
    return own in _FILES or bool(slash and head in _FOLDERS)


@cache
def _folder(template: str) -> re.Pattern[str]:
    first, *rest = (re.escape(part) for part in template.split("{app}"))
    return re.compile(f"{first}(?P<app>[^/]+){'(?P=app)'.join(rest)}/")
