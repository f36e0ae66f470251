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
_warned: set[str] = set()


def access_to(location: RepositoryLocation, environment: Environment | None) -> Access:
    """Return how the Argo CD of an environment is reached (None: the one that the command line
    names).

    The option wins, then gitops.yaml, then ARGOCD_SERVER. Raises UsageError when nothing names it.
    """
    named = environment.argocd_place.server if environment else None
    address = location.argocd.server or named or os.environ.get("ARGOCD_SERVER")
    if not address:
        raise UsageError(
            "nothing says where Argo CD is",
            remedy="give --argocd-server, or name it in gitops.yaml: argocd: {server: "
            "https://argocd.example.com}",
        )
    server = parse_server(address)
    _warn(server, insecure=location.argocd.insecure)
    return Access(server, argocd_token, location.ca_file, location.argocd.insecure)


def named(location: RepositoryLocation, environment: Environment | None) -> bool:
    """Tell whether anything names an Argo CD."""
    own = environment.argocd_place.server if environment else None
    return bool(location.argocd.server or own or os.environ.get("ARGOCD_SERVER"))


def application_of(app: str, environment: Environment) -> ApplicationName:
    """Return the application of Argo CD that deploys an application to an environment."""
    argocd_place = environment.argocd_place
    return ApplicationName(
        argocd_place.named(argocd_place.application, app, environment.name) or "",
        argocd_place.named(argocd_place.application_namespace, app, environment.name),
        argocd_place.named(argocd_place.project, app, environment.name),
    )


def _warn(server: ArgocdServer, *, insecure: bool) -> None:
    if insecure and not server.plain:
        words = (
            f"--insecure: the certificate of {server.url} is not checked, anybody in between "
            "may read the token"
        )
    elif server.plain and server.host not in _LOCAL:
        words = f"{server.url} is not encrypted: anybody in between may read the token"
    else:
        return
    if words not in _warned:
        _warned.add(words)
        log.warning("warning: %s", words)
