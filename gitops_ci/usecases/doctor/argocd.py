"""Whether Argo CD answers, and shows the applications to the token."""

from collections.abc import Sequence
from contextlib import closing

from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.core.gates.argocd import REQUIRED
from gitops_ci.model.config import Environment
from gitops_ci.model.diagnosis import Check
from gitops_ci.model.operation import Target
from gitops_ci.usecases.argocd_access import access_to, application_of, named
from gitops_ci.usecases.doctor.check import error, failed, ok, warning
from gitops_ci.usecases.location import RepositoryLocation

_SUBJECT = "Argo CD"


def check_argocd(
    location: RepositoryLocation, running: Sequence[Target], deadline: Deadline
) -> list[Check]:
    """Look at each Argo CD that is named; none where none is."""
    gated = [target.environment.name for target in running if _asks(target.environment)]
    servers: dict[str, list[Target]] = {}
    for target in running:
        environment = target.environment
        if named(location, environment):
            server = location.argocd.server or environment.argocd_place.server or ""
            servers.setdefault(server, []).append(target)
    if not servers and gated:
        message = f"the gate argocd of {gated[0]} asks it, and nothing says where it is"
        remedy = "name it in gitops.yaml: argocd: {server: https://argocd.example.com}"
        return [error(_SUBJECT, message, remedy)]
    return [
        _server(location, targets, deadline, required=bool(gated)) for targets in servers.values()
    ]


def _asks(environment: Environment) -> bool:
    """Tell whether the gate is judged before something comes to an environment."""
    return REQUIRED.of(environment) and environment.source is not None


def _server(
    location: RepositoryLocation, targets: Sequence[Target], deadline: Deadline, *, required: bool
) -> Check:
    from gitops_ci.adapters.argocd import Argocd  # most repositories are looked at without one

    try:
        access = access_to(location, targets[0].environment)
        with closing(Argocd(access, deadline)) as argocd:
            version = argocd.version()
            names = {str(each.get("metadata", {}).get("name")) for each in argocd.applications()}
    except GitopsError as problem:
        if required:
            return failed(_SUBJECT, problem)
        return warning(_SUBJECT, problem.message, problem.remedy or "see its log")
    expected = {application_of(each.app.name, each.environment).name: None for each in targets}
    missing = [name for name in expected if name not in names]
    server = f"{access.server.url} ({version})"
    if missing:
        shown = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        return warning(
            _SUBJECT,
            f"{server} shows this token no application {shown}",
            "correct application: under argocd: in gitops.yaml, or the token's rights "
            "(applications, get)",
        )
    return ok(_SUBJECT, f"{server} shows all {len(expected)} applications to this token")
