"""Which releases were rolled back from the target and not deployed there since."""

from gitops_ci.model.deployment import (
    Deployment,
    Withdrawal,
    deciding_deployment,
    deployments_around,
)
from gitops_ci.model.operation import Change, Record, Target
from gitops_ci.usecases.facts.reader import FactQuery, FactReader
from gitops_ci.usecases.ledger.reader import LedgerReader

CHEAP = 200  # commits that the first look at a history fetches anyway


class Reader(FactReader):
    """Reads the records of the target."""

    def read(self, query: FactQuery) -> dict[str, Withdrawal]:
        """Return the withdrawals; looks back to the builds that brought the releases, or through
        all of a history.
        """
        undecided = {change.app.name: change for change in query.plan.changes}
        targets = query.targets
        builds: set[str] = set()
        decided: dict[str, Deployment] = {}
        branch = query.plan.changes[0].branch
        for record in query.ledger_reader.claims.on(branch):
            change = undecided.get(record.app)
            if change and record.environment == query.plan.environment.name:
                deployment = _decided(record, change, targets[record.app], query.ledger_reader)
                if deployment:
                    decided[record.app] = deployment
                    del undecided[record.app]
            elif change and _built(record, change):
                builds.add(record.app)
            if (
                query.ledger_reader.branches.read_so_far(branch) >= CHEAP
                and undecided.keys() <= builds
            ):
                break
        return {app: each.withdrawal for app, each in decided.items() if each.withdrawal}


def _decided(
    record: Record, change: Change, target: Target, ledger_reader: LedgerReader
) -> Deployment | None:
    """Return the deployment around a record of the target that decides, if there is one and the
    record counts.
    """
    deployment = deciding_deployment(deployments_around(record), change.after)
    return deployment if deployment and ledger_reader.verified([(target, record)]) else None


def _built(record: Record, change: Change) -> bool:
    return record.kind.writes_build and record.release.same_content(change.after)
