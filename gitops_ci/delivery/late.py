"""Late builds: a build that ends after a newer one of the same job must not replace it."""

import re
from collections.abc import Mapping

from gitops_ci.delivery.past import Past
from gitops_ci.operation import Change, Plan, Request, Target

_BUILD = re.compile(r"(?P<job>.+?)/(?P<number>[0-9]{1,18})/?")
_NUMBERED = re.compile(r"([0-9]{1,18})(?:-[0-9a-f]{7,40})?")


def newer_builds(plan: Plan, request: Request, targets: Mapping[str, Target], past: Past) -> dict[str, str]:
    """Return, by application, the running build of the same job that is newer than the caller's."""
    url = (request.release.build_url if request.release else None) or request.actor.build_url
    build = _build(url)
    if not plan.kind.writes_build or request.allow_older or build is None:
        return {}
    asked = [targets[change.app.name] for change in plan.changes if not _plainly_newer(change, build[1])]
    found = {}
    for name, record in past.newest(asked).items():
        running = _build(record.release.build_url)
        if running and running[0] == build[0] and running[1] > build[1] and record.release.same_content(targets[name].release):
            found[name] = f"{record.release.build_url} (commit {record.commit[:12]})"
    return found


def _build(url: str | None) -> tuple[str, int] | None:
    """Split a Jenkins build URL into the job's URL and the build number."""
    match = _BUILD.fullmatch(url) if url else None
    return (match.group("job"), int(match.group("number"))) if match else None


def _plainly_newer(change: Change, number: int) -> bool:
    """Tell from the tags alone: both start with their build number, which spares reading the history."""
    before, after = ({_leading(image.tag) for image in release.images} for release in (change.before, change.after))
    if after != {number}:
        return False
    return all(old is not None and old < number for old in before)


def _leading(tag: str) -> int | None:
    match = _NUMBERED.fullmatch(tag)
    return int(match.group(1)) if match else None
