"""Pure: times, releases and people in the words of the report; all times are UTC."""

from datetime import UTC, datetime

from gitops_ci.model.commit_dates import LATEST
from gitops_ci.model.release import Release
from gitops_ci.report.html.markup import Markup, element, join

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def date(seconds: int) -> datetime:
    """Return a time, at the nearest one that a date can show."""
    return datetime.fromtimestamp(min(max(seconds, 0), LATEST), UTC)


NONE = "\N{EN DASH}"  # in a cell that has nothing to say


def when(seconds: int | None) -> Markup:
    """Return a time to the minute."""
    if seconds is None:
        return join("unknown")
    moment = date(seconds)
    return element(
        "time", moment.strftime("%Y-%m-%d %H:%M"), datetime=moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    )


def length(seconds: int) -> str:
    """Return a length of time in its largest unit, in two where one would be rough."""
    seconds = max(seconds, 0)
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        hours, minutes = divmod(seconds // _MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{hours} h"
    return f"{seconds // _DAY} d"


def tags(release: Release | None) -> str:
    """Return what a release is called: its tag, or that of each image."""
    return release.label if release else ""


def short(digest: str) -> str:
    """Return the beginning of a digest or commit."""
    return digest.rpartition(":")[2][:12]


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def badge(kind: str, words: str) -> Markup:
    """Return a mark in words and colour; ``kind``: bad, warn, wait, good or plain."""
    return element("span", words, class_=f"badge {kind}")
