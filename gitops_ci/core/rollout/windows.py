"""Sync windows: whether they keep an application from being synced, and until when where that can
be told.
"""

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core.rollout.cron import closes, opens

Window = dict[str, object]  # as Argo CD's API describes it


class Blocked(msgspec.Struct, frozen=True):
    """``until``: seconds since the epoch, None where it is not known."""

    words: str
    until: float | None = None


def blocked(answer: dict[str, object], now: float, *, manual: bool = False) -> Blocked | None:
    """Return what blocks an application by the answer to ``/syncwindows``; None where it can be
    synced.

    ``manual``: somebody starts the sync, which some windows allow. ``canSync`` is about that alone:
    an application that syncs by itself is kept by every window that denies, and by windows that
    allow while none of them is open.
    """
    active = _windows(answer.get("activeWindows"))
    denying = _of_kind(active, "deny")
    allowing = _of_kind(_windows(answer.get("assignedWindows")), "allow")
    can_sync = answer.get("canSync")
    closed = bool(allowing) and not _of_kind(active, "allow")
    if not (manual or denying or closed or can_sync is False):
        return None
    by_hand = "" if manual or can_sync is not True else "; a sync that somebody starts is allowed"
    if denying:
        until = _last_end(denying, now)
        words = f"a sync window denies it ({_names(denying)})"
    else:
        until = _first_start(allowing, now)
        words = f"no sync window allows it now ({_names(allowing) or 'none is said'})"
    return Blocked(f"{words}{_until(until)}{by_hand}", until)


def _last_end(windows: list[Window], now: float) -> float | None:
    """Return when the last of some open windows closes, None where that of any is not known."""
    ends = [closes(now, *_texts(window, "schedule", "duration", "timeZone")) for window in windows]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _first_start(windows: list[Window], now: float) -> float | None:
    starts = [opens(now, *_texts(window, "schedule", "timeZone")) for window in windows]
    return min((start for start in starts if start is not None), default=None)


def _of_kind(windows: list[Window], kind: str) -> list[Window]:
    return [window for window in windows if window.get("kind") == kind]


def _texts(window: Window, *keys: str) -> list[str]:
    return [_text(window.get(key)) for key in keys]


def _until(until: float | None) -> str:
    if until is None:
        return ""
    from datetime import UTC, datetime

    return f", until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"


def _names(windows: list[Window]) -> str:
    texts = [_texts(window, "kind", "schedule", "duration") for window in windows[:3]]
    return "; ".join(f"{kind} {schedule} for {duration}" for kind, schedule, duration in texts)


def _windows(value: object) -> list[Window]:
    windows = value if isinstance(value, list) else []
    return [window for window in windows if isinstance(window, dict)]


def _text(value: object) -> str:
    return one_line(value[:100]) if isinstance(value, str) else ""
