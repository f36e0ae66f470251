"""The release was not rolled back from the environment before."""

from gitops_ci.core.gates.gate import FactKind, Gate, GateInput, ReplayedHistory, promoted
from gitops_ci.model.deployment import Withdrawal, deciding_deployment
from gitops_ci.model.operation import Verdict


def _replayed(replay: ReplayedHistory) -> Withdrawal | None:
    found = deciding_deployment(reversed(replay.target), replay.change.after)
    return found.withdrawal if found else None


# how the release was rolled back from the target; None where it was not, or came back since
WITHDRAWN: FactKind[Withdrawal | None] = FactKind("withdrawn", None, _replayed)


def _judge(given: GateInput) -> Verdict:
    change, name = given.change, given.change.environment.name
    found = given.fact(WITHDRAWN)
    if found is None:
        return given.passed(f"{change.after} was not rolled back from {name}")
    who = f" by {found.by}" if found.by else ""
    why = f": {found.reason}" if found.reason else ""
    return given.refused(
        f"{change.after} was rolled back from {name}{who} (commit {found.commit[:12]}){why}",
        "promote another release, or let somebody named for it use --override withdrawn",
    )


GATE = Gate("withdrawn", promoted, _judge, (WITHDRAWN,))
