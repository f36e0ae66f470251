"""How Argo CD is reached for an environment, and what it calls an application there."""

import logging
import os

from gitops_ci.adapters.argocd import Access, ApplicationName, ArgocdServer, parse_server
from gitops_ci.adapters.credentials import argocd_token
from gitops_ci.base.errors import UsageError
from gitops_ci.model.config import Environment
from gitops_ci.usecases.location import RepositoryLocation

log = logging.getLogger(__name__)

_LOCAL = ("localhost", "127.0.0.1", "[::1]")


def access_to(location: RepositoryLocation, environment: Environment) -> Access:
    """Return how the Argo CD of an environment is reached.

    The option wins, then gitops.yaml, then ARGOCD_SERVER. Raises UsageError when nothing names it.
    """
    address = _address(location, environment)
    if not address:
        raise UsageError(
            "nothing says where Argo CD is",
            remedy="give --argocd-server, or name it in gitops.yaml: argocd: {server: "
            "https://argocd.example.com}",
        )
    server = parse_server(address)
    warning = _warning(server, insecure=location.argocd.insecure)
    if warning and warning not in location.warned:
        location.warned.add(warning)
        log.warning("warning: %s", warning)
    return Access(server, argocd_token, location.ca_file, location.argocd.insecure)


def named(location: RepositoryLocation, environment: Environment) -> bool:
    """Tell whether anything names an Argo CD."""
    return bool(_address(location, environment))


def _address(location: RepositoryLocation, environment: Environment) -> str | None:
    own = environment.argocd_place.server
    return location.argocd.server or own or os.environ.get("ARGOCD_SERVER")


def application_of(app: str, environment: Environment) -> ApplicationName:
    """Return the application of Argo CD that deploys an application to an environment."""
    argocd_place = environment.argocd_place
    return ApplicationName(
        argocd_place.named(argocd_place.application, app, environment.name) or "",
        argocd_place.named(argocd_place.application_namespace, app, environment.name),
        argocd_place.named(argocd_place.project, app, environment.name),
    )


def _warning(server: ArgocdServer, *, insecure: bool) -> str:
    if insecure and not server.plain:
        return (
            f"--insecure: the certificate of {server.url} is not checked, anybody in between "
            "may read the token"
        )
    if server.plain and server.host not in _LOCAL:
        return f"{server.url} is not encrypted: anybody in between may read the token"
    return ""
