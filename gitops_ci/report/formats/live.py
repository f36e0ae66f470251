"""What Argo CD runs, in words: beside what is wanted, it has to be seen where the two differ."""

from gitops_ci.base.errors import GitopsError
from gitops_ci.model.image_reference import parse_reference
from gitops_ci.model.ledger_views import DeploymentStatus, LiveStatus
from gitops_ci.report.formats.releases import tag_of


def state_text(status: DeploymentStatus) -> str:
    """Return state and tags in one line, '' where Argo CD was not asked."""
    live = status.live
    if live is None:
        return ""
    if live.problem and not live.sync:
        return live.problem
    parts = [live.sync or "not compared", live.health or "no health"]
    running = tags(status)
    if running and running != [tag_of(status.release)]:
        parts.append(f"runs {', '.join(running)}")
    return " ".join(parts) + (f": {live.problem}" if live.problem else "")


def is_healthy(live: LiveStatus) -> bool:
    """Tell whether Argo CD has nothing to complain of."""
    return live.sync == "Synced" and live.health == "Healthy" and not live.problem


def tags(status: DeploymentStatus) -> list[str]:
    """Return the tags that run of the release's own images; during a rollout the old ones run
    beside the new ones.
    """
    if status.live is None or status.release is None:
        return []
    repositories = {image.repository for image in status.release.images}
    running: dict[str, None] = {}
    for text in status.live.images:
        try:
            reference = parse_reference(text)
        except GitopsError:
            continue
        if reference.repository in repositories and reference.tag:
            running[reference.tag] = None
    return list(running)
