"""Reads overview and history of a world, without the command line."""

from collections.abc import Sequence

from gitops_ci.adapters.registry import RegistrySettings
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.ledger_views import DeploymentStatus, History
from gitops_ci.usecases import RepositoryLocation, approach
from gitops_ci.usecases.views.history import HistoryRequest, history_entries
from gitops_ci.usecases.views.status import StatusRequest, deployment_statuses
from tests.integration.operation.world import World


def where(
    world: World, apps: Sequence[str] = (), environments: Sequence[str] = ()
) -> dict[tuple[str, str], DeploymentStatus]:
    """Return what stands where, by application and environment."""
    place, deadline = _place(world), Deadline.after(60)
    request = StatusRequest(tuple(apps), tuple(environments))
    with approach(place, deadline) as repository:
        found = deployment_statuses(repository, place, request, deadline)
    return {(each.app, each.environment): each for each in found.standings}


def past(world: World, query: HistoryRequest | None = None) -> History:
    """Return the history."""
    place = _place(world)
    with approach(place, Deadline.after(60)) as repository:
        return history_entries(repository, place, query)


def _place(world: World) -> RepositoryLocation:
    return RepositoryLocation(url=str(world.bare), credentials=None, registry=RegistrySettings())
