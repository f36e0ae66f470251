"""Where a command works: the GitOps repository with the logins of the environment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitops_ci.adapters.credentials import git_login, registry_settings
from gitops_ci.cli.parameters.options import NetworkOptions, RepositoryOptions
from gitops_ci.cli.parameters.wait import ArgocdServerOptions

if TYPE_CHECKING:
    from gitops_ci.adapters.git import Repository
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.usecases import RepositoryLocation


def location_of(
    repository: RepositoryOptions, ca_file: str | None, argocd: ArgocdServerOptions | None = None
) -> "RepositoryLocation":
    """Return what options and environment say; raises UsageError for logins that can't be used."""
    from gitops_ci.adapters.git import GitCredentials
    from gitops_ci.usecases import RepositoryLocation
    from gitops_ci.usecases.location import ArgocdOptions

    login = git_login()
    has_login = login.username or login.password or login.token
    argocd_options = (
        ArgocdOptions(argocd.argocd_server or None, argocd.insecure) if argocd else ArgocdOptions()
    )
    return RepositoryLocation(
        url=repository.repo,
        credentials=GitCredentials(login.username, login.password, login.token)
        if has_login
        else None,
        registry=registry_settings(repository.plain_http, ca_file),
        branch=repository.branch,
        ca_file=ca_file,
        config_file=repository.config,
        argocd=argocd_options,
    )


@contextmanager
def open_location(
    repository: RepositoryOptions,
    network: NetworkOptions,
    argocd: ArgocdServerOptions | None = None,
) -> Iterator[tuple["Repository", "RepositoryLocation", "Deadline"]]:
    """Yield the repository with its first request under way; import what works on it inside."""
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.usecases import approach

    location = location_of(repository, network.ca_file, argocd)
    deadline = Deadline.after(network.timeout)
    with approach(location, deadline) as opened:
        yield opened, location, deadline
