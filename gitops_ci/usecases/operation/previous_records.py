"""The records that deployed what a plan replaces: at another time the same change is another plan,
to be approved anew.
"""

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
    approvable = planned.environment.approval or request.actor.approved_plan or request.dry_run
    if not approvable or not planned.changes:
        return planned
    return plan.following_records(planned, _priors(planned, selection, ledger_reader), request)


def _priors(planned: Plan, selection: Selection, ledger_reader: LedgerReader) -> dict[str, str]:
    """Return what plans say of the record before them, by application.

    A record that brought a chart alone counts too, and one that a merge took back: somebody else
    put there what stands there now.
    """
    names = {change.app.name for change in planned.changes}
    targets = [target for target in selection.targets if target.app.name in names]
    records = ledger_reader.newest(targets)
    priors = {}
    for target in targets:
        name = target.app.name
        newest = ledger_reader.undone(target) or records.get(name)
        record = _newer_chart(target, newest, ledger_reader) or newest
        if record:
            _check_form(record)
        priors[name] = plan_id.prior_of(record, target.release)
    return priors


def _newer_chart(
    target: Target, newest: Record | None, ledger_reader: LedgerReader
) -> Record | None:
    """Return the newest record after another one that brought a chart and no other release."""
    for record in ledger_reader.claims.of(target):
        if record == newest:
            return None
        if record.chart:
            before, after = ledger_reader.releases.of(target, (record.parent, record.commit))
            if chart_alone(record, before, after):
                return record
    return None


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
