"""Which commit carried out a plan that is approved no longer, if it is one of the newest: a refusal
names it, no verdict depends on it.
"""

from gitops_ci.core import plan_id
from gitops_ci.usecases.facts.reader import FactQuery, FactReader
from gitops_ci.usecases.facts.withdrawn import FIRST_FETCH


class Reader(FactReader):
    """Looks among the newest records."""

    def read(self, query: FactQuery) -> dict[str, str]:
        approved = plan_id.read(query.request.actor.approved_plan)
        if approved is None or approved.digest == query.plan.id:
            return {}
        names = [change.app.name for change in query.plan.changes]
        branch = query.targets[names[0]].branch
        approved_plan = plan_id.PlanId(plan_id.FORM, approved.digest)
        for record in query.ledger_reader.claims.on(branch):
            if plan_id.read(record.plan) == approved_plan:
                return dict.fromkeys(names, record.commit)
            if query.ledger_reader.branches.read_so_far(branch) >= FIRST_FETCH:
                break
        return {}
