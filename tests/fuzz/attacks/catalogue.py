"""Every kind of attack, and how one is tried in a history."""

from collections.abc import Iterator

from tests.fuzz.attacks.claims import CLAIMS
from tests.fuzz.attacks.edits import EDITS
from tests.fuzz.attacks.facts import FACTS
from tests.fuzz.attacks.layout import LAYOUT
from tests.fuzz.attacks.merges import MERGES
from tests.fuzz.attacks.target import Attack, Pushed, Target
from tests.fuzz.history import History, LawBroken
from tests.fuzz.operations import Operation
from tests.fuzz.oracle import Place
from tests.fuzz.steps import Step

ATTACKS: dict[str, Attack] = {**EDITS, **CLAIMS, **MERGES, **LAYOUT, **FACTS}


def attack(history: History, step: Step) -> None:
    """Try an attack: the hook refuses it, and where there is no hook the audit finds it.

    It is tried on the side: what was done honestly goes on as if nothing had been.
    """
    tried = _try(history, step)
    if tried:
        history.counts[f"attack: {step.detail}"] += 1


def land(history: History, step: Step) -> None:
    """Let an attack stay in the history: what is done honestly elsewhere neither hides it nor is
    condemned for it, and nobody promotes what it wrote.
    """
    kind = ATTACKS[step.detail]
    tried = _try(history, step) if kind.lasting else None
    if not tried:
        return
    place, pushed = tried
    history.land(pushed, place)
    history.counts["attack that stayed"] += 1
    if kind.plain and place[1] == "stage":
        _check_no_promotion(history, place[0])


def _check_no_promotion(history: History, app: str) -> None:
    """Expect that an honest promotion does not build on what was never put there."""
    answer = history.server.run(*Operation("promote", "prod", {app: ""}, "alice").words)
    if answer.code != 3 or f"{app} order" not in answer.refused_gates:
        raise LawBroken(f"what an attack wrote into stage may be promoted: {answer.err}")
    history.counts["promotion of an attack"] += 1


def _try(history: History, step: Step) -> tuple[Place, Pushed] | None:
    kind = ATTACKS[step.detail]
    for place in _places(history, step):
        pushed = kind.make(Target(history, place))
        if pushed is not None:
            history.check_refused(pushed, place, audited=kind.audited)
            return place, pushed
    return None


def _places(history: History, step: Step) -> Iterator[Place]:
    """Yield the place that is meant, and others where the attack may be possible if it is not
    there.
    """
    running = sorted(set(history.oracle.places()) - history.oracle.tainted)
    yield from sorted(running, key=lambda place: (place != (step.app, step.environment), place))
    yield from () if running or history.oracle.tainted else [(step.app, "prod")]
