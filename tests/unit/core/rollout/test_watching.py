"""What is done about one application that is waited for, second by second, without waiting."""

import pytest
from msgspec.structs import replace

from gitops_ci.core.rollout.document import ApplicationSource, Live
from gitops_ci.core.rollout.expectation import RolloutJudgement
from gitops_ci.core.rollout.watching import (
    Action,
    End,
    Failure,
    ReadWindows,
    StartSync,
    WatchRules,
    WatchState,
    believes,
    decide,
    needs_comparison,
    needs_resources,
    pause,
    shown,
    time_over,
    with_answer,
    with_contact,
    without_contact,
)

RULES = WatchRules(stable=5.0, patience=120.0, poll=3.0, seconds=600.0)
SYNCING = replace(RULES, sync=True)
COMMIT = "c0ffee" * 7
SOURCE = ApplicationSource("https://git.example.com/gitops.git", "main", COMMIT)
LIVE = Live("demo", (SOURCE,))
DONE = RolloutJudgement("done", "Synced and Healthy", revision=COMMIT)
IDLE = RolloutJudgement("idle", "waits for the commit", revision=COMMIT)
FAILING = RolloutJudgement("failing", "no such values file", "correct it", refresh=True)
DEGRADED = RolloutJudgement("failing", "Synced, but Degraded", degraded=True)
MANUAL = RolloutJudgement("manual", "OutOfSync", "start the sync", revision=COMMIT)
SYNC_FAILED = RolloutJudgement("failed", "the sync failed", "see Argo CD", COMMIT, retry=True)
GONE = RolloutJudgement("unavailable", "Argo CD does not reach Git")
BLOCKED = RolloutJudgement("idle", "OutOfSync, and no sync has begun", blocked=True)


def state(judgement: RolloutJudgement, live: Live = LIVE, **fields: float) -> WatchState:
    """Return what is known after one answer, at second 100."""
    known = with_answer(WatchState(0.0), live, judgement, 100.0)
    return replace(known, **fields)


@pytest.mark.parametrize(
    ("judgement", "rules", "now", "action"),
    [
        (DONE, RULES, 104.9, None),
        (DONE, RULES, 105.0, End("done", f"Synced and Healthy at {COMMIT[:12]}")),
        (DEGRADED, RULES, 104.9, None),
        (DEGRADED, RULES, 105.0, End("failed", "Synced, but Degraded", "", degraded=True)),
        (SYNC_FAILED, RULES, 100.0, End("failed", "the sync failed", "see Argo CD")),
        (SYNC_FAILED, SYNCING, 100.0, StartSync(COMMIT)),
        (MANUAL, RULES, 100.0, End("failed", "OutOfSync", "start the sync")),
        (MANUAL, SYNCING, 100.0, StartSync(COMMIT)),
        (replace(MANUAL, stepped=True), RULES, 500.0, None),
        (replace(MANUAL, stepped=True), SYNCING, 100.0, StartSync(COMMIT)),
        (GONE, RULES, 219.9, None),
        (BLOCKED, RULES, 102.9, None),
        (BLOCKED, RULES, 103.0, ReadWindows()),
        (IDLE, RULES, 500.0, None),
    ],
)
def test_what_an_answer_asks_for(
    judgement: RolloutJudgement, rules: WatchRules, now: float, action: Action | None
) -> None:
    assert decide(state(judgement), rules, now) == action


def test_what_argocd_lacks_is_borne_for_the_patience_and_no_longer() -> None:
    end = decide(state(GONE), RULES, 220.0)
    assert isinstance(end, End)
    assert (end.ending, end.message) == (
        "unavailable",
        "Argo CD does not reach Git (for 120 s)",
    )


def test_a_comparison_that_failed_counts_only_after_it_has_failed_again() -> None:
    failing = state(FAILING)
    assert decide(failing, RULES, 200.0) is None
    assert decide(replace(failing, compared=99.0), RULES, 200.0) is None
    end = decide(replace(failing, compared=101.0), RULES, 200.0)
    assert end == End("failed", "no such values file", "correct it")


def test_a_failed_sync_is_started_once_more_and_a_manual_one_three_times() -> None:
    assert isinstance(decide(state(SYNC_FAILED, syncs=1), SYNCING, 100.0), End)
    assert isinstance(decide(state(MANUAL, syncs=2), SYNCING, 100.0), StartSync)
    end = decide(state(MANUAL, syncs=3), SYNCING, 100.0)
    assert end == End("failed", "OutOfSync after 3 syncs", "look at the application in Argo CD")


@pytest.mark.parametrize(
    "live",
    [
        replace(LIVE, automated=True),
        replace(LIVE, hydrated=True),
        replace(LIVE, sources=(SOURCE, SOURCE)),
    ],
)
def test_a_sync_names_no_revision_where_ours_is_not_the_one_to_be_taken(live: Live) -> None:
    assert decide(state(MANUAL, live), SYNCING, 100.0) == StartSync(None)


def test_windows_are_read_again_after_half_a_minute() -> None:
    blocked = state(BLOCKED, windows_read=110.0)
    assert decide(blocked, RULES, 139.9) is None
    assert decide(blocked, RULES, 140.0) == ReadWindows()


@pytest.mark.parametrize(
    ("known", "now", "needed"),
    [
        (WatchState(0.0), 0.0, True),
        (state(IDLE, asked=100.0), 129.9, False),
        (state(IDLE, asked=100.0), 130.0, True),
        (state(FAILING, asked=100.0), 104.9, False),
        (state(FAILING, asked=100.0), 105.0, True),
        (state(DONE, asked=100.0), 500.0, False),
        (state(DONE, asked=100.0, lost=101.0), 130.0, True),
    ],
)
def test_when_argocd_has_to_compare(known: WatchState, now: float, needed: bool) -> None:
    assert needs_comparison(known, RULES, now) is needed


def test_a_server_that_answers_again_is_asked_to_compare_at_once() -> None:
    lost = without_contact(state(IDLE, asked=100.0), 101.0)
    assert needs_comparison(with_contact(lost), RULES, 102.0)


def test_what_was_not_looked_at_did_not_stay_as_it_was() -> None:
    lost = without_contact(state(DONE), 104.0)
    again = with_answer(with_contact(lost), LIVE, DONE, 106.0)
    assert decide(again, RULES, 110.9) is None
    assert isinstance(decide(again, RULES, 111.0), End)


@pytest.mark.parametrize(
    ("failure", "answered", "refusals", "believed"),
    [
        ("no-argocd", False, 2, False),
        ("no-argocd", False, 3, True),
        ("no-argocd", True, 9, False),
        ("login", False, 1, True),
        ("login", True, 2, False),
        ("login", True, 3, True),
        ("hidden", True, 2, False),
        ("hidden", False, 1, True),
        ("absent", True, 1, True),
    ],
)
def test_a_refusal_is_believed_when_it_can_not_be_a_restart(
    failure: Failure, answered: bool, refusals: int, believed: bool
) -> None:
    known = replace(WatchState(0.0), answered=answered, refusals=refusals)
    assert believes(known, failure) is believed


def test_the_resources_are_asked_when_a_rollout_takes_long_and_then_now_and_then() -> None:
    going = RolloutJudgement("going", "Synced, Progressing")
    known = state(going, replace(LIVE, health="Progressing"))
    begun = known.since
    assert not needs_resources(known, begun + 19.9)
    assert needs_resources(known, begun + 20.0)
    assert not needs_resources(replace(known, resources_read=begun + 20.0), begun + 49.9)
    assert needs_resources(replace(known, resources_read=begun + 20.0), begun + 50.0)


def test_a_hint_lasts_as_long_as_what_it_explains() -> None:
    going = RolloutJudgement("going", "Synced, Progressing")
    progressing = replace(LIVE, health="Progressing")
    known = replace(state(going, progressing), hint="web-1: ImagePullBackOff")
    assert shown(known, RULES) == "Synced, Progressing (web-1: ImagePullBackOff)"
    assert with_answer(known, progressing, going, 130.0).hint
    assert not with_answer(known, replace(LIVE, health="Healthy"), DONE, 130.0).hint


def test_a_controller_that_does_not_take_up_a_comparison_is_told_of() -> None:
    asked = state(IDLE, asked=100.0, compared=99.0)
    silent = with_answer(asked, replace(LIVE, refreshing=True), IDLE, 110.0)
    assert shown(silent, RULES) == "waits for the commit; the controller does not answer"
    assert time_over(silent, RULES, "", 700.0).ending == "unavailable"
    compared = with_answer(
        replace(asked, compared=101.0), replace(LIVE, refreshing=True), IDLE, 110.0
    )
    assert shown(compared, RULES) == "waits for the commit"


@pytest.mark.parametrize(
    ("known", "ending", "message"),
    [
        (state(IDLE), "timeout", "timed out after 600 s: waits for the commit"),
        (state(GONE), "unavailable", "Argo CD does not reach Git"),
        (
            replace(state(IDLE), lost=690.0, answered=True),
            "unavailable",
            "said last (within 600 s no answer)",
        ),
        (
            replace(state(IDLE), lost=699.0, answered=True),
            "timeout",
            "timed out after 600 s: waits for the commit",
        ),
    ],
)
def test_how_it_ends_when_the_time_is_over(known: WatchState, ending: str, message: str) -> None:
    end = time_over(known, RULES, "said last", 700.0)
    assert (end.ending, end.message) == (ending, message)


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_pauses_grow_while_a_server_is_lost_and_end_with_what_has_to_stay(chance: float) -> None:
    lost = [replace(state(IDLE), lost=100.0, tries=tries) for tries in (1, 2, 3, 4, 5)]
    longest = [pause(known, RULES, 100.0, 1.0) for known in lost]
    assert longest == [3.0, 6.0, 12.0, 24.0, 24.0]
    assert all(
        most / 2 <= pause(known, RULES, 100.0, chance) <= most
        for known, most in zip(lost, longest, strict=True)
    )
    assert 2.4 <= pause(state(IDLE), RULES, 100.0, chance) <= 3.0
    assert pause(state(DONE), RULES, 104.0, chance) == 1.0
