"""What the GitOps repository holds: gitops.yaml, and the keys in each application's values
files.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from gitops_ci.adapters.git import Content, Head, Repository
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.core import yaml_edit
from gitops_ci.core.gates.argocd import REQUIRED
from gitops_ci.core.gates.people import mapped_name
from gitops_ci.core.release_values import read_release
from gitops_ci.core.written_texts import read_written
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.diagnosis import ERROR, Check
from gitops_ci.model.operation import Snapshot, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.doctor.check import error, failed, ok, warning
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import known_apps, read_policy, with_heads

MOST_APPS = 36


def check_contents(
    repository: Repository, head: Head, location: RepositoryLocation, names: Sequence[str]
) -> tuple[list[Check], list[Target]]:
    """Look at the configuration and at the environments named (none: all of them); return what
    could be read with its release.

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
    values_checks, running = _values(repository, snapshot, reachable)
    return checks + values_checks, running


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
) -> tuple[list[Check], list[Target]]:
    targets = _targets(repository, snapshot, environments)
    names = list(dict.fromkeys(target.app.name for target in targets))
    looked_at = [target for target in targets if target.app.name in names[:MOST_APPS]]
    checks, running = _examine_all(repository, snapshot, looked_at)
    if running and not any(check.state == ERROR for check in checks):
        counts = f"applications: {min(len(names), MOST_APPS)}, files: {len(running)}"
        checks.append(ok("values files", f"all keys found ({counts})"))
    return (checks + _applications(names) if environments else checks), running


def _examine_all(
    repository: Repository, snapshot: Snapshot, targets: Sequence[Target]
) -> tuple[list[Check], list[Target]]:
    places = [(snapshot.heads[target.branch], target.file) for target in targets]
    contents = repository.read_each(places)
    checks: list[Check] = []
    running: list[Target] = []
    for target, place in zip(targets, places, strict=True):
        check, release = _examine(target, contents[place], snapshot.config)
        if check:
            checks.append(check)
        if release:
            running.append(replace(target, release=release))
    return checks, running


def _applications(names: Sequence[str]) -> list[Check]:
    if not names:
        remedy = "add one under apps: in gitops.yaml, or correct its path:"
        return [error("applications", "there is none", remedy)]
    left_out = len(names) - MOST_APPS
    if left_out <= 0:
        return []
    message = f"{left_out} of {len(names)} applications were not looked at"
    return [warning("applications", message, "they are checked when they are promoted")]


def _targets(
    repository: Repository, snapshot: Snapshot, environments: Sequence[Environment]
) -> list[Target]:
    return [
        snapshot.target(app, environment)
        for environment in environments
        for name in known_apps(repository, snapshot, environment)
        if (app := snapshot.config.app(name))
    ]


def _examine(
    target: Target, content: Content, config: Config
) -> tuple[Check | None, Release | None]:
    """Return what is wrong with a values file, and its release where that can be read."""
    subject = f"{target.app.name} in {target.environment.name}"
    if isinstance(content, GitopsError):
        return failed(subject, content), None
    if content is None:
        make = error if target.app.name in config.apps else warning
        remedy = "add the file, or correct path: and values: in gitops.yaml"
        return make(subject, f"{target.file} does not exist", remedy), None
    try:
        release = read_release(content, target.app, target.environment.name, target.file)
        read_written(content, target.app, target.file).check(rewriting=True)
        return _unquoted(subject, target, content), release
    except GitopsError as problem:
        return failed(subject, problem), None


def _unquoted(subject: str, target: Target, content: bytes) -> Check | None:
    paths = [path for keys in target.app.images for path in keys.edited]
    for path, scalar in yaml_edit.read(content, paths, name=target.file).items():
        if scalar and not scalar.is_string and not scalar.is_null:
            text = one_line(scalar.text)
            return warning(
                subject,
                f"{target.file} line {scalar.line}: {path} is {text}, "
                "which Helm reads as a number or true/false",
                f'write it as "{text}", in quotes; the next operation does so',
            )
    return None
