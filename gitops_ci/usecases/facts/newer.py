"""Late builds: a build that ends after a newer one of the same job must not replace it."""

import re

from gitops_ci.model.operation import Change, Request
from gitops_ci.model.release import Release
from gitops_ci.usecases.facts.reader import FactQuery, FactReader

_BUILD = re.compile(r"(?P<job>.+?)/(?P<number>[0-9]{1,18})/?")
_NUMBERED = re.compile(r"([0-9]{1,18})(?:-[0-9a-f]{7,40})?")


class Reader(FactReader):
    """Compares the build that runs with the caller's."""

    def read(self, query: FactQuery) -> dict[str, str]:
        """Return the running build of the same job that is newer than the caller's."""
        targets = query.targets
        build = _callers_build(query.request)
        if query.request.allow_older or build is None:
            return {}
        changes = [change for change in query.plan.changes if not _has_newer_tag(change, build[1])]
        running = query.ledger_reader.newest([targets[change.app.name] for change in changes])
        return {
            app: f"{record.release.build_url} (commit {record.commit[:12]})"
            for app, record in running.items()
            if _is_newer(record.release, build)
            and record.release.same_content(targets[app].release)
        }


def _callers_build(request: Request) -> tuple[str, int] | None:
    url = request.release.build_url if request.release else None
    return _build(url or request.actor.build_url)


def _is_newer(running: Release, build: tuple[str, int]) -> bool:
    """Tell whether a release was built by a later build of the same job."""
    own = _build(running.build_url)
    return own is not None and own[0] == build[0] and own[1] > build[1]


def _build(url: str | None) -> tuple[str, int] | None:
    """Split a Jenkins build URL into the job's URL and the build number."""
    match = _BUILD.fullmatch(url) if url else None
    return (match.group("job"), int(match.group("number"))) if match else None


def _has_newer_tag(change: Change, number: int) -> bool:
    """Tell from the tags alone: both start with their build number, which spares reading the
    history.
    """
    before, after = (
        {_build_number(image.tag) for image in release.images}
        for release in (change.before, change.after)
    )
    if after != {number}:
        return False
    return all(old is not None and old < number for old in before)


def _build_number(tag: str) -> int | None:
    match = _NUMBERED.fullmatch(tag)
    return int(match.group(1)) if match else None
