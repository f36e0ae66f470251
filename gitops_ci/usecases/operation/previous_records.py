"""The records that deployed what a plan replaces: at another time the same change is another plan,
to be approved anew.
"""

from collections.abc import Sequence

from gitops_ci import __version__
from gitops_ci.base.errors import RefusedError
from gitops_ci.core import plan, plan_id
from gitops_ci.core.ledger import chart_alone
from gitops_ci.model.operation import Plan, Record, Request, Target
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection


def with_priors(
    planned: Plan, request: Request, selection: Selection, ledger_reader: LedgerReader
) -> Plan:
    """Return the plan with the record before each change, where an approval could be bound to it.

    What nobody approves looks for none, so that a plain update reads no history. A plan that is
    only shown has them always: who gives its id to ``--approved-plan`` means this one. Raises
    RefusedError where a newer version made the record, or the one that a release comes from.
    """
    for change in planned.changes:
        if change.origin and change.origin.record:
            _check_form(change.origin.record)
    wanted = planned.environment.approval or request.actor.approved_plan or request.dry_run
    if not wanted or not planned.changes:
        return planned
    names = {change.app.name for change in planned.changes}
    targets = [target for target in selection.targets if target.app.name in names]
    records = _newest(ledger_reader, targets)
    priors = {}
    for target in targets:
        record = records.get(target.app.name)
        if record:
            _check_form(record)
        priors[target.app.name] = plan_id.prior_of(record, target.release)
    return plan.following_records(planned, priors, request)


def _newest(ledger_reader: LedgerReader, targets: Sequence[Target]) -> dict[str, Record]:
    """Return the newest record of each target, by application.

    One that brought a chart alone counts too, and one that a merge took back: somebody else put
    there what stands there now.
    """
    records = ledger_reader.newest(targets)
    for target in targets:
        if undone := ledger_reader.undone(target):
            records[target.app.name] = undone
        for record in ledger_reader.claims.of(target):
            if record == records.get(target.app.name):
                break
            if record.chart and _brought_a_chart_alone(ledger_reader, target, record):
                records[target.app.name] = record
                break
    return records


def _brought_a_chart_alone(ledger_reader: LedgerReader, target: Target, record: Record) -> bool:
    before, after = ledger_reader.releases.of(target, (record.parent, record.commit))
    return chart_alone(record, before, after)


def _check_form(record: Record) -> None:
    form = plan_id.form_of(record)
    if form is None or form <= plan_id.FORM:
        return
    error = RefusedError(
        f"commit {record.commit[:12]} was made by a newer version than gitops-ci "
        f"{__version__}: its plan has form {form}",
        remedy="update gitops-ci here: nothing is built on what it can't read",
        app=record.app,
        environment=record.environment,
    )
    error.gate = "approval"
    raise error
