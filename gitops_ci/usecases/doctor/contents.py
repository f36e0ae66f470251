"""What the GitOps repository holds: gitops.yaml, and the keys in each application's values
files.
"""

from collections.abc import Sequence

import msgspec

from gitops_ci.adapters.git import Content, Head, Repository
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.core import yaml_edit
from gitops_ci.core.gates.argocd import REQUIRED
from gitops_ci.core.gates.people import mapped_name
from gitops_ci.core.release_values import read_release
from gitops_ci.model.config import App, Config, Environment
from gitops_ci.model.diagnosis import Check
from gitops_ci.model.operation import Snapshot
from gitops_ci.model.release import Release
from gitops_ci.usecases.doctor.check import error, failed, ok, warning
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import known_apps, read_policy, with_heads

MOST_APPS = 36


class DeployedImages(msgspec.Struct, frozen=True):
    """What runs where, as far as it could be read."""

    app: App
    environment: Environment
    release: Release


class _ValuesFile(msgspec.Struct, frozen=True):
    """One values file of one application."""

    app: App
    environment: Environment
    branch: str
    file: str
    listed: bool

    @property
    def name(self) -> str:
        return f"{self.app.name} in {self.environment.name}"


def check_contents(
    repository: Repository, head: Head, location: RepositoryLocation, names: Sequence[str]
) -> tuple[list[Check], list[DeployedImages]]:
    """Look at the configuration and at the environments named (none: all of them).

    Raises UsageError for an environment that does not exist.
    """
    try:
        snapshot = read_policy(repository, location, head=head)
    except GitopsError as problem:
        return [failed("gitops.yaml", problem)], []
    config = snapshot.config
    environments = [config.require_environment(name) for name in names] or list(
        config.environments.values()
    )
    checks = [
        _configured(config),
        *(check for each in environments for check in _policy(each, config)),
    ]
    reachable = []
    for environment in environments:
        try:
            snapshot = with_heads(repository, snapshot, [environment])
            reachable.append(environment)
        except GitopsError as problem:
            checks.append(failed(f"branch of {environment.name}", problem))
    found, running = _values(repository, snapshot, reachable)
    return checks + found, running


def _configured(config: Config) -> Check:
    chain = ", ".join(
        f"{environment.source} -> {environment.name}" if environment.source else environment.name
        for environment in config.environments.values()
    )
    if config.implicit:
        return ok(
            "gitops.yaml", f"none: the usual layout holds for {next(iter(config.apps))} ({chain})"
        )
    return ok("gitops.yaml", f"valid ({chain})")


def _policy(environment: Environment, config: Config) -> list[Check]:
    subject = f"rules of {environment.name}"
    checks = []
    if REQUIRED.of(environment) and environment.source is None:
        words = (
            "argocd asks for what runs in the environment before, and there is no from: it is "
            "never judged"
        )
        checks.append(warning(subject, words, "add from:, or remove argocd"))
    approval = environment.approval
    if approval and approval.approvers is not None:
        if not approval.approvers:
            checks.append(error(subject, "nobody may approve", "name people under approvers:"))
        strangers = [name for name in approval.approvers if mapped_name(name, config) is None]
        if approval.distinct_authors and strangers:
            checks.append(
                warning(
                    subject,
                    f"{', '.join(strangers)}: may approve and not under people, so whether "
                    "they wrote the code can't be told",
                    "add them to people: with the e-mail addresses of their commits",
                )
            )
    return checks


def _values(
    repository: Repository, snapshot: Snapshot, environments: Sequence[Environment]
) -> tuple[list[Check], list[DeployedImages]]:
    spots = _spots(repository, snapshot, environments)
    names = list(dict.fromkeys(values_file.app.name for values_file in spots))
    kept = set(names[:MOST_APPS])
    checks: list[Check] = []
    running: list[DeployedImages] = []
    spots = [spot for spot in spots if spot.app.name in kept]
    places = [(snapshot.heads[spot.branch], spot.file) for spot in spots]
    files = repository.read_each(places)
    for spot, place in zip(spots, places, strict=True):
        found = _look(spot, files[place], running)
        checks += [found] if found else []
    if running and not any(check.state == "error" for check in checks):
        checks.append(
            ok("values files", f"all keys found (applications: {len(kept)}, files: {len(running)})")
        )
    if not names and environments:
        checks.append(
            error(
                "applications",
                "there is none",
                "add one under apps: in gitops.yaml, or correct its path:",
            )
        )
    if len(names) > len(kept):
        rest = f"{len(names) - len(kept)} of {len(names)} applications were not looked at"
        checks.append(warning("applications", rest, "they are checked when they are promoted"))
    return checks, running


def _spots(
    repository: Repository, snapshot: Snapshot, environments: Sequence[Environment]
) -> list[_ValuesFile]:
    spots = []
    for environment in environments:
        for name in known_apps(repository, snapshot, environment):
            app = snapshot.config.app(name)
            if app:
                target = snapshot.target(app, environment)
                listed = name in snapshot.config.apps
                spots.append(_ValuesFile(app, environment, target.branch, target.file, listed))
    return spots


def _look(values_file: _ValuesFile, data: Content, running: list[DeployedImages]) -> Check | None:
    if isinstance(data, GitopsError):
        return failed(values_file.name, data)
    if data is None:
        make = error if values_file.listed else warning
        return make(
            values_file.name,
            f"{values_file.file} does not exist",
            "add the file, or correct path: and values: in gitops.yaml",
        )
    try:
        release = read_release(
            data, values_file.app, values_file.environment.name, values_file.file
        )
        written = [path for keys in values_file.app.images for path in keys.edited]
        scalars = yaml_edit.read(data, written, name=values_file.file)
    except GitopsError as problem:
        return failed(values_file.name, problem)
    running.append(DeployedImages(values_file.app, values_file.environment, release))
    for path, scalar in scalars.items():
        if scalar and not scalar.is_string and not scalar.is_null:
            return warning(
                values_file.name,
                f"{values_file.file} line {scalar.line}: {path} is {one_line(scalar.text)}, "
                "which Helm reads as a number or true/false",
                f'write it as "{one_line(scalar.text)}", in quotes; the next operation does so',
            )
    return None
