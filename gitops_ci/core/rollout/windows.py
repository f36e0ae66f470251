"""Sync windows: whether they keep an application from being synced, and until when where that can
be told.
"""

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.rollout.cron import closes, opens


class Blocked(msgspec.Struct, frozen=True):
    """``until``: seconds since the epoch, None where it is not known."""

    words: str
    until: float | None = None


def blocked(found: dict[str, object], now: float, *, manual: bool = False) -> Blocked | None:
    """Return what blocks an application by the answer to ``/syncwindows``; None where it can be
    synced.

    ``manual``: somebody starts the sync, which some windows allow. ``canSync`` is about that alone:
    an application that syncs by itself is kept by every window that denies, and by windows that
    allow while none of them is open.
    """
    active, assigned = _windows(found.get("activeWindows")), _windows(found.get("assignedWindows"))
    denied = [each for each in active if each.get("kind") == "deny"]
    allowed = [each for each in assigned if each.get("kind") == "allow"]
    closed = bool(allowed) and not any(each.get("kind") == "allow" for each in active)
    if not (manual or denied or closed or found.get("canSync") is False):
        return None
    by_hand = (
        "; a sync that somebody starts is allowed"
        if found.get("canSync") is True and not manual
        else ""
    )
    if denied:
        named = "; ".join(_named(each) for each in denied[:3])
        until = _last(
            [closes(now, *_texts(each, "schedule", "duration", "timeZone")) for each in denied]
        )
        return Blocked(f"a sync window denies it ({named}){_until(until)}{by_hand}", until)
    named = "; ".join(_named(each) for each in allowed[:3])
    coming = [opens(now, *_texts(each, "schedule", "timeZone")) for each in allowed]
    until = min((each for each in coming if each is not None), default=None)
    return Blocked(
        f"no sync window allows it now ({named or 'none is said'}){_until(until)}{by_hand}", until
    )


def _last(ends: list[float | None]) -> float | None:
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _texts(window: dict[str, object], *names: str) -> list[str]:
    return [_text(window.get(name)) for name in names]


def _until(until: float | None) -> str:
    if until is None:
        return ""
    from datetime import UTC, datetime

    return f", until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"


def _named(window: dict[str, object]) -> str:
    return (
        f"{_text(window.get('kind'))} {_text(window.get('schedule'))} for "
        f"{_text(window.get('duration'))}"
    )


def _windows(value: object) -> list[dict[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return one_line(value[:100]) if isinstance(value, str) else ""
