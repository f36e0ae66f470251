"""Makes verdicts."""

from msgspec.structs import replace

from gitops_ci.model import Unknown
from gitops_ci.operation import REFUSED, Change, State, Verdict


def verdict(gate: str, change: Change, state: State, reason: str, remedy: str = "", openers: tuple[str, ...] = ()) -> Verdict:
    """Return a verdict on one change."""
    return Verdict(gate, change.app.name, change.environment.name, state, reason, remedy, openers)


def undecided(gate: str, change: Change, fact: Unknown, remedy: str) -> Verdict:
    """Refuse because a fact could not be had."""
    return replace(verdict(gate, change, REFUSED, fact.reason, remedy), cause="unavailable" if fact.transient else "failed")
