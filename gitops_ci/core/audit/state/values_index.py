"""Which applications in which environments a file of the repository holds, under one policy."""

import re
from collections.abc import Iterable, Iterator, Mapping

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
        """Return the names."""
        return self.app.name, self.environment.name


class ValuesIndex:
    """The files of all applications in all environments, those of the "*" application too."""

    def __init__(self, config: Config, policy_branch: str) -> None:
        self.config = config
        self._exact: dict[tuple[str, str], list[AuditedTarget]] = {}
        self._shapes: list[tuple[str, re.Pattern[str], Environment]] = []
        self._templates: list[tuple[str, str, Environment]] = []
        self._known: dict[tuple[str, str], list[AuditedTarget]] = {}
        for environment in config.environments.values():
            branch = environment.branch_on(policy_branch)
            for app in config.apps.values():
                target = AuditedTarget(
                    app, environment, branch, config.values_file(app, environment)
                )
                self._exact.setdefault((branch, target.file), []).append(target)
            if config.pattern:
                name = fill(config.values_file(config.pattern, environment), env=environment.name)
                self._shapes.append((branch, _shape(name), environment))
                self._templates.append((branch, name, environment))

    def at(self, branch: str, path: str) -> list[AuditedTarget]:
        """Return what a file on a branch holds; empty for all other files."""
        place = (branch, path)
        if place not in self._known:
            self._known[place] = [*self._exact.get(place, ()), *self._starred(branch, path)]
        return self._known[place]

    def touched(self, branch: str, delta: Delta) -> Iterator[AuditedTarget]:
        """Yield what a change concerns: a link or a submodule in a folder's place hides every file
        below it.
        """
        yield from self.at(branch, delta.path)
        if delta.mode in {SYMLINK, SUBMODULE}:
            yield from self._below(branch, delta.path)

    def _below(self, branch: str, folder: str) -> Iterator[AuditedTarget]:
        for (its_branch, file), spots in self._exact.items():
            if its_branch == branch and file.startswith(f"{folder}/"):
                yield from spots
        for its_branch, template, _ in self._templates:
            below = _file_below(template, folder) if its_branch == branch else None
            yield from self.at(branch, below) if below else ()

    def exact(self) -> Iterator[AuditedTarget]:
        """Yield the applications that the policy names, in every environment."""
        for spots in self._exact.values():
            yield from spots

    def found(self, branch: str, paths: Iterable[str]) -> Iterator[AuditedTarget]:
        """Yield everything that the files of a branch hold."""
        for path in paths:
            yield from self.at(branch, path)

    def spot(self, key: Key, policy_branch: str) -> AuditedTarget | None:
        """Return an application in an environment by their names, None where the policy knows no
        such.
        """
        app, environment = self._app(key[0]), self.config.environments.get(key[1])
        if app is None or environment is None:
            return None
        return AuditedTarget(
            app,
            environment,
            environment.branch_on(policy_branch),
            self.config.values_file(app, environment),
        )

    def _app(self, name: str) -> App | None:
        return self.config.app(name) if is_name(name) else None

    def _starred(self, branch: str, path: str) -> Iterator[AuditedTarget]:
        for its_branch, shape, environment in self._shapes:
            match = shape.fullmatch(path) if its_branch == branch else None
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
    match = _shape(begin).fullmatch(folder) if "{app}" in begin else None
    return template.replace("{app}", match.group("app")) if match else None


def _shape(name: str) -> re.Pattern[str]:
    first, *rest = (re.escape(part) for part in name.split("{app}"))
    text = first + ("(?P<app>[^/]+)" + "(?P=app)".join(rest) if rest else "(?P<app>)")
    return re.compile(text)
