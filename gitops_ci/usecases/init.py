"""Writes a new GitOps repository, or one more application, into a folder of this machine."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gitops_ci.adapters.checkout import new_repository
from gitops_ci.adapters.files import new_files
from gitops_ci.base.errors import ConfigError, GitopsError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.config import reader
from gitops_ci.core.scaffold import (
    ScaffoldApplication,
    Settings,
    application,
    next_steps,
    repository,
)
from gitops_ci.model.config import App, Config, TagKeys
from gitops_ci.model.names import fill
from gitops_ci.model.scaffold import InitOutcome, Placeholder

# a hosting server makes them with a new repository; they stay as they are
_WELCOME = frozenset({"README.md", ".gitignore"})
_MANY = "make the repository with gitops-ci init DIR --layout many"


class InitRequest(msgspec.Struct, frozen=True):
    """Where and how; ``invented`` maps what nobody gave to the value that stands for it and the
    option that gives it.
    """

    folder: Path
    invented: Mapping[str, tuple[str, str]] = {}
    first_commit: bool = False
    dry_run: bool = False


def init(request: InitRequest, settings: Settings) -> InitOutcome:
    """Write a whole repository; raises UsageError where something is in the way, GitopsError where
    it can't be written.
    """
    files = repository(settings)
    try:
        reader.read(files["gitops.yaml"])
    except ConfigError as error:  # two approvers with one address, for example
        raise UsageError(error.message, remedy=error.remedy) from None
    folder = request.folder
    _check_folder(folder)
    kept = tuple(new_files.existing_paths(folder, [path for path in files if path in _WELCOME]))
    files = {path: content for path, content in files.items() if path not in kept}
    warnings = _warnings(request, settings)
    message = f"Begin the GitOps repository of {settings.project}"
    written = _write(request, files, message, settings.branch, next_steps.branches(settings))
    steps = next_steps.after_init(settings, str(folder), committed=request.first_commit)
    return _outcome(request, files, steps, written, kept=kept, warnings=warnings)


def add(request: InitRequest, app: ScaffoldApplication) -> InitOutcome:
    """Write one more application into a repository of many; raises as ``init``."""
    config, pattern = _config(request.folder)
    path = fill(pattern.path, app=app.name)
    values = {
        name: fill(environment.values, app=app.name, env=name)
        for name, environment in config.environments.items()
    }
    files = application(app, path, values)
    branches = (environment.branch for environment in config.environments.values())
    steps = next_steps.after_application(
        str(request.folder),
        path,
        app.name,
        tuple(dict.fromkeys(filter(None, branches))),
        committed=request.first_commit,
    )
    return _outcome(request, files, steps, _write(request, files, f"Add {app.name}"))


def _config(folder: Path) -> tuple[Config, App]:
    """Return the configuration of a repository of many, and what stands for all applications;
    raises UsageError.
    """
    shown = one_line(str(folder))
    try:
        config = reader.read(
            (folder / reader.FILE).read_bytes(), one_line(str(folder / reader.FILE))
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{shown} has no gitops.yaml that can be read: {reason}", remedy=_MANY
        ) from None
    pattern = config.pattern
    if pattern is None:
        raise UsageError(
            f'{shown}: gitops.yaml has no application "*"',
            remedy=f"add the application by hand, or {_MANY}",
        )
    keys = pattern.images[0]
    usual = isinstance(keys, TagKeys) and str(keys.tag) == "image.tag"
    if "{env}" in pattern.path or len(pattern.images) != 1 or not usual:
        raise UsageError(
            f"{shown}: the applications of gitops.yaml have another shape than those that "
            "init writes",
            remedy="copy the folder of another application",
        )
    return config, pattern


def _check_folder(folder: Path) -> None:
    shown = one_line(str(folder))
    try:
        if not folder.is_dir():
            if folder.exists() or folder.is_symlink():
                raise UsageError(f"{shown} is not a folder", remedy="give a new folder")
            return
        empty = not any(folder.iterdir())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{shown} can't be looked at: {reason}", remedy="give another folder"
        ) from None
    if not empty and not new_repository.is_root(folder):
        raise UsageError(
            f"{shown} holds files and is no Git repository",
            remedy="give a new or empty folder, or the top of a repository",
        )


def _outcome(
    request: InitRequest,
    files: Mapping[str, bytes],
    steps: tuple[str, ...],
    written: tuple[bool, str | None],
    *,
    kept: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
) -> InitOutcome:
    placeholders: tuple[Placeholder, ...] = tuple(
        next_steps.placeholder(files, what, value, option)
        for what, (value, option) in request.invented.items()
    )
    made_repository, commit = written
    return InitOutcome(
        str(request.folder),
        tuple(files),
        kept,
        placeholders,
        steps,
        warnings,
        made_repository,
        commit,
        request.dry_run,
    )


def _write(
    request: InitRequest,
    files: Mapping[str, bytes],
    message: str,
    branch: str | None = None,
    branches: tuple[str, ...] = (),
) -> tuple[bool, str | None]:
    """Write the files, make the repository on ``branch`` where there is none, and commit where that
    is asked for; return whether a repository was made, and the commit.
    """
    folder = request.folder
    if blocking := new_files.existing_paths(folder, list(files)):
        shown = ", ".join(one_line(path) for path in blocking)
        raise UsageError(
            f"nothing was written: {one_line(str(folder))} has {shown} already",
            remedy="nothing is ever overwritten: move them away, or give another folder",
        )
    if request.first_commit:
        new_repository.check_author(folder)
    if request.dry_run:
        return False, None
    fresh = None if new_repository.is_root(folder) else branch
    with new_files.write_new_files(folder, files):
        if fresh:
            _make_repository(folder, fresh)
    if not request.first_commit:
        return bool(fresh), None
    commit = new_repository.commit(folder, list(files), message)
    for name in branches:
        new_repository.branch(folder, name)
    return bool(fresh), commit


def _make_repository(folder: Path, branch: str) -> None:
    try:
        new_repository.create(folder, branch)
    except BaseException:
        shutil.rmtree(folder / ".git", ignore_errors=True)
        raise


def _warnings(request: InitRequest, settings: Settings) -> tuple[str, ...]:
    warnings = []
    outer = new_repository.enclosing_work_tree(request.folder)
    if outer and not new_repository.is_root(request.folder):
        warnings.append(
            f"{request.folder} lies in another repository ({outer}): don't commit it there, "
            "it is one of its own"
        )
    if settings.application.port < 1024:
        warnings.append(
            f"the container does not run as root: on port {settings.application.port} it "
            "can listen only where nodes allow it"
        )
    return tuple(map(one_line, warnings))


def suggested_repo(folder: Path) -> str | None:
    """Return the address that a repository was cloned from; None where there is none that others
    could read.
    """
    if not new_repository.is_root(folder):
        return None
    try:
        return new_repository.origin(folder)
    except GitopsError:
        return None
