"""Asks the registries whether every digest that was ever promoted still exists."""

from gitops_ci.adapters import registry
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.audit.state.values_index import Key
from gitops_ci.core.gates.digest import reference_by_digest
from gitops_ci.model.deployment import Deployment
from gitops_ci.model.image_reference import ImageReference
from gitops_ci.model.ledger_views import NOTICE, VIOLATION, Finding
from gitops_ci.model.release import Fact, Known
from gitops_ci.usecases.location import RepositoryLocation

_REMEDY = "push or copy it there again, and keep the registry from deleting what was promoted"


def image_findings(
    replay: Replay, location: RepositoryLocation, deadline: Deadline
) -> list[Finding]:
    """Return what no longer exists, and what could not be asked; an image that runs nowhere any
    more is a notice.
    """
    deployments = _deployments(replay)
    digests = registry.digests_of(list(deployments), location.registry, deadline)
    findings = (
        _finding(reference, fact, *deployments[reference]) for reference, fact in digests.items()
    )
    return list(filter(None, findings))


def _finding(
    reference: ImageReference, fact: Fact, key: Key, deployment: Deployment
) -> Finding | None:
    commit, time = "", deployment.since
    if deployment.record:
        commit, time = deployment.record.commit, deployment.record.time
    if not isinstance(fact, Known):
        message = f"{reference}: {one_line(fact.reason)}"
        return Finding(NOTICE, "image-unreachable", commit, time, *key, message)
    if fact.value is not None:
        return None
    severity, verb = (VIOLATION, "runs") if deployment.until is None else (NOTICE, "ran")
    message = f"{reference}, which {verb} in {key[1]}, does not exist in its registry any more"
    return Finding(severity, "image-missing", commit, time, *key, message, _REMEDY)


def _deployments(replay: Replay) -> dict[ImageReference, tuple[Key, Deployment]]:
    """Return the images by digest, with where each runs, or else ran first."""
    deployments: dict[ImageReference, tuple[Key, Deployment]] = {}
    for key, state in replay.states.items():
        for deployment in state.deployments:
            for reference in filter(None, map(reference_by_digest, deployment.release.images)):
                if reference not in deployments or deployment.until is None:
                    deployments[reference] = (key, deployment)
    return deployments
