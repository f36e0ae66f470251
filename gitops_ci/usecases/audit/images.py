"""Asks the registries whether every digest that was ever promoted still exists."""

from gitops_ci.adapters import registry
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.replay import Replay
from gitops_ci.model.deployment import Deployment
from gitops_ci.model.image_reference import ImageReference, parse_reference
from gitops_ci.model.ledger_views import NOTICE, VIOLATION, Finding
from gitops_ci.model.release import Known
from gitops_ci.usecases.location import RepositoryLocation

Used = dict[ImageReference, tuple[str, str, Deployment]]


def image_findings(
    replay: Replay, location: RepositoryLocation, deadline: Deadline
) -> list[Finding]:
    """Return what no longer exists, and what could not be asked; an image that runs nowhere any
    more is a notice.
    """
    used = _used(replay)
    findings = []
    for reference, fact in registry.digests_of(list(used), location.registry, deadline).items():
        app, environment, deployment = used[reference]
        commit, time = "", deployment.since
        if deployment.record:
            commit, time = deployment.record.commit, deployment.record.time
        if not isinstance(fact, Known):
            message = f"{reference}: {one_line(fact.reason)}"
            findings.append(
                Finding(NOTICE, "image-unreachable", commit, time, app, environment, message)
            )
        elif fact.value is None:
            runs = deployment.until is None
            message = (
                f"{reference}, which {'runs' if runs else 'ran'} in {environment}, does not "
                "exist in its registry any more"
            )
            remedy = (
                "push or copy it there again, and keep the registry from deleting what was promoted"
            )
            severity = VIOLATION if runs else NOTICE
            findings.append(
                Finding(severity, "image-missing", commit, time, app, environment, message, remedy)
            )
    return findings


def _used(replay: Replay) -> Used:
    """Return the images by digest, with where each runs, or else ran."""
    found: Used = {}
    for (app, environment), state in replay.states.items():
        for deployment in state.deployments:
            for image in deployment.release.images:
                if image.repository and image.digest:
                    used = (app, environment, deployment)
                    _note(found, f"{image.repository}@{image.digest}", used)
    return found


def _note(found: Used, text: str, use: tuple[str, str, Deployment]) -> None:
    try:
        reference = parse_reference(text)
    except GitopsError:
        return
    if reference not in found or use[2].until is None:
        found[reference] = use
