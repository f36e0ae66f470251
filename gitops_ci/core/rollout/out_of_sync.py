"""An application at the commit of the release whose resources are not what that says."""

from gitops_ci.core.rollout.document import Live
from gitops_ci.core.rollout.expectation import RolloutJudgement

_SHOWN = 5  # resources by name


def out_of_sync(live: Live, revision: str, *, applied: bool) -> RolloutJudgement:
    """Judge an answer at ``revision`` that is not Synced; ``applied``: nothing is left to apply."""
    if live.sync != "OutOfSync":
        return RolloutJudgement("idle", f"not compared yet (sync {live.sync or 'unknown'})")
    words = f"OutOfSync{_differing(live)}"
    if applied:
        return _applied(live, words)
    skipped = _skipped_sync(live, revision)
    if skipped:
        return RolloutJudgement(
            "failing", f"{words}: {skipped}", "see the application in Argo CD", retry=True
        )
    if live.stepped:
        return RolloutJudgement(
            "manual",
            f"{words}: its ApplicationSet syncs it when its step comes (RollingSync), "
            "or somebody does",
            "see the steps of the ApplicationSet",
            stepped=True,
        )
    if not live.automated:
        return RolloutJudgement(
            "manual",
            f"{words}: it does not sync by itself",
            "start the sync with --sync (the token needs applications,sync), or in Argo CD",
        )
    return RolloutJudgement("idle", f"{words}, and no sync has begun", blocked=True)


def only_to_prune(live: Live) -> bool:
    """Tell whether nothing is left to be applied.

    Who syncs without pruning never begins a sync for that.
    """
    left = [part for part in live.parts if part.sync not in {"Synced", ""}]
    return live.automated and not live.prunes and bool(left) and all(part.pruned for part in left)


def _applied(live: Live, words: str) -> RolloutJudgement:
    if any(part.pruned for part in live.parts):
        remedy = "some of it would have to be pruned"
    else:
        remedy = "--allow-out-of-sync accepts it where it is always so"
    return RolloutJudgement("going", f"applied, but still {words}", remedy, refresh=True)


def _differing(live: Live) -> str:
    names = [part.name for part in live.parts if part.sync == "OutOfSync"]
    if not names:
        return ""
    more = " ..." if len(names) > _SHOWN else ""
    return f": {', '.join(names[:_SHOWN])}{more}"


def _skipped_sync(live: Live, revision: str) -> str | None:
    """Return why Argo CD does not sync a revision again by itself.

    "to []": a sync that ended without any result keeps every later commit from being synced too.
    """
    for kind, message in live.conditions:
        about = revision in message or "last sync attempt to []" in message
        if kind == "SyncError" and about:
            return message
    return None
