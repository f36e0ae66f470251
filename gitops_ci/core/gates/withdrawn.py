"""The release was not rolled back from the environment before."""

from gitops_ci.core.gates.gate import FactKind, Gate, GateInput, ReplayedHistory, promoted
from gitops_ci.model.deployment import Withdrawal, deciding_deployment
from gitops_ci.model.operation import Verdict


def _replayed(replay: ReplayedHistory) -> Withdrawal | None:
    deployment = deciding_deployment(reversed(replay.target), replay.change.after)
    return deployment.withdrawal if deployment else None


# how the release was rolled back from the target; None where it was not, or came back since
WITHDRAWN: FactKind[Withdrawal | None] = FactKind("withdrawn", None, _replayed)


def _judge(gate_input: GateInput) -> Verdict:
    change, name = gate_input.change, gate_input.change.environment.name
    withdrawal = gate_input.fact(WITHDRAWN)
    if withdrawal is None:
        return gate_input.passed(f"{change.after} was not rolled back from {name}")
    who = f" by {withdrawal.by}" if withdrawal.by else ""
    why = f": {withdrawal.reason}" if withdrawal.reason else ""
    return gate_input.refused(
        f"{change.after} was rolled back from {name}{who} (commit {withdrawal.commit[:12]}){why}",
        "promote another release, or let somebody named for it use --override withdrawn",
    )


GATE = Gate("withdrawn", promoted, _judge, (WITHDRAWN,))
