"""Looks up who wrote what is released: in the records of all environments, over their whole
history.
"""

from gitops_ci.core import gates
from gitops_ci.core.authors import authors_of
from gitops_ci.model.operation import Change
from gitops_ci.usecases.facts.reader import FactQuery, FactReader
from gitops_ci.usecases.ledger.claims import Claim


class Reader(FactReader):
    """Reads the records of all environments."""

    def read(self, query: FactQuery) -> dict[str, tuple[str, ...]]:
        """Return every author of each release; nothing where no approval asks for them."""
        plan, requesters = query.plan, query.request.actor.requesters
        if not gates.authors_count(plan.operation, plan.environment.approval, requesters):
            return {}
        return {change.app.name: _authors(change, query) for change in plan.changes}


def _authors(change: Change, query: FactQuery) -> tuple[str, ...]:
    claims: list[Claim] = []
    for environment in query.selection.snapshot.config.environments.values():
        target = query.selection.snapshot.target_if_read(change.app, environment)
        if target is None:
            continue
        claims += [
            (target, record)
            for record in query.ledger_reader.claims.bringing(target, change.after)
            if record.release.source_authors
        ]
    # text alone names nobody: a forged record could put an author of its choice where none was
    # known
    return authors_of(
        change.after, [record.release for _, record in query.ledger_reader.verified(claims)]
    )
