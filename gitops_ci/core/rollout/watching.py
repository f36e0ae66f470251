"""What is known of one application that is waited for, and what to do next: without a clock or a
server.

Times are seconds of one monotonic clock; None is never.
"""

from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec.structs import replace

from gitops_ci.core.rollout.arrival import DONE, FAILED, TIMEOUT, UNAVAILABLE, Ending
from gitops_ci.core.rollout.document import Live
from gitops_ci.core.rollout.expectation import RolloutJudgement, State

LOOK_AGAIN = 30.0  # seconds after which something is asked for again when nothing moves
_CONFIRM = 5.0  # seconds after which a failed comparison is asked for again
# how often something else may answer in the beginning, or refuse us afterwards, before it is
# believed: a proxy says so while the server restarts, the server while it can't ask Kubernetes
_TOLERATED = 3
_SYNCS = 3  # how often a sync is started
_SLOW = 20.0  # seconds of Progressing after which the resources are asked what keeps it
LONGEST_PAUSE = 30.0  # seconds between two tries of a server that does not answer

Failure = Literal["no-argocd", "absent", "hidden", "login"]


class WatchRules(msgspec.Struct, frozen=True):
    """How one application is waited for, in seconds; ``seconds`` is the whole time, ``sync``:
    start the sync where nothing else does.
    """

    stable: float
    patience: float
    poll: float
    seconds: float
    sync: bool = False


class WatchState(msgspec.Struct, frozen=True):
    """``judgement`` of the last answer ``live``; it is in ``phase`` ``since`` then.

    ``asked``: a comparison was asked for; ``compared``: its answer came; ``silent``: the controller
    does not answer. ``lost``: the server has not answered since then, in ``tries``; ``refusals``
    counts answers that are not believed yet. ``unstarted``: a sync could not be started since then.
    ``hint`` is what the resources say.
    """

    since: float
    phase: State = "going"
    live: Live = Live("", ())
    judgement: RolloutJudgement = RolloutJudgement("going", "nothing is known of it yet")
    asked: float | None = None
    compared: float | None = None
    silent: bool = False
    answered: bool = False
    lost: float | None = None
    tries: int = 0
    refusals: int = 0
    syncs: int = 0
    unstarted: float | None = None
    windows_read: float | None = None
    resources_read: float | None = None
    parent_asked: float | None = None
    hint: str = ""


class End(msgspec.Struct, frozen=True):
    """It is decided; ``degraded``: the resources may say why."""

    ending: Ending
    message: str
    remedy: str = ""
    degraded: bool = False


class StartSync(msgspec.Struct, frozen=True):
    """Start a sync, to ``revision`` or to what the application follows."""

    revision: str | None


class ReadWindows(msgspec.Struct, frozen=True):
    """Look whether a sync window keeps it from being synced."""


Action = End | StartSync | ReadWindows


def due(then: float | None, now: float) -> bool:
    """Tell whether something may be asked again."""
    return then is None or now - then >= LOOK_AGAIN


def needs_comparison(state: WatchState, rules: WatchRules, now: float) -> bool:
    """Tell whether Argo CD has to be asked to compare, and not only for what it knows."""
    if state.asked is None:
        return True
    passed = now - state.asked
    if state.silent or state.lost is not None:
        return passed >= LOOK_AGAIN
    if state.judgement.refresh:
        return passed >= min(_CONFIRM, max(1.0, rules.stable))
    return state.judgement.state == "idle" and passed >= LOOK_AGAIN


def with_contact(state: WatchState) -> WatchState:
    """Return the state after the server answered at all."""
    # nobody knows what became of a comparison that was asked for before the server was lost
    asked = state.asked if state.lost is None else None
    return replace(state, asked=asked, answered=True, lost=None, tries=0, refusals=0)


def with_answer(
    state: WatchState, live: Live, judgement: RolloutJudgement, now: float
) -> WatchState:
    """Return the state after an answer of the application."""
    unanswered = state.asked is not None and (
        state.compared is None or state.compared < state.asked
    )
    state = replace(state, live=live, judgement=judgement, silent=live.refreshing and unanswered)
    if judgement.state != state.phase:
        state = replace(state, phase=judgement.state, since=now)
    return state if _progresses(state) else replace(state, hint="")


def _progresses(state: WatchState) -> bool:
    return state.live.health == "Progressing" and state.judgement.state == "going"


def needs_resources(state: WatchState, now: float) -> bool:
    """Tell whether to ask what keeps a rollout: a Deployment is Progressing for ten minutes before
    it is Degraded, its pods know at once.
    """
    return _progresses(state) and now - state.since >= _SLOW and due(state.resources_read, now)


def shown(state: WatchState, rules: WatchRules) -> str:
    """Return in words where it stands."""
    judgement = state.judgement
    if state.silent:
        return f"{judgement.reason}; the controller does not answer"
    if judgement.state == "done" and rules.stable:
        commit = judgement.revision[:12]
        return f"{judgement.reason} at {commit}, has to stay so for {rules.stable:g} s"
    return judgement.reason + (f" ({state.hint})" if state.hint else "")


def decide(state: WatchState, rules: WatchRules, now: float) -> Action | None:
    """Return what an answer asks for; None: wait for the next one."""
    if state.judgement.retry and rules.sync and state.syncs == 0 and not state.live.running:
        return _sync(state)
    return _DECISIONS.get(state.judgement.state, _blocked)(state, rules, now)


def _done(state: WatchState, rules: WatchRules, now: float) -> Action | None:
    judgement = state.judgement
    if now - state.since < rules.stable:
        return None
    return End(DONE, f"{judgement.reason} at {judgement.revision[:12]}")


def _failed(state: WatchState, rules: WatchRules, now: float) -> Action | None:
    return End(FAILED, state.judgement.reason, state.judgement.remedy)


def _failing(state: WatchState, rules: WatchRules, now: float) -> Action | None:
    judgement = state.judgement
    # a comparison that failed has to fail again after it was asked for anew
    compared = state.compared is not None and state.compared > state.since
    if now - state.since < rules.stable or (judgement.refresh and not compared):
        return None
    return End(FAILED, judgement.reason, judgement.remedy, judgement.degraded)


def _unavailable(state: WatchState, rules: WatchRules, now: float) -> Action | None:
    lasted = now - state.since
    if lasted < rules.patience:
        return None
    return End(
        UNAVAILABLE,
        f"{state.judgement.reason} (for {lasted:.0f} s)",
        "try again when Argo CD reaches what it needs",
    )


def _manual(state: WatchState, rules: WatchRules, now: float) -> Action | None:
    if rules.sync:
        return _sync(state)
    return None if state.judgement.stepped else _failed(state, rules, now)


def _blocked(state: WatchState, rules: WatchRules, now: float) -> Action | None:
    long = state.judgement.blocked and now - state.since >= rules.poll
    return ReadWindows() if long and due(state.windows_read, now) else None


_DECISIONS: dict[State, Callable[[WatchState, WatchRules, float], Action | None]] = {
    "done": _done,
    "failed": _failed,
    "failing": _failing,
    "unavailable": _unavailable,
    "manual": _manual,
}


def _sync(state: WatchState) -> Action:
    live = state.live
    if state.syncs >= _SYNCS:
        message = f"{state.judgement.reason} after {_SYNCS} syncs"
        return End(FAILED, message, "look at the application in Argo CD")
    # an application that syncs by itself takes no other revision than its own; ours is none that a
    # hydrator wrote
    own = not live.automated and not live.hydrated and len(live.sources) == 1
    return StartSync(state.judgement.revision if own else None)


def believes(state: WatchState, failure: Failure) -> bool:
    """Tell whether a refusal ends the waiting, or may pass by itself."""
    if failure == "absent":
        return True
    if failure == "no-argocd":
        return not state.answered and state.refusals >= _TOLERATED
    return not state.answered or state.refusals >= _TOLERATED


def without_contact(state: WatchState, now: float) -> WatchState:
    """Return the state after a try that got no answer."""
    lost = now if state.lost is None else state.lost
    # what was not looked at did not stay as it was
    return replace(state, lost=lost, tries=state.tries + 1, phase="going", since=now)


def pause(state: WatchState, rules: WatchRules, now: float, chance: float) -> float:
    """Return the seconds until the next question; ``chance`` from 0 to 1 keeps many who wait from
    asking at once.
    """
    if state.lost is not None:
        doubled = min(LONGEST_PAUSE, rules.poll * 2.0 ** min(state.tries - 1, 3))
        return doubled * (0.5 + 0.5 * chance)
    if state.judgement.state in {"done", "failing"}:
        return min(rules.poll, max(0.05, rules.stable - (now - state.since)))
    return rules.poll * (0.8 + 0.2 * chance)


def time_over(state: WatchState, rules: WatchRules, said: str, now: float) -> End:
    """Return the end when the whole time is over; ``said`` is what was told last."""
    within = f"within {rules.seconds:g} s"
    judgement = state.judgement
    if state.lost is not None and (not state.answered or now - state.lost >= _CONFIRM):
        remedy = "try again; see whether Argo CD is up"
        return End(UNAVAILABLE, f"{said} ({within} no answer)", remedy)
    if state.silent:
        return End(
            UNAVAILABLE,
            f"the controller of Argo CD did not answer {within}; before that: {judgement.reason}",
            "see whether the application controller runs, then wait again",
        )
    if judgement.state == "unavailable":
        remedy = "try again when Argo CD reaches what it needs"
        return End(UNAVAILABLE, judgement.reason, remedy)
    message = f"timed out after {rules.seconds:g} s: {shown(state, rules)}"
    return End(TIMEOUT, message, judgement.remedy)
