"""Times as people read them. Pure."""

from datetime import UTC, datetime

from gitops_ci.model.commit_dates import LATEST


def time_words(seconds: int | None) -> str:
    """Return a time of the epoch to the minute in UTC, '' for None."""
    return _at(seconds).strftime("%Y-%m-%d %H:%M") if seconds is not None else ""


def iso(seconds: int | None) -> str | None:
    """Return a time of the epoch in ISO 8601, in UTC."""
    return _at(seconds).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds is not None else None


def _at(seconds: int) -> datetime:
    # a commit may claim any time: what a date can't say becomes the nearest that it can
    return datetime.fromtimestamp(min(max(seconds, 0), LATEST), UTC)
