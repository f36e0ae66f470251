"""The history: every operation that the commits of the environments' branches claim, each proved by
its own diff or not.
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import Repository
from gitops_ci.core.gates.people import identities, identity
from gitops_ci.core.ledger import carried_out
from gitops_ci.model.check_results import CheckResult, of_release, parse
from gitops_ci.model.config import Config
from gitops_ci.model.ledger_views import History, HistoryEntry
from gitops_ci.model.names import is_name
from gitops_ci.model.operation import Record, Snapshot, Target
from gitops_ci.usecases.ledger.claims import Claim
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.views import hand_edits
from gitops_ci.usecases.views.deployments import survey_deployments


class HistoryRequest(msgspec.Struct, frozen=True):
    """What is asked of the history; what is empty is not asked.

    ``person`` requested or approved it, under any name that ``people`` knows. ``since`` and
    ``until`` are in seconds since the epoch, both included; ``tag`` is that of any image.
    ``limit``: the newest so many, None all.
    """

    apps: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    person: str | None = None
    since: int | None = None
    until: int | None = None
    tag: str | None = None
    operation: str | None = None
    limit: int | None = None

    @property
    def sees_everything(self) -> bool:
        """Tell whether no record is left out of a place: only then do they follow each other."""
        return (self.person, self.until, self.tag, self.operation) == (None, None, None, None)


def history_entries(
    repository: Repository, location: RepositoryLocation, request: HistoryRequest | None = None
) -> History:
    """Return the operations asked for; raises GitopsError for names that do not exist."""
    request = request or HistoryRequest()
    survey = survey_deployments(
        repository, location, request.apps, request.environments, contents=False
    )
    ledger_reader = LedgerReader(repository, survey.snapshot)
    claims = _claims(survey.snapshot, ledger_reader, request)
    records = list(islice(claims, request.limit))
    more = next(claims, None) is not None
    entries = list(_judged(survey.snapshot, ledger_reader, records))
    if request.sees_everything:
        entries = _with_hand_edits(survey.snapshot, ledger_reader, entries)
    entries = [_with_people(entry, survey.snapshot, ledger_reader) for entry in entries]
    return History(
        survey.snapshot.config,
        survey.snapshot.policy_commit,
        tuple(_with_checks(repository, entries)),
        more=more,
    )


def _claims(
    snapshot: Snapshot, ledger_reader: LedgerReader, request: HistoryRequest
) -> Iterator[Record]:
    """Return records, newest first; the history is read as far as somebody asks."""
    # in a branch, Git knows better than the clocks of those who committed; only between branches
    # times have to do; of the same second, what happened on the policy branch was there for a
    # promotion to another branch
    branches = [
        _of_branch(snapshot, ledger_reader, request, branch)
        for branch in reversed(list(snapshot.heads))
    ]
    return iter(merge(*branches, key=lambda record: -record.time))


def _of_branch(
    snapshot: Snapshot, ledger_reader: LedgerReader, request: HistoryRequest, branch: str
) -> Iterator[Record]:
    for record in ledger_reader.claims.on(branch):
        if _lives_on(branch, record, snapshot) and _fits(record, request, snapshot.config):
            yield record


def _lives_on(branch: str, record: Record, snapshot: Snapshot) -> bool:
    """Tell whether this is the branch on which the record counts; what came over with a merge is
    told of on its own.
    """
    environment = snapshot.config.environments.get(record.environment)
    return branch == (snapshot.branch_of(environment) if environment else snapshot.policy_branch)


def _fits(record: Record, request: HistoryRequest, config: Config) -> bool:
    if request.since is not None and record.time < request.since:
        return False
    if request.until is not None and record.time > request.until:
        return False
    return _is_named(record, request) and _is_of(request.person, record, config)


def _is_named(record: Record, request: HistoryRequest) -> bool:
    return (
        (not request.apps or record.app in request.apps)
        and (not request.environments or record.environment in request.environments)
        and (request.operation is None or record.operation == request.operation)
        and (request.tag is None or record.release.has_tag(request.tag))
    )


def _is_of(person: str | None, record: Record, config: Config) -> bool:
    """Tell whether a person requested or approved it; None is anybody."""
    people = (*record.requesters, *record.approved_by)
    return person is None or identity(person, config) in identities(people, config)


def _judged(
    snapshot: Snapshot, ledger_reader: LedgerReader, records: Sequence[Record]
) -> Iterator[HistoryEntry]:
    """Yield an entry for each record; with a problem where its commit's diff does not make it."""
    targets = [_target(snapshot, record) for record in records]
    claims: list[Claim] = [
        (target, record) for target, record in zip(targets, records, strict=True) if target
    ]
    verified = {id(record) for _, record in ledger_reader.verified(claims)}
    for target, record in zip(targets, records, strict=True):
        problem = "" if id(record) in verified else _problem(target, record, ledger_reader)
        yield HistoryEntry(record, record.time, problem, gone=target is None)


def _with_hand_edits(
    snapshot: Snapshot, ledger_reader: LedgerReader, entries: Sequence[HistoryEntry]
) -> list[HistoryEntry]:
    """Put what was written by hand before the operation that it came after."""
    records: dict[tuple[str, str], list[Record]] = {}
    for entry in entries:
        if not entry.problem:
            key = (entry.record.app, entry.record.environment)
            records.setdefault(key, []).append(entry.record)
    known = {entry.record.commit for entry in entries}
    after: dict[int, list[HistoryEntry]] = {}
    for own in records.values():
        target = _target(snapshot, own[0])
        for record, edit in hand_edits.between(ledger_reader, target, own) if target else ():
            if edit.record.commit not in known:  # what claims an operation is told of as that
                after.setdefault(id(record), []).append(edit)
    return [each for entry in entries for each in (*after.get(id(entry.record), ()), entry)]


def _with_people(
    entry: HistoryEntry, snapshot: Snapshot, ledger_reader: LedgerReader
) -> HistoryEntry:
    """Name author and committer of the commit."""
    for branch in snapshot.heads:
        commit = ledger_reader.branches.known(branch).get(entry.record.commit)
        if commit:
            return replace(entry, author=commit.author_email, committer=commit.committer_email)
    return entry


def _target(snapshot: Snapshot, record: Record) -> Target | None:
    """Return what a record claims to have written, None where gitops.yaml does not have it."""
    environment = snapshot.config.environments.get(record.environment)
    app = snapshot.config.app(record.app) if is_name(record.app) else None
    if environment is None or app is None:
        return None
    return snapshot.target(app, environment)


def _problem(target: Target | None, record: Record, ledger_reader: LedgerReader) -> str:
    if target is None:
        return (
            f"gitops.yaml does not have {record.app} in {record.environment} any more: it can't "
            "be verified"
        )
    before = ledger_reader.releases.at(target, record.parent)
    after = ledger_reader.releases.at(target, record.commit)
    if after is None:
        return f"the commit has no {target.file} that can be read"
    if before is None:
        return f"the commit adds {target.file}, which no operation does"
    if carried_out(record, target.app, before, after):
        return "its Gitops-Plan is not the plan of this change: its text was copied or forged"
    if before.images == after.images:
        return (
            f"the commit itself does not change what {target.file} runs: its text was copied or "
            "forged"
        )
    return (
        f"the commit changes {target.file} to {after}, not to {record.release}: its text was "
        "copied or forged"
    )


def _with_checks(repository: Repository, entries: Sequence[HistoryEntry]) -> Iterator[HistoryEntry]:
    commits = {entry.record.commit for entry in entries if not entry.problem}
    texts: Mapping[str, bytes] = repository.notes.read(commits).texts if commits else {}
    for entry in entries:
        text = texts.get(entry.record.commit)
        if text and not entry.problem:
            yield replace(entry, checks=_checks(text, entry.record))
        else:
            yield entry


def _checks(note: bytes, record: Record) -> tuple[CheckResult, ...]:
    return of_release(parse(note).results, record.app, record.environment, record.release)
