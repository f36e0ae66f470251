"""Reads overview and history of a world, without the command line."""

from collections.abc import Sequence

from gitops_ci.adapters.registry import RegistrySettings
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.ledger_views import History, Standing
from gitops_ci.usecases import Place, approach
from gitops_ci.usecases.views.history import Query, entries
from gitops_ci.usecases.views.status import standings
from tests.integration.operation.world import World


def where(world: World, apps: Sequence[str] = (), environments: Sequence[str] = ()) -> dict[tuple[str, str], Standing]:
    """Return what stands where, by application and environment."""
    place, deadline = _place(world), Deadline.after(60)
    with approach(place, deadline) as repository:
        found = standings(repository, place, deadline, apps, environments)
    return {(each.app, each.environment): each for each in found.standings}


def past(world: World, query: Query | None = None) -> History:
    """Return the history."""
    place = _place(world)
    with approach(place, Deadline.after(60)) as repository:
        return entries(repository, place, query)


def _place(world: World) -> Place:
    return Place(url=str(world.bare), credentials=None, registry=RegistrySettings())
