"""Whether Argo CD answers, and shows the applications to the token."""

from collections.abc import Sequence

from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.core.gates.argocd import REQUIRED
from gitops_ci.model.config import Environment
from gitops_ci.model.diagnosis import Check
from gitops_ci.usecases.argocd_access import access_to, application_of, named
from gitops_ci.usecases.doctor.check import error, failed, ok, warning
from gitops_ci.usecases.doctor.contents import DeployedImages
from gitops_ci.usecases.location import RepositoryLocation

_SUBJECT = "Argo CD"


def check_argocd(
    location: RepositoryLocation, running: Sequence[DeployedImages], deadline: Deadline
) -> list[Check]:
    """Look at each Argo CD that is named; none where none is."""
    gates = [
        deployed_images.environment.name
        for deployed_images in running
        if _asks(deployed_images.environment)
    ]
    if not any(named(location, each.environment) for each in running):
        if not gates:
            return []
        words = f"the gate argocd of {gates[0]} asks it, and nothing says where it is"
        return [
            error(
                _SUBJECT,
                words,
                "name it in gitops.yaml: argocd: {server: https://argocd.example.com}",
            )
        ]
    servers: dict[str, list[DeployedImages]] = {}
    for each in running:
        if named(location, each.environment):
            said = location.argocd.server or each.environment.argocd_place.server or ""
            servers.setdefault(said, []).append(each)
    return [_server(location, group, deadline, required=bool(gates)) for group in servers.values()]


def _asks(environment: Environment) -> bool:
    """Tell whether the gate is judged before something comes to an environment."""
    return REQUIRED.of(environment) and environment.source is not None


def _server(
    location: RepositoryLocation,
    running: Sequence[DeployedImages],
    deadline: Deadline,
    *,
    required: bool,
) -> Check:
    from gitops_ci.adapters.argocd import Argocd  # most repositories are looked at without one

    try:
        access = access_to(location, running[0].environment)
        argocd = Argocd(access, deadline)
        try:
            version = argocd.version()
            names = {str(each.get("metadata", {}).get("name")) for each in argocd.applications()}
        finally:
            argocd.close()
    except GitopsError as problem:
        return (
            failed(_SUBJECT, problem)
            if required
            else warning(_SUBJECT, problem.message, problem.remedy or "see its log")
        )
    wanted = dict.fromkeys(
        application_of(deployed_images.app.name, deployed_images.environment).name
        for deployed_images in running
    )
    missing = [name for name in wanted if name not in names]
    if missing:
        shown = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        words = f"{access.server.url} ({version}) shows this token no application {shown}"
        return warning(
            _SUBJECT,
            words,
            "correct application: under argocd: in gitops.yaml, or the token's rights "
            "(applications, get)",
        )
    return ok(
        _SUBJECT,
        f"{access.server.url} ({version}) shows all {len(wanted)} applications to this token",
    )
