"""One thing that was looked at, and what to do about it."""

from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.model.diagnosis import ERROR, OK, WARNING, Check
from gitops_ci.model.release import Unknown


def ok(subject: str, message: str) -> Check:
    """Return a check that found nothing to do."""
    return Check(subject, OK, message)


def warning(subject: str, message: str, remedy: str) -> Check:
    """Return a check that found something that works for now, or is not needed by everybody."""
    return Check(subject, WARNING, message, remedy)


def error(subject: str, message: str, remedy: str) -> Check:
    """Return a check that found what keeps operations from working."""
    return Check(subject, ERROR, message, remedy)


def failed(subject: str, failure: GitopsError) -> Check:
    """Return the check for what an adapter raised."""
    return Check(
        subject, ERROR, failure.message, failure.remedy, isinstance(failure, UnavailableError)
    )


def unknown(subject: str, fact: Unknown, *, required: bool) -> Check:
    """Return the check for a fact that could not be read: a warning where no gate requires it."""
    remedy = "see that the registry is reachable from here, and that the login may pull"
    return Check(
        subject, ERROR if required else WARNING, fact.reason, remedy, fact.transient and required
    )
