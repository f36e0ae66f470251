"""Notes charts that reach an environment with a ``from`` without having been promoted."""

from collections.abc import Iterator

from gitops_ci.core.audit.findings import CHART, FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files
from gitops_ci.core.audit.state.values_index import ValuesIndex
from gitops_ci.model.config import Config
from gitops_ci.model.paths import below

_FILES = ("Chart.yaml", "Chart.lock", "values.yaml")
_FOLDERS = ("charts", "templates", "crds")


def add_unpromoted_charts(
    step: ArrivedCommit, index: ValuesIndex, collector: FindingCollector
) -> None:
    """Note the charts that a step without trailers changes under environments with a ``from``."""
    reached = [
        environment.name
        for environment in index.config.environments.values()
        if environment.source and index.branch_of(environment) == step.branch
    ]
    if not reached:
        return
    paths = [delta.path for delta in files(step.commit)]
    for app in dict.fromkeys(app for path in paths for app in _apps(index.config, path)):
        environments = ", ".join(reached)
        message = (
            f"the chart of {app} changed on {step.branch}: that reached {environments} without "
            "a promotion"
        )
        collector.add_notice(CHART, step.commit, (app, environments), message)


def _apps(config: Config, path: str) -> Iterator[str]:
    """Yield the applications of whose chart a file is a part."""
    for app in config.apps.values():
        own = below(app.path, path)
        head, slash, _ = (own or "").partition("/")
        if own in _FILES or (slash and head in _FOLDERS):
            yield app.name
