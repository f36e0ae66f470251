"""Looks up who wrote what is released: in the records of all environments, over their whole history."""

from gitops_ci import gates
from gitops_ci.authors import authors_of
from gitops_ci.delivery.claims import Claim
from gitops_ci.delivery.past import Past
from gitops_ci.delivery.reading import Scene
from gitops_ci.operation import Actor, Change, Plan


def authors(planned: Plan, actor: Actor, scene: Scene, past: Past) -> dict[str, tuple[str, ...]]:
    """Return every author of each release by application; empty where no approval asks for them."""
    if not gates.authors_count(planned.operation, planned.environment.approval, actor.requesters):
        return {}
    return {change.app.name: _authors(change, scene, past) for change in planned.changes}


def _authors(change: Change, scene: Scene, past: Past) -> tuple[str, ...]:
    claims: list[Claim] = []
    for environment in scene.snapshot.config.environments.values():
        target = scene.snapshot.target_if_read(change.app, environment)
        if target is None:
            continue
        claims += [(target, record) for record in past.claims.bringing(target, change.after) if record.release.source_authors]
    # text alone names nobody: a forged record could put an author of its choice where none was known
    return authors_of(change.after, [record.release for _, record in past.verified(claims)])
