"""Makes verdicts."""

from gitops_ci.operation import Change, State, Verdict


def verdict(gate: str, change: Change, state: State, reason: str, remedy: str = "", openers: tuple[str, ...] = ()) -> Verdict:
    """Return a verdict on one change."""
    return Verdict(gate, change.app.name, change.environment.name, state, reason, remedy, openers)
