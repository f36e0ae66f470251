"""The release ran in the environment before."""

from gitops_ci.core.gates.gate import Gate, GateInput, promoted
from gitops_ci.model.operation import Change, Origin, Verdict


def _judge(gate_input: GateInput) -> Verdict:
    change, origin = gate_input.change, gate_input.change.origin
    needed = change.environment.source or ""
    if origin is None or origin.environment != needed:
        where = f", only in {origin.environment}" if origin and origin.environment else ""
        return gate_input.refused(
            f"{change.after} never ran in {needed}{where}",
            f"promote it to {needed} first",
        )
    if origin.fault:
        return _at_fault(gate_input, origin, needed)
    if origin.record:
        when = "runs" if origin.present else "ran"
        reason = f"{change.after} {when} in {needed} (commit {origin.record.commit[:12]})"
        return gate_input.passed(reason)
    return _without_record(gate_input, origin, needed)


def _at_fault(gate_input: GateInput, origin: Origin, needed: str) -> Verdict:
    """Judge what a record brought that nobody may build on: it is worth as much as a hand edit."""
    change, commit = gate_input.change, origin.record.commit[:12] if origin.record else ""
    if change.environment.approval:
        return gate_input.refused(
            f"{change.after} came to {needed} by commit {commit}, which did not hold there: "
            f"{origin.fault}",
            _adopt(change, needed),
        )
    return gate_input.passed(f"{change.after} runs in {needed}")


def _without_record(gate_input: GateInput, origin: Origin, needed: str) -> Verdict:
    change = gate_input.change
    remedy = _adopt(change, needed)
    if origin.undone:
        gone = (
            f"{origin.undone.operation} of {origin.undone.release} (commit "
            f"{origin.undone.commit[:12]})"
        )
        reason = f"{change.after} stands in {needed} because a merge took back {gone}"
        return gate_input.refused(reason, remedy)
    if change.environment.approval and not origin.adopted:
        reason = f"{change.after} was written into {needed} by hand: no operation put it there"
        return gate_input.refused(reason, remedy)
    since = " since before gitops.yaml" if origin.adopted else ""
    return gate_input.passed(f"{change.after} runs in {needed}{since}")


def _adopt(change: Change, needed: str) -> str:
    return f"record it first: gitops-ci adopt {change.app.name} --env {needed} --reason TEXT"


GATE = Gate("order", promoted, _judge)
