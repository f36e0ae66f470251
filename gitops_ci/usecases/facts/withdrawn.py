"""Which releases were rolled back from the target and not deployed there since."""

from gitops_ci.model.deployment import (
    Deployment,
    Withdrawal,
    deciding_deployment,
    deployments_around,
)
from gitops_ci.model.operation import Change, Record
from gitops_ci.usecases.facts.reader import FactQuery, FactReader

FIRST_FETCH = 200  # commits that the first look at a history fetches anyway


class Reader(FactReader):
    """Reads the records of the target."""

    def read(self, query: FactQuery) -> dict[str, Withdrawal]:
        """Return the withdrawals; looks back to the builds that brought the releases, or through
        all of a history.
        """
        decided = _deciding_deployments(query)
        return {
            app: deployment.withdrawal
            for app, deployment in decided.items()
            if deployment.withdrawal
        }


def _deciding_deployments(query: FactQuery) -> dict[str, Deployment]:
    undecided = {change.app.name: change for change in query.plan.changes}
    built: set[str] = set()
    decided: dict[str, Deployment] = {}
    branch, branches = query.plan.changes[0].branch, query.ledger_reader.branches
    for record in query.ledger_reader.claims.on(branch):
        change = undecided.get(record.app)
        deployment = _deciding_deployment(record, change, query) if change else None
        if deployment:
            decided[record.app] = deployment
            del undecided[record.app]
        elif change and is_build(record, change):
            built.add(record.app)
        if branches.read_so_far(branch) >= FIRST_FETCH and undecided.keys() <= built:
            break
    return decided


def _deciding_deployment(record: Record, change: Change, query: FactQuery) -> Deployment | None:
    """Return the deployment around a record of the target that decides, if there is one and the
    record counts.
    """
    if record.environment != change.environment.name:
        return None
    deployment = deciding_deployment(deployments_around(record), change.after)
    claim = (query.targets[record.app], record)
    if deployment is None or not query.ledger_reader.verified([claim]):
        return None
    if deployment.withdrawal is None:
        # it came back by an operation; few releases do
        from gitops_ci.usecases.operation.recorded_verdicts import RecordedVerdicts

        verdicts = RecordedVerdicts(query.selection.snapshot, query.ledger_reader)
        if any(verdicts.faults([record])):
            return None
    return deployment


def is_build(record: Record, change: Change) -> bool:
    """Tell whether a record brought the release from a build to an environment before."""
    return (
        record.environment != change.environment.name
        and record.kind.writes_build
        and record.release.same_content(change.after)
    )
