"""Pure: what of an application's folder is its chart, and what stays on its branch when a chart is
carried.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from gitops_ci.adapters.git import FOLDER
from gitops_ci.model.config import App, Config
from gitops_ci.model.names import fill

# of the repository and not of a chart at its root: policy, rights, pipeline and its checks, Argo
# CD's manifests, description
_NO_CHART = frozenset({"gitops.yaml", "CODEOWNERS", "Jenkinsfile", "checks", "argocd", "README.md"})


class ChartBoundary(msgspec.Struct, frozen=True):
    """What stays on its branch, by path from the root: values files, the ``holders`` above them,
    and folders that are or hold applications; ``patterns`` are those of the application ``*``, one
    part a folder.
    """

    files: frozenset[str]
    holders: frozenset[str]
    apps: frozenset[str]
    patterns: tuple[tuple[re.Pattern[str], ...], ...]

    def stays(self, path: str, mode: str) -> bool:
        """Tell whether what is at a path is no part of the chart around it."""
        names = path.split("/")
        if len(names) == 1 and (
            path in _NO_CHART or (path.startswith(".") and path != ".helmignore")
        ):
            return True
        return path in self.files or path in self.apps or (mode == FOLDER and self._is_app(names))

    def holds_values(self, path: str, mode: str) -> bool:
        """Tell whether a folder is taken apart, because a values file is somewhere below it."""
        return mode == FOLDER and path in self.holders

    def _is_app(self, names: Sequence[str]) -> bool:
        """Tell whether a folder is, or may hold, an application that the pattern ``*`` names."""
        return any(
            len(names) <= len(pattern)
            and all(part.fullmatch(name) for part, name in zip(pattern, names, strict=False))
            for pattern in self.patterns
        )


def boundary_of(config: Config, moving: Sequence[App]) -> ChartBoundary:
    """Return the boundary around the charts of applications, of which some stand in no
    configuration by name.
    """
    apps = [*config.apps.values(), *(app for app in moving if app.name not in config.apps)]
    environments = config.environments
    files = {
        config.values_file(app, environment)
        for app in apps
        for environment in environments.values()
    }
    folders = {fill(app.path, env=name) for app in apps for name in environments} - {""}
    pattern = config.pattern
    patterns = {fill(pattern.path, env=name) for name in environments} if pattern else set()
    return ChartBoundary(
        files=frozenset(files),
        holders=frozenset(_above(files)),
        apps=frozenset(folders | _above(folders)),
        patterns=tuple(tuple(map(_part, path.split("/"))) for path in sorted(patterns)),
    )


def _above(paths: Iterable[str]) -> set[str]:
    """Return the folders above paths, without the root."""
    folders: set[str] = set()
    for path in paths:
        while path := path.rpartition("/")[0]:
            folders.add(path)
    return folders


def _part(part: str) -> re.Pattern[str]:
    return re.compile(re.escape(part).replace(re.escape("{app}"), ".+"))
