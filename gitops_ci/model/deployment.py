"""Pure: what ran in an environment, and what follows for a promotion: how long it ran, and whether
it was withdrawn.
"""

from collections.abc import Iterable

import msgspec

from gitops_ci.model.operation import Record
from gitops_ci.model.release import Release


class Withdrawal(msgspec.Struct, frozen=True):
    """A release was rolled back from an environment: the commit, who asked for it, and why."""

    commit: str
    by: str | None
    reason: str | None


class Deployment(msgspec.Struct, frozen=True):
    """A release in an environment from ``since`` to ``until`` (None: it still runs), in seconds
    since the epoch.

    ``commit`` brought it to the branch, or is the oldest one that was looked at. ``record``: the
    operation that brought it, as far as anybody looked; ``adopted``: it was there when the audit
    began; ``withdrawal``: a rollback ended it. ``former`` are the same images under the tags that
    operations gave them before. ``fault`` says what was wrong with the operation, '' for nothing.
    """

    release: Release
    since: int
    until: int | None = None
    commit: str = ""
    record: Record | None = None
    adopted: bool = False
    withdrawal: Withdrawal | None = None
    former: tuple[Release, ...] = ()
    fault: str = ""

    def had(self, release: Release) -> bool:
        """Tell whether it is one of a release by the tags too, which a chart may prefer."""
        return any(release.satisfies(each) for each in (self.release, *self.former))

    def of(self, release: Release) -> bool:
        """Tell whether it is one of a release: its images, in the same order."""
        return self.release.same_content(release)


class Soak(msgspec.Struct, frozen=True):
    """The longest uninterrupted time in seconds that a release ran in ``from``.

    ``since`` is set while it runs there: the time from which on it has, in seconds since the epoch.
    """

    seconds: int
    since: int | None = None


def soak_of(deployments: Iterable[Deployment], now: int, enough: int | None = None) -> Soak:
    """Return how long one release ran without interruption, of its deployments in any order.

    Once one lasted for ``enough`` seconds the rest is not asked for.
    """
    longest, since = 0, None
    for deployment in deployments:
        end = now if deployment.until is None else min(deployment.until, now)
        longest = max(longest, end - deployment.since)
        if deployment.until is None:
            since = deployment.since
        if enough is not None and longest >= enough:
            break
    return Soak(longest, since)


def deciding_deployment(deployments: Iterable[Deployment], release: Release) -> Deployment | None:
    """Return which deployment, of those of an environment from the newest on, says whether a
    release is withdrawn there.

    It is if that one has a withdrawal. What a person wrote back by hand decides nothing, nor does
    an operation with a fault.
    """
    for deployment in deployments:
        brought = deployment.record and not deployment.fault
        if (deployment.withdrawal or brought) and deployment.of(release):
            return deployment
    return None


def deployments_around(record: Record) -> tuple[Deployment, Deployment]:
    """Return the deployments that a record began and ended, the newer one first."""
    began = Deployment(record.release, record.time, commit=record.commit, record=record)
    withdrawal = None
    if record.kind.goes_back:
        withdrawal = Withdrawal(record.commit, record.requested_by, record.reason)
    ended = Deployment(Release(record.previous), 0, record.time, withdrawal=withdrawal)
    return began, ended
