"""What the promotion job of a GitOps repository is: its parameters, and how its pipeline calls the
shared library.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

import gitops_ci
from gitops_ci.base.errors import ConfigError
from gitops_ci.model.config import Config, Jenkins

LIBRARY = f"gitops-ci@v{gitops_ci.__version__}"
MARK = "Managed by gitops-ci for "
APP, TO, TAG, REASON, DRY_RUN = "APP", "TO", "TAG", "REASON", "DRY_RUN"


class Definition(msgspec.Struct, frozen=True):
    """A promotion job: ``path`` is folders and name, ``arguments`` those of ``gitopsPromotionJob``,
    ``keep`` builds stay.
    """

    path: tuple[str, ...]
    repo: str
    apps: tuple[str, ...]
    environments: tuple[str, ...]
    library: str
    arguments: Mapping[str, Any]
    keep: int

    @property
    def name(self) -> str:
        """Return the job's full name, as Jenkins writes it."""
        return "/".join(self.path)

    @property
    def description(self) -> str:
        """Return the job's description, which ends with the mark of ownership."""
        return (
            "Promotes the image that runs in one environment into the next: the same image, "
            "never rebuilt.\n"
            "A change by hand is undone by: gitops-ci jobs apply\n"
            f"{MARK}{self.repo}"
        )


def define(config: Config, repo: str, branch: str | None, apps: Sequence[str]) -> Definition:
    """Return the job that a configuration asks for.

    Raises ConfigError where nothing could be promoted.
    """
    settings = config.jenkins
    environments = tuple(
        name for name, environment in config.environments.items() if environment.source
    )
    if not environments:
        raise ConfigError(
            "no environment has a from: there is nothing to promote to",
            remedy="add from: in gitops.yaml",
        )
    where = settings.repo or repo
    return Definition(
        path=settings.path,
        repo=where,
        apps=tuple(dict.fromkeys(apps)),
        environments=environments,
        library=settings.library or LIBRARY,
        arguments=_arguments(settings, where, branch),
        keep=settings.keep,
    )


def _arguments(settings: Jenkins, repo: str, branch: str | None) -> dict[str, Any]:
    credentials = {f"{kind}Credentials": text for kind, text in settings.credentials.items()}
    arguments = {
        "repo": repo,
        "branch": branch,
        **credentials,
        "label": settings.label,
        "approval": dict(settings.approval),
        "lock": settings.lock,
        "wait": settings.wait,
        "skipCi": settings.skip_ci,
        "plainHttp": list(settings.plain_http),
        "caFile": settings.ca_file,
        "timeout": settings.timeout,
        "tool": dict(settings.tool),
    }
    return {name: value for name, value in arguments.items() if value}


def owner(description: str) -> str | None:
    """Return the GitOps repository that the mark in a description names, None where there is no
    mark.
    """
    marked = [line.strip() for line in description.splitlines() if MARK in line]
    return marked[0].partition(MARK)[2].strip() if marked else None


def same_repository(one: str, other: str) -> bool:
    """Tell whether two addresses are spellings of one."""
    return _plain(one) == _plain(other)


def _plain(url: str) -> str:
    return url.rstrip("/").removesuffix(".git")
