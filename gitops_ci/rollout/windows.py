"""Sync windows: whether they keep an application from being synced, and until when where that can be told."""

import msgspec

from gitops_ci.redaction import one_line
from gitops_ci.rollout.cron import closes


class Blocked(msgspec.Struct, frozen=True):
    """``until``: seconds since the epoch, None where it is not known."""

    words: str
    until: float | None = None


def blocked(found: dict[str, object], now: float, *, manual: bool = False) -> Blocked | None:
    """Return what blocks an application by the answer to ``/syncwindows``; None where it can be synced.

    ``manual``: somebody starts the sync, which some windows allow.
    """
    if found.get("canSync") is not False and not manual:
        return None
    active = [each for each in _windows(found.get("activeWindows")) if each.get("kind") == "deny"]
    if active:
        named = "; ".join(_named(each) for each in active[:3])
        parts = ("schedule", "duration", "timeZone")
        ends = [closes(now, *(_text(each.get(part)) for part in parts)) for each in active]
        until = None if any(end is None for end in ends) else max(end for end in ends if end is not None)
        return Blocked(f"a sync window denies it ({named}){_until(until)}", until)
    allowed = [each for each in _windows(found.get("assignedWindows")) if each.get("kind") == "allow"]
    named = "; ".join(_named(each) for each in allowed[:3])
    return Blocked(f"no sync window allows it now ({named or 'none is said'})")


def _until(until: float | None) -> str:
    if until is None:
        return ""
    from datetime import UTC, datetime

    return f", until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"


def _named(window: dict[str, object]) -> str:
    return f"{_text(window.get('kind'))} {_text(window.get('schedule'))} for {_text(window.get('duration'))}"


def _windows(value: object) -> list[dict[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return one_line(value[:100]) if isinstance(value, str) else ""
