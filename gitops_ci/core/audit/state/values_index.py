"""Which applications in which environments a file of the repository holds, under one policy."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import msgspec

from gitops_ci.model.commits import Delta
from gitops_ci.model.config import App, Config, Environment
from gitops_ci.model.git_modes import SUBMODULE, SYMLINK
from gitops_ci.model.names import fill, is_name

Key = tuple[str, str]  # application, environment
Tree = Mapping[str, tuple[str, str]]  # mode and object id by path, without folders


class AuditedTarget(msgspec.Struct, frozen=True):
    """One application in one environment, and where its values stand."""

    app: App
    environment: Environment
    branch: str
    file: str

    @property
    def key(self) -> Key:
        return self.app.name, self.environment.name


class ValuesIndex:
    """The files of all applications in all environments, those of the "*" application too."""

    def __init__(self, config: Config, policy_branch: str) -> None:
        self.config = config
        self._policy_branch = policy_branch
        self._exact: dict[tuple[str, str], list[AuditedTarget]] = {}
        self._templates: list[tuple[str, str, Environment]] = []
        self._targets: dict[tuple[str, str], list[AuditedTarget]] = {}
        for environment in config.environments.values():
            branch = self.branch_of(environment)
            for app in config.apps.values():
                target = self._target(app, environment)
                self._exact.setdefault((branch, target.file), []).append(target)
            if config.pattern:
                name = fill(config.values_file(config.pattern, environment), env=environment.name)
                self._templates.append((branch, name, environment))

    def _target(self, app: App, environment: Environment) -> AuditedTarget:
        file = self.config.values_file(app, environment)
        return AuditedTarget(app, environment, self.branch_of(environment), file)

    def branch_of(self, environment: Environment) -> str:
        return environment.branch_on(self._policy_branch)

    def at(self, branch: str, path: str) -> list[AuditedTarget]:
        """Return what a file on a branch holds; empty for all other files."""
        file = (branch, path)
        if file not in self._targets:
            self._targets[file] = [*self._exact.get(file, ()), *self._by_pattern(branch, path)]
        return self._targets[file]

    def touched(self, branch: str, delta: Delta) -> Iterator[AuditedTarget]:
        """Yield what a change concerns: a link or a submodule in a folder's place hides every file
        below it.
        """
        yield from self.at(branch, delta.path)
        if delta.mode in {SYMLINK, SUBMODULE}:
            yield from self._below(branch, delta.path)

    def _below(self, branch: str, folder: str) -> Iterator[AuditedTarget]:
        for (its_branch, file), targets in self._exact.items():
            if its_branch == branch and file.startswith(f"{folder}/"):
                yield from targets
        for its_branch, template, _ in self._templates:
            below = _file_below(template, folder) if its_branch == branch else None
            if below:
                yield from self.at(branch, below)

    def all_in(self, trees: Mapping[str, Tree]) -> Iterable[AuditedTarget]:
        """Return the applications that the policy names, in every environment, and what the files
        of branches hold besides.
        """
        targets = {target.key: target for exact in self._exact.values() for target in exact}
        for branch, tree in trees.items():
            for path in tree:
                for target in self.at(branch, path):
                    targets.setdefault(target.key, target)
        return targets.values()

    def find(self, key: Key) -> AuditedTarget | None:
        """Return a target by its names, which may be any text; None where the policy knows none."""
        app_name, environment_name = key
        app = self.config.app(app_name) if is_name(app_name) else None
        environment = self.config.environments.get(environment_name)
        return self._target(app, environment) if app and environment else None

    def nameless(self, branch: str, path: str) -> Iterator[tuple[str, str]]:
        """Yield folder and environment of a values file below a folder that is no application by
        its name; sets of Argo CD leave out those that begin with a dot.
        """
        for its_branch, template, environment in self._templates:
            match = _pattern(template).fullmatch(path) if its_branch == branch else None
            name = match.group("app") if match else "."
            if not (is_name(name) or name.startswith(".")):
                yield name, environment.name

    def _by_pattern(self, branch: str, path: str) -> Iterator[AuditedTarget]:
        for its_branch, template, environment in self._templates:
            match = _pattern(template).fullmatch(path) if its_branch == branch else None
            name = match.group("app") if match else ""
            if name and is_name(name) and name not in self.config.apps:
                app = self.config.app(name)
                if app:
                    yield AuditedTarget(app, environment, branch, path)


def hiding(path: str, tree: Tree) -> tuple[str, str, str] | None:
    """Return the link or submodule that stands on the way to a path, with its mode and object id;
    None where none does.
    """
    parts = path.split("/")
    folders = ("/".join(parts[:count]) for count in range(1, len(parts)))
    return next(((folder, *tree[folder]) for folder in folders if folder in tree), None)


def _file_below(template: str, folder: str) -> str | None:
    """Return the file that a template with ``{app}`` gives below a folder; None where that does not
    name the application.
    """
    parts = template.split("/")
    begin = "/".join(parts[: folder.count("/") + 1])
    match = _pattern(begin).fullmatch(folder) if "{app}" in begin else None
    return template.replace("{app}", match.group("app")) if match else None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    first, *rest = (re.escape(part) for part in name.split("{app}"))
    text = first + ("(?P<app>[^/]+)" + "(?P=app)".join(rest) if rest else "(?P<app>)")
    return re.compile(text)
