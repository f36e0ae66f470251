"""One try of an operation up to where something would be published."""

from collections.abc import Mapping

import msgspec

from gitops_ci.adapters.git import Head, Repository
from gitops_ci.base.errors import UsageError
from gitops_ci.core import ledger, plan, yaml_edit
from gitops_ci.core.gates.checks import CHECKS, RecordedChecks
from gitops_ci.core.gates.render import RENDERED
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.operation import (
    OVERRIDDEN,
    PASSED,
    Change,
    GitTag,
    Plan,
    Proposal,
    Record,
    Request,
    Snapshot,
)
from gitops_ci.usecases import clock
from gitops_ci.usecases.facts import FactQuery, FactReaders
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.judge import JudgedPlan, judge, make_plan
from gitops_ci.usecases.operation.other_repositories import check_images
from gitops_ci.usecases.operation.previous_records import with_priors
from gitops_ci.usecases.operation.snapshot import Selection, read_selection
from gitops_ci.usecases.refusal import refusal

# applications of --all that already run what was asked for, beyond which nobody wants to hear which
# commits deployed them: finding those takes a look through the history
_MOST_LOOKED_UP = 20


class Prepared(msgspec.Struct, frozen=True):
    """The plan in ``query``, what the gates say of it, and what is to be published.

    ``existing`` are the records of the applications that already run what was asked for;
    ``message`` is the commit's, '' where there is nothing to commit or a gate is not open.
    """

    query: FactQuery
    judged: JudgedPlan
    existing: Mapping[str, Record]
    proposal: Proposal | None
    git_tag: GitTag | None
    message: str

    @property
    def plan(self) -> Plan:
        return self.query.plan

    @property
    def snapshot(self) -> Snapshot:
        return self.query.selection.snapshot

    @property
    def branch(self) -> str:
        """The branch of the environment."""
        return self.snapshot.branch_of(self.plan.environment)

    @property
    def head(self) -> str:
        return self.snapshot.heads[self.branch]

    @property
    def to_publish(self) -> bool:
        """Whether there is a commit to push, or the Git tag of one that was pushed without it."""
        tag_missing = self.git_tag is not None and not self.git_tag.there
        return bool(self.message) or (tag_missing and not self.plan.changes)


def prepare(
    repository: Repository,
    request: Request,
    location: RepositoryLocation,
    readers: FactReaders,
    head: Head | None,
) -> Prepared:
    """Read, plan and judge once, on the branch as it is now: at ``head`` when a lost race has just
    told where it is.
    """
    selection = read_selection(repository, location, request, head)
    _check_target(request, selection)
    ledger_reader = LedgerReader(repository, selection.snapshot)
    planned = make_plan(repository, request, selection, ledger_reader, readers)
    check_images(planned, selection)
    existing = _existing_records(planned, selection, ledger_reader, every=request.every)
    if request.kind.keeps_release:
        from gitops_ci.usecases.operation.recorded_verdicts import holding

        existing = holding(existing, selection.snapshot, ledger_reader)
        recorded = [change for change in planned.changes if _is_recorded(change, existing)]
        planned = plan.without_recorded(planned, recorded, request)
    planned = with_priors(planned, request, selection, ledger_reader)
    files: Mapping[str, bytes]
    if request.kind.removes:
        from gitops_ci.usecases.operation.retire import retirement  # most operations take nothing

        retired = retirement(repository, planned, selection)
        planned, selection, files = retired.plan, retired.selection, retired.files
    else:
        files = _edited_files(planned, selection.snapshot)
    query = FactQuery(planned, request, selection, ledger_reader, clock.now(), files)
    judged = judge(query, readers, also=(RENDERED,) if request.show_rendered else ())
    return Prepared(
        query,
        judged,
        existing,
        _proposal(query),
        _git_tag(repository, query),
        _message(query, judged),
    )


def _check_target(request: Request, selection: Selection) -> None:
    target = selection.targets[0]
    environment = target.environment
    if request.kind.writes_build and environment.source:
        raise refusal(
            target,
            f"{environment.name} receives its releases from {environment.source}, not from builds",
            f"gitops-ci promote APP --to {environment.name}",
        )


def _existing_records(
    planned: Plan, selection: Selection, ledger_reader: LedgerReader, *, every: bool
) -> dict[str, Record]:
    """Return the newest records, by application, of what already runs as asked for."""
    names = _names_to_look_up(planned, every=every)
    targets = [target for target in selection.targets if target.app.name in names]
    records = ledger_reader.newest(targets)
    return {
        target.app.name: record
        for target in targets
        if (record := target.brought_by(records.get(target.app.name)))
    }


def _names_to_look_up(planned: Plan, *, every: bool) -> set[str]:
    if planned.kind.keeps_release:
        return {change.app.name for change in planned.changes}
    if every and (planned.changes or len(planned.unchanged) > _MOST_LOOKED_UP):
        return set()
    return {change.app.name for change in planned.unchanged}


def _is_recorded(change: Change, existing: Mapping[str, Record]) -> bool:
    """Tell whether the ledger already knows the running release with every digest."""
    record = existing.get(change.app.name)
    if record is None or change.edits:
        return False
    pairs = zip(record.release.images, change.after.images, strict=True)
    return all(
        known.tag == image.tag and (known.digest or not image.digest) for known, image in pairs
    )


def _edited_files(planned: Plan, snapshot: Snapshot) -> dict[str, bytes]:
    """Return every values file as it would be."""
    texts: dict[tuple[str, str], dict[KeyPath, str]] = {}
    for edit in (edit for change in planned.changes for edit in change.edits):
        keys = texts.setdefault((edit.branch, edit.file), {})
        if keys.setdefault(edit.key, edit.after) != edit.after:
            raise UsageError(
                f"two applications want {edit.file}: {edit.key} to be {keys[edit.key]} and "
                f"{edit.after}",
                remedy="give them different keys in gitops.yaml, or promote them one by one",
            )
    return {
        file: yaml_edit.set_values(snapshot.files[branch, file] or b"", keys, name=file)
        for (branch, file), keys in texts.items()
    }


def _proposal(query: FactQuery) -> Proposal | None:
    if query.request.publish_branch is None:
        return None
    from gitops_ci.usecases.operation.propose import branch_for

    branch = branch_for(query.request.publish_branch, query)
    return Proposal(branch, query.selection.snapshot.branch_of(query.plan.environment))


def _git_tag(repository: Repository, query: FactQuery) -> GitTag | None:
    if query.plan.environment.tag is None:
        return None
    from gitops_ci.usecases.operation.git_tag import git_tag_for

    return git_tag_for(repository, query.plan.environment.tag, query)


def _message(query: FactQuery, judged: JudgedPlan) -> str:
    closed = any(verdict.state not in {PASSED, OVERRIDDEN} for verdict in judged.verdicts)
    if closed or not query.plan.changes:
        return ""
    notes = (fact.notes for fact in judged.facts.all(CHECKS) if isinstance(fact, RecordedChecks))
    return ledger.message(
        query.plan,
        judged.verdicts,
        query.request.actor,
        query.selection.snapshot.policy_commit,
        checks=next(notes, None),
        skip_ci=query.request.skip_ci,
    )
