"""Holds the plan id of a record against what was done, and against the records before it."""

from collections.abc import Sequence

from gitops_ci import __version__
from gitops_ci.base.redaction import one_line
from gitops_ci.core import plan_id
from gitops_ci.core.audit import rebuilt_operation
from gitops_ci.core.audit.findings import FindingCollector
from gitops_ci.core.audit.rebuilt_operation import RebuiltOperation
from gitops_ci.core.audit.state.environment_states import NOTHING, State, States
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.operation import Record

_AGAIN = "propose it again, with the gitops-ci that others use"


class PlanCheck:
    """Knows the plans that were carried out."""

    def __init__(self, states: States, collector: FindingCollector) -> None:
        self._states = states
        self._book = collector
        self._used: dict[str, list[Record]] = {}

    def carried_out(self, record: Record) -> Sequence[Record]:
        """Return the records so far that name the same plan."""
        return self._used.get(record.plan or "", ())

    def note(self, record: Record) -> None:
        """Note that a record names a plan, whatever it did."""
        self._used.setdefault(record.plan or "", []).append(record)

    def judge(
        self, commit: LoggedCommit, made: Sequence[RebuiltOperation], *, proposed: bool
    ) -> None:
        """Note what is wrong with the id of an operation; ``proposed``: it came behind a merge."""
        first, record = made[0], made[0].record
        if not record.plan or not record.policy:
            missing = "Gitops-Plan" if not record.plan else "Gitops-Policy"
            words = f"the commit claims an operation and has no {missing}"
            self._book.add("missing-trailers", commit, first.spot.key, words)
            return
        form = plan_id.form_of(record)
        if form and form > plan_id.FORM:
            self._newer(commit, first, form)
            return
        self._older(commit, made, form, proposed=proposed)
        self._identity(commit, made, record.plan)
        self.note(record)

    def _newer(self, commit: LoggedCommit, made: RebuiltOperation, form: int) -> None:
        self._book.add(
            "newer-form",
            commit,
            made.spot.key,
            f"its plan has form {form}: it was made by a newer version than gitops-ci "
            f"{__version__}, which can't judge it",
            remedy="update the gitops-ci that judges, here and in the server's hook",
        )

    def _older(
        self,
        commit: LoggedCommit,
        made: Sequence[RebuiltOperation],
        form: int | None,
        *,
        proposed: bool,
    ) -> None:
        """Note where a record goes back behind the form of those before it, place by place."""
        for rebuilt in made:
            formed = self._state(rebuilt).formed
            if formed is None or not plan_id.goes_back(form, formed):
                continue
            where = f"{rebuilt.spot.app.name} in {rebuilt.spot.environment.name}"
            self._book.add(
                "old-form",
                commit,
                rebuilt.spot.key,
                "it was made by an older version of gitops-ci than commit "
                f"{formed.commit[:12]}: {where} does not go back",
                remedy=_AGAIN if proposed else f"update the gitops-ci that made it, or {_AGAIN}",
            )

    def _identity(self, commit: LoggedCommit, made: Sequence[RebuiltOperation], plan: str) -> None:
        """Note an id that is not that of the change, or of which the ledger shows that it belongs
        to another one.
        """
        first, record = made[0], made[0].record
        approved = first.spot.environment.approval
        fits = rebuilt_operation.fits(made)
        earlier = self.carried_out(record)
        twin = next(
            (each for each in earlier if _same_text(each, record) and each.commit != record.commit),
            None,
        )
        if twin and (approved or not fits):
            words = (
                f"its trailers are those of commit {twin.commit[:12]}: that was carried out before"
            )
            self._book.add("copied", commit, first.spot.key, words)
        elif not fits and rebuilt_operation.was_for_another_time(made, self._state(first).priors()):
            self._book.add(
                "outdated-plan",
                commit,
                first.spot.key,
                "its plan was made and approved when another operation had deployed what it "
                "replaces",
                remedy="propose it again: the same change at another time needs another approval",
            )
        elif not fits:
            words = (
                f"Gitops-Plan {one_line(plan_id.bare(plan) or '')[:12]} is not the plan of this "
                "change"
            )
            self._book.add("copied" if earlier else "forged", commit, first.spot.key, words)
        elif earlier and earlier[-1].commit != record.commit and record.approved_by and approved:
            words = (
                f"plan {one_line(plan_id.bare(plan) or '')[:12]} was carried out before by "
                f"commit {earlier[-1].commit[:12]}"
            )
            self._book.add("approval-again", commit, first.spot.key, words, notice=True)

    def _state(self, made: RebuiltOperation) -> State:
        app, environment = made.spot.key
        return self._states.setdefault(app, {}).setdefault(environment, State(NOTHING))


def _same_text(one: Record, two: Record) -> bool:
    """Tell whether two records have the same trailers."""
    return (
        one.plan,
        one.policy,
        one.requesters,
        one.approved_by,
        one.reason,
        one.release,
        one.app,
    ) == (
        two.plan,
        two.policy,
        two.requesters,
        two.approved_by,
        two.reason,
        two.release,
        two.app,
    )
