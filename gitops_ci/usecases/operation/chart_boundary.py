"""Pure: what of an application's folder is its chart, and what stays on its branch when a chart is
carried.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from gitops_ci.adapters.git import FOLDER
from gitops_ci.model.config import App, Config
from gitops_ci.model.names import fill

# of the repository and not of a chart at its root: policy, rights, pipeline and its checks, Argo
# CD's manifests, description
_NO_CHART = frozenset({"gitops.yaml", "CODEOWNERS", "Jenkinsfile", "checks", "argocd", "README.md"})


class Kept(msgspec.Struct, frozen=True):
    """What stays on its branch, by path from the root: values files, and folders that are or hold
    applications.
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
        return path in self.files or path in self.apps or (mode == FOLDER and self._star(names))

    def holds_values(self, path: str, mode: str) -> bool:
        """Tell whether a folder is taken apart, because a values file is somewhere below it."""
        return mode == FOLDER and path in self.holders

    def _star(self, names: Sequence[str]) -> bool:
        return any(
            len(names) <= len(pattern)
            and all(part.fullmatch(name) for part, name in zip(pattern, names, strict=False))
            for pattern in self.patterns
        )


def kept_apart(config: Config, moving: Sequence[App]) -> Kept:
    """Return what is kept apart from the charts of applications, of which some stand in no
    configuration by name.
    """
    apps = [*config.apps.values(), *(app for app in moving if app.name not in config.apps)]
    environments = config.environments.values()
    files = {config.values_file(app, environment) for app in apps for environment in environments}
    folders = {
        path for app in apps for name in config.environments if (path := fill(app.path, env=name))
    }
    patterns = (
        {fill(config.pattern.path, env=name) for name in config.environments}
        if config.pattern
        else set()
    )
    return Kept(
        files=frozenset(files),
        holders=frozenset(above for file in files for above in _above(file)),
        apps=frozenset(folders | {above for folder in folders for above in _above(folder)}),
        patterns=tuple(
            tuple(_shape(part) for part in path.split("/")) for path in sorted(patterns)
        ),
    )


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _shape(part: str) -> re.Pattern[str]:
    return re.compile(re.escape(part).replace(re.escape("{app}"), ".+"))
