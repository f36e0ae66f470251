"""The operations: snapshot -> plan -> gates -> publish, all of it again when the branch moved."""

import logging
import time
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gitops_ci.adapters.git import Head, Moved, Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import RefusedError, UnavailableError, UsageError
from gitops_ci.core import gates, ledger, plan, yaml_edit
from gitops_ci.core.gates.checks import CHECKS, RecordedChecks
from gitops_ci.core.gates.render import RENDERED
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.operation import (
    OVERRIDDEN,
    PASSED,
    Change,
    Plan,
    Proposal,
    Record,
    Rendering,
    Request,
    Verdict,
)
from gitops_ci.model.outcome import Outcome
from gitops_ci.model.release import Known
from gitops_ci.usecases import clock
from gitops_ci.usecases.facts import FactQuery, FactReaders, FactSources
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.judge import JudgedPlan, judge, make_plan
from gitops_ci.usecases.operation.other_repositories import check_repositories
from gitops_ci.usecases.operation.previous_records import with_priors
from gitops_ci.usecases.operation.publish import Attempt, publish
from gitops_ci.usecases.operation.select_release import check_choice
from gitops_ci.usecases.operation.snapshot import Selection, read_selection

log = logging.getLogger(__name__)

# measured with 32 writers on one branch: longer pauses lose fewer races, but leave the server idle
# for half of the time
_FIRST_PAUSE = 0.5  # seconds, or what a try takes where that is less
_DOUBLINGS = 3
_CROWD = 20  # applications whose deploying commits are looked up although nothing is to do


def run_operation(
    repository: Repository, request: Request, location: RepositoryLocation, deadline: Deadline
) -> Outcome:
    """Carry out one operation on an open repository and return how it ended.

    A refusal by a gate is an outcome, nothing is published then. Raises GitopsError for all else
    that keeps it from being done.
    """
    _check(request)
    request = _with_revision(request, deadline)
    readers = FactReaders(FactSources(repository, location, deadline))
    attempt = 0
    head: Head | None = None
    while True:
        attempt += 1
        started = time.monotonic()
        work = _prepare(repository, request, location, readers, head)
        outcome = replace(work.outcome, attempts=attempt)
        if request.changelog and outcome.plan.changes:
            return _with_changelog(repository, work, outcome, deadline)
        if request.dry_run or not work.publish:
            return outcome
        if readers.outdated():
            log.info("results of checks were recorded meanwhile: judging again (try %d)", attempt)
            head = None
            continue
        landed = publish(repository, work)
        if not isinstance(landed, Moved):
            return replace(landed, attempts=attempt)
        branch, moved = work.branch, landed.head
        if work.outcome.proposal:
            branch = work.outcome.proposal.branch
        log.info("%s moved meanwhile: planning again (try %d)", branch, attempt)
        head = moved if moved and moved.branch == work.selection.snapshot.policy_branch else None
        if not deadline.pause(
            min(attempt, _DOUBLINGS), min(time.monotonic() - started, _FIRST_PAUSE)
        ):
            raise UnavailableError(
                f"branch {branch} kept moving: {attempt} tries in {deadline.seconds:.0f} s "
                "lost the race",
                remedy="try again, or give a longer --timeout",
            )


def _prepare(
    repository: Repository,
    request: Request,
    location: RepositoryLocation,
    readers: FactReaders,
    head: Head | None,
) -> Attempt:
    """Read, plan and judge once, on the branch as it is now: at ``head`` when a lost race has just
    told where it is.
    """
    selection = read_selection(repository, location, request, head)
    _check_target(request, selection)
    ledger_reader = LedgerReader(repository, selection.snapshot)
    planned = make_plan(repository, request, selection, ledger_reader, readers)
    check_repositories(planned, selection)
    existing = _existing(planned, selection, ledger_reader, every=request.every)
    if request.kind.keeps_release:
        changes = [change for change in planned.changes if _adopted(change, existing)]
        planned = plan.without_recorded(planned, changes, request)
    planned = with_priors(planned, request, selection, ledger_reader)
    query = FactQuery(
        planned, request, selection, ledger_reader, clock.now(), _edited(planned, selection)
    )
    judgement = judge(query, readers, also=(RENDERED,) if request.show_rendered else ())
    outcome = _outcome(query, judgement, existing)
    if planned.environment.tag:
        from gitops_ci.usecases.operation import git_tag

        outcome = replace(
            outcome,
            git_tag=git_tag.git_tag_for(repository, request, selection, ledger_reader, planned),
        )
    message = _message(query, judgement)
    branch = selection.snapshot.branch_of(planned.environment)
    return Attempt(
        selection,
        ledger_reader,
        outcome,
        bool(message) or _tag_missing(outcome),
        branch,
        query.files,
        message,
    )


def _outcome(query: FactQuery, judgement: JudgedPlan, existing: Mapping[str, Record]) -> Outcome:
    """Return how it ends if nothing is published."""
    planned, request, selection = query.plan, query.request, query.selection
    branch = selection.snapshot.branch_of(planned.environment)
    rendered = judgement.facts.all(RENDERED) if request.show_rendered else ()
    renderings = tuple(each for each in rendered if isinstance(each, Rendering))
    return Outcome(
        request=request,
        plan=planned,
        verdicts=judgement.verdicts,
        commit=_sole(existing) if not planned.changes else None,
        published=False,
        attempts=1,
        before={file: selection.snapshot.files[branch, file] or b"" for file in query.files},
        after=query.files,
        existing={name: record.commit for name, record in existing.items()},
        notices=(*selection.notices, *_notices(query, judgement.verdicts, renderings)),
        proposal=_proposal(request, selection, planned),
        rendered=renderings,
    )


def _notices(
    query: FactQuery, verdicts: Sequence[Verdict], rendered: Sequence[Rendering]
) -> tuple[str, ...]:
    """Return what people should know besides: warnings of gates, what is not shown, overrides that
    opened nothing.
    """
    unused = gates.unused_overrides(verdicts, query.request.actor) if query.plan.changes else ()
    return (*_warnings(verdicts), *_not_shown(rendered), *unused)


def _message(query: FactQuery, judgement: JudgedPlan) -> str:
    """Return the message of the commit, '' where there is nothing to commit or a gate is not
    open.
    """
    closed = any(verdict.state not in {PASSED, OVERRIDDEN} for verdict in judgement.verdicts)
    if closed or not query.plan.changes:
        return ""
    recorded = (each for each in judgement.facts.all(CHECKS) if isinstance(each, RecordedChecks))
    return ledger.message(
        query.plan,
        judgement.verdicts,
        query.request.actor,
        query.selection.snapshot.policy_commit,
        checks=next((recorded_checks.notes for recorded_checks in recorded), None),
        skip_ci=query.request.skip_ci,
    )


def _with_changelog(
    repository: Repository, attempt: Attempt, outcome: Outcome, deadline: Deadline
) -> Outcome:
    from gitops_ci.usecases.views.changelog import changelog  # reads the source, and few ask

    difference = changelog(
        repository,
        attempt.selection,
        attempt.ledger_reader,
        outcome.plan,
        outcome.request.checkout,
        deadline,
    )
    return replace(outcome, brings=difference)


def _tag_missing(outcome: Outcome) -> bool:
    """Tell whether everything is there but the Git tag: a run that published the one may not have
    published the other.
    """
    return not outcome.plan.changes and outcome.git_tag is not None and not outcome.git_tag.there


def _proposal(request: Request, selection: Selection, planned: Plan) -> Proposal | None:
    if request.publish_branch is None:
        return None
    from gitops_ci.usecases.operation.propose import branch_for

    branch = branch_for(request, selection, planned)
    return Proposal(branch, selection.snapshot.branch_of(planned.environment)) if branch else None


def _check(request: Request) -> None:
    check_choice(request)
    if request.changelog and not request.dry_run:
        raise UsageError(
            "--changelog is for plans and dry runs alone",
            remedy="gitops-ci plan promote --changelog, then promote",
        )
    if request.kind.needs_reason and not request.actor.reason:
        raise UsageError(
            f"{request.operation} needs a reason", remedy="give --reason TEXT; it is recorded"
        )
    if not request.kind.takes_image and (request.release or request.images):
        raise UsageError(f"{request.operation} takes no new image")


def _with_revision(request: Request, deadline: Deadline) -> Request:
    """Read what a source revision stands for: once, because it is the same at every try."""
    if request.revision is None:
        return request
    from gitops_ci.usecases.operation.source_revision import (
        with_lineage,
    )  # what reads the source is loaded where it is needed

    return with_lineage(request, deadline)


def _check_target(request: Request, selection: Selection) -> None:
    environment = selection.targets[0].environment
    if request.kind.writes_build and environment.source:
        raise RefusedError(
            f"{environment.name} receives its releases from {environment.source}, not from builds",
            remedy=f"gitops-ci promote APP --to {environment.name}",
            app=selection.targets[0].app.name,
            environment=environment.name,
        )


def _existing(
    planned: Plan, selection: Selection, ledger_reader: LedgerReader, *, every: bool
) -> dict[str, Record]:
    """Return the records of those applications that already run what was asked for; of a crowd,
    nobody asked for them.
    """
    names = {
        change.app.name
        for change in (planned.changes if planned.kind.keeps_release else planned.unchanged)
    }
    if every and not planned.kind.keeps_release and (planned.changes or len(names) > _CROWD):
        return {}
    records = ledger_reader.newest(
        [target for target in selection.targets if target.app.name in names]
    )
    running = {target.app.name: target.release for target in selection.targets}
    return {
        name: record
        for name, record in records.items()
        if record.release.same_content(running[name])
    }


def _adopted(change: Change, existing: Mapping[str, Record]) -> bool:
    """Tell whether the ledger already knows the running release with every digest."""
    record = existing.get(change.app.name)
    if record is None or change.edits:
        return False
    pairs = zip(record.release.images, change.after.images, strict=True)
    return all(
        known.tag == image.tag and (known.digest or not image.digest) for known, image in pairs
    )


def _edited(planned: Plan, selection: Selection) -> dict[str, bytes]:
    """Return every values file as it would be."""
    wanted: dict[tuple[str, str], dict[KeyPath, str]] = {}
    for edit in (edit for change in planned.changes for edit in change.edits):
        keys = wanted.setdefault((edit.branch, edit.file), {})
        if keys.setdefault(edit.key, edit.after) != edit.after:
            raise UsageError(
                f"two applications want {edit.file}: {edit.key} to be {keys[edit.key]} and "
                f"{edit.after}",
                remedy="give them different keys in gitops.yaml, or promote them one by one",
            )
    edited = {}
    for (branch, file), keys in wanted.items():
        data = selection.snapshot.files[branch, file] or b""
        edited[file] = yaml_edit.set_values(data, keys, name=file)
    return edited


def _warnings(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    unconfirmed = (
        f"{verdict.app}: {verdict.gate} {verdict.reason}"
        for verdict in verdicts
        if verdict.unconfirmed
    )
    warned = (f"{verdict.app}: {verdict.warning}" for verdict in verdicts if verdict.warning)
    return (*unconfirmed, *warned)


def _not_shown(rendered: Sequence[Rendering]) -> tuple[str, ...]:
    """Say what could not be rendered, so that no difference of it is shown."""
    notices = []
    for rendering in rendered:
        for when, made in (("as it was", rendering.before), ("as it would be", rendering.after)):
            if made and made.fact != Known(None):
                reason = made.fact.value if isinstance(made.fact, Known) else made.fact.reason
                notices.append(f"{rendering.app} {when} is not rendered: {reason}")
    return tuple(dict.fromkeys(notices))


def _sole(existing: Mapping[str, Record]) -> str | None:
    commits = {record.commit for record in existing.values()}
    return commits.pop() if len(commits) == 1 else None
