"""Which releases were rolled back from the target and not deployed there since."""

from collections.abc import Mapping

from gitops_ci.delivery.past import Past
from gitops_ci.gates import Withdrawal
from gitops_ci.model import Release
from gitops_ci.operation import Change, Plan, Record, Target

CHEAP = 200  # commits that the first look at a history fetches anyway


def withdrawn(planned: Plan, targets: Mapping[str, Target], past: Past) -> dict[str, Withdrawal]:
    """Return the withdrawals by application; looks back to the builds that brought the releases, or through all of a history."""
    if not planned.kind.from_before or not planned.changes:
        return {}
    undecided = {change.app.name: change for change in planned.changes}
    builds: dict[str, Record] = {}
    found: dict[str, Withdrawal] = {}
    branch = planned.changes[0].branch
    for record in past.claims.on(branch):
        change = undecided.get(record.app)
        if change and record.environment == planned.environment.name:
            decided, withdrawal = _decide(record, change, targets[record.app], past)
            if decided:
                undecided.pop(record.app)
            if withdrawal:
                found[record.app] = withdrawal
        elif change and record.kind.writes_build and record.release.same_content(change.after):
            builds.setdefault(record.app, record)
        if past.branches.read_so_far(branch) >= CHEAP and all(name in builds for name in undecided):
            break
    return found


def _decide(record: Record, change: Change, target: Target, past: Past) -> tuple[bool, Withdrawal | None]:
    """Tell whether a record of the target decides, and the withdrawal if it is one."""
    came = record.release.same_content(change.after)
    left = record.kind.goes_back and Release(record.previous).same_content(change.after) and not came
    if not (left or came) or not past.verified([(target, record)]):
        return False, None
    return True, Withdrawal(record.commit, record.requested_by, record.reason) if left else None
