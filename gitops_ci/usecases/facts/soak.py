"""How long the releases of a plan ran in the environment that they come from."""

from collections.abc import Iterator

from gitops_ci.base.errors import GitError
from gitops_ci.core.gates.soak import NEEDED
from gitops_ci.model.deployment import Deployment, Soak, soak_of
from gitops_ci.model.operation import Change, Target
from gitops_ci.model.release import Unknown
from gitops_ci.usecases.facts import deployments
from gitops_ci.usecases.facts.reader import FactQuery, FactReader


class Reader(FactReader):
    """Looks through the history of the environment before, only so far as it takes to know that it
    was long enough.
    """

    def read(self, query: FactQuery) -> dict[str, Soak | Unknown]:
        """Return how long each release soaked."""
        pairs = [(change, query.selection.in_before(change.app)) for change in query.plan.changes]
        targets = [target for _, target in pairs if target]
        if len(targets) > 1:
            back_to = query.now - NEEDED.of(query.plan.environment)
            deployments.prefetch(query.ledger_reader, targets, back_to=back_to)
        return {change.app.name: _soak(change, target, query) for change, target in pairs}


def _soak(change: Change, target: Target | None, query: FactQuery) -> Soak | Unknown:
    if target is None:
        return Soak(0)
    try:
        return soak_of(
            _deployments(change, target, query), query.now, enough=NEEDED.of(query.plan.environment)
        )
    except GitError as error:
        return Unknown(error.message, transient=False)


def _deployments(change: Change, target: Target, query: FactQuery) -> Iterator[Deployment]:
    """Yield the deployments of a release: the one that runs, and the earlier ones if they are asked
    for.
    """
    enough = NEEDED.of(query.plan.environment)
    back_to = query.now - enough
    running = deployments.current_deployment(
        query.ledger_reader, target, change.after, now=query.now, back_to=back_to
    )
    if running:
        yield running
    yield from deployments.earlier_deployments(
        query.ledger_reader, target, change.after, now=query.now, enough=enough
    )
