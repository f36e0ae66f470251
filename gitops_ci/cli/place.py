"""Where a command works: the GitOps repository with the logins of the environment."""

from typing import TYPE_CHECKING, Any

from gitops_ci.credentials import git_login, registry_settings

if TYPE_CHECKING:
    from gitops_ci.delivery import Place


def place_of(given: dict[str, Any]) -> "Place":
    """Return what the options and the environment say; raises UsageError for logins that can't be used."""
    from gitops_ci.delivery import Place
    from gitops_ci.delivery.place import ArgocdOptions
    from gitops_ci.repository import Credentials

    login = git_login()
    known = login.username or login.password or login.token
    return Place(
        url=given["repo"],
        credentials=Credentials(login.username, login.password, login.token) if known else None,
        registry=registry_settings(given["plain_http"], given["ca_file"]),
        branch=given["branch"],
        ca_file=given["ca_file"],
        config_file=given.get("config"),
        argocd=ArgocdOptions(given.get("argocd_server") or None, given.get("insecure", False)),
    )
