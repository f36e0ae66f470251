"""Every kind of attack, and how one is tried in a history."""

from collections.abc import Iterator

from tests.fuzz.attacks.claims import CLAIMS
from tests.fuzz.attacks.edits import EDITS
from tests.fuzz.attacks.layout import LAYOUT
from tests.fuzz.attacks.merges import MERGES
from tests.fuzz.attacks.target import Attack, Target
from tests.fuzz.history import History
from tests.fuzz.oracle import Place
from tests.fuzz.steps import Step

ATTACKS: dict[str, Attack] = {**EDITS, **CLAIMS, **MERGES, **LAYOUT}


def attack(history: History, step: Step) -> None:
    """Try an attack: the hook refuses it, and where there is no hook the audit finds it.

    It is tried on the side: what was done honestly goes on as if nothing had been.
    """
    kind = ATTACKS[step.detail]
    for place in _places(history, step):
        pushed = kind.make(Target(history, place))
        if pushed is not None:
            history.check_refused(pushed, place, audited=kind.audited)
            history.counts[f"attack: {step.detail}"] += 1
            return


def _places(history: History, step: Step) -> Iterator[Place]:
    """Yield the place that is meant, and others where the attack may be possible if it is not
    there.
    """
    running = [place for place in history.oracle.places() if history.oracle.tag(place)]
    yield from sorted(running, key=lambda place: (place != (step.app, step.environment), place))
    yield from () if running else [(step.app, "prod")]
