"""Holds the plan id of a record against what was done, and against the records before it."""

from collections.abc import Sequence

from gitops_ci import __version__
from gitops_ci.base.redaction import one_line
from gitops_ci.core import plan_id
from gitops_ci.core.audit import rebuilt_operation
from gitops_ci.core.audit.findings import FindingCollector
from gitops_ci.core.audit.rebuilt_operation import RebuiltChange, RebuiltOperation
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.audit.words import claim, not_approved, origin, sentence
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.operation import Record

_AGAIN = "propose it again, with the gitops-ci that others use"


class PlanCheck:
    """Knows the plans that were carried out."""

    def __init__(self, states: States, collector: FindingCollector) -> None:
        self._states = states
        self._collector = collector
        self._records: dict[str, list[Record]] = {}  # by plan

    def records_of_plan(self, record: Record) -> Sequence[Record]:
        """Return the records so far that name the same plan."""
        return self._records.get(record.plan or "", ())

    def add(self, record: Record) -> None:
        """Remember that a record names a plan, whatever it did."""
        self._records.setdefault(record.plan or "", []).append(record)

    def judge(self, commit: LoggedCommit, operation: RebuiltOperation, *, proposed: bool) -> None:
        """Note what is wrong with the id of an operation; ``proposed``: it came behind a merge."""
        first, record = operation[0], operation[0].record
        if not record.plan or not record.policy:
            missing = "Gitops-Plan" if not record.plan else "Gitops-Policy"
            message = f"the commit claims an operation and has no {missing}"
            self._collector.add_violation("missing-trailers", commit, first.target.key, message)
            return
        form = plan_id.form_of(record)
        if form and form > plan_id.FORM:
            self._add_newer_form(commit, first, form)
            return
        for rebuilt in operation:
            self._check_form(commit, rebuilt, form, proposed=proposed)
        self._check_id(commit, operation)
        self.add(record)

    def _add_newer_form(self, commit: LoggedCommit, rebuilt: RebuiltChange, form: int) -> None:
        self._collector.add_violation(
            "newer-form",
            commit,
            rebuilt.target.key,
            f"its plan has form {form}: it was made by a newer version than gitops-ci "
            f"{__version__}, which can't judge it",
            "update the gitops-ci that judges, here and in the server's hook",
        )

    def _check_form(
        self, commit: LoggedCommit, rebuilt: RebuiltChange, form: int | None, *, proposed: bool
    ) -> None:
        """Note a record that goes back behind the form of one before it in the same place."""
        target = rebuilt.target
        earlier = self._states[target.key].newest_of_form
        if earlier is None or not plan_id.goes_back(form, earlier):
            return
        self._collector.add_violation(
            "old-form",
            commit,
            target.key,
            f"it was made by an older version of gitops-ci than commit {earlier.commit[:12]}: "
            f"{target.app.name} in {target.environment.name} does not go back",
            _AGAIN if proposed else f"update the gitops-ci that made it, or {_AGAIN}",
        )

    def _check_id(self, commit: LoggedCommit, operation: RebuiltOperation) -> None:
        """Note an id that is not that of the change, or of which the ledger shows that it belongs
        to another one.
        """
        first, record = operation[0], operation[0].record
        fits = rebuilt_operation.fits(operation)
        earlier = [each for each in self.records_of_plan(record) if each.commit != record.commit]
        twin = next((each for each in earlier if _trailers(each) == _trailers(record)), None)
        if twin and (first.target.environment.approval or not fits):
            message = sentence(
                claim(commit, record),
                f"its trailers are those of commit {twin.commit[:12]}, which carried that out",
                not_approved(first.target.environment),
            )
            self._collector.add_written(commit, first.target, first.value, message, "copied")
        elif fits:
            self._check_approval(commit, first)
        else:
            self._add_wrong_id(commit, operation)

    def _check_approval(self, commit: LoggedCommit, rebuilt: RebuiltChange) -> None:
        """Note an approval that counts a second time, because the same plan came again."""
        record, target = rebuilt.record, rebuilt.target
        if not (record.approved_by and target.environment.approval):
            return
        earlier = self.records_of_plan(record)
        if earlier and earlier[-1].commit != record.commit:
            message = (
                f"plan {_short(record)} was carried out before by commit {earlier[-1].commit[:12]}"
            )
            self._collector.add_notice("approval-again", commit, target.key, message)

    def _add_wrong_id(self, commit: LoggedCommit, operation: RebuiltOperation) -> None:
        record, key = operation[0].record, operation[0].target.key
        if rebuilt_operation.was_for_another_time(operation, self._states[key].priors()):
            self._collector.add_violation(
                "outdated-plan",
                commit,
                key,
                "its plan was made and approved when another operation had deployed what it "
                "replaces",
                "propose it again: the same change at another time needs another approval",
            )
            return
        earlier = self.records_of_plan(record)
        replaced = "" if earlier else _replaced(operation)
        if replaced:
            remedy = "propose it again: the same release over another one is another change"
            self._collector.add_violation("outdated-plan", commit, key, replaced, remedy)
            return
        where = origin(record, earlier) or (
            f"Gitops-Plan {_short(record)} is not the plan of this change"
        )
        first = operation[0]
        message = sentence(claim(commit, record), where, not_approved(first.target.environment))
        kind = "copied" if earlier else "forged"
        self._collector.add_written(commit, first.target, first.value, message, kind)


def _replaced(operation: RebuiltOperation) -> str:
    """Return that a record says it was made over other images than those that stood there, ''
    where it does not.
    """
    for rebuilt in operation:
        planned = [image.tag for image in rebuilt.record.previous]
        found = [image.tag for image in rebuilt.change.before.images if image.deployed]
        if planned and planned != found:
            return (
                f"its plan was made when {one_line(', '.join(planned))} stood there, and "
                f"{one_line(', '.join(found)) or 'nothing'} does"
            )
    return ""


def _short(record: Record) -> str:
    return one_line(plan_id.bare(record.plan) or "")[:12]


def _trailers(record: Record) -> tuple[object, ...]:
    return (
        record.plan,
        record.policy,
        record.requesters,
        record.approved_by,
        record.reason,
        record.release,
        record.app,
    )
