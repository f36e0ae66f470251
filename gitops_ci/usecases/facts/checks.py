"""Which results of checks are recorded for a release in an environment."""

import logging
from collections.abc import Iterable, Mapping, Sequence

from gitops_ci.adapters.git import Notes
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.core.gates.checks import NAMES, RecordedChecks
from gitops_ci.model import check_results
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.operation import Change, Target
from gitops_ci.model.release import Release, Unknown
from gitops_ci.usecases.facts.reader import FactQuery, FactReader, FactSources
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection

log = logging.getLogger(__name__)


class Reader(FactReader):
    """Reads the Git notes of the commits that deployed the releases."""

    def __init__(self, sources: FactSources) -> None:
        super().__init__(sources)
        self._notes: Notes | None = None  # as read last; None where they could not be

    def read(self, query: FactQuery) -> Mapping[str, RecordedChecks | Unknown]:
        """Return the results for the releases of a plan in the environment that they come from."""
        self._notes = None
        try:
            return self._read(query)
        except GitopsError as error:
            unknown = Unknown(error.message, isinstance(error, UnavailableError))
            return {change.app.name: unknown for change in query.plan.changes}

    def outdated(self) -> bool:
        """Tell whether somebody has written into the notes that were read; one cheap look where
        nobody wrote any.
        """
        repository, notes = self._sources.repository, self._notes
        if notes is None or repository.notes.head() == notes.commit:
            return False
        return repository.notes.read(notes.asked).texts != notes.texts

    def _read(self, query: FactQuery) -> dict[str, RecordedChecks | Unknown]:
        changes, selection, ledger_reader = query.plan.changes, query.selection, query.ledger_reader
        commits = {
            change.app.name: _newest_deploying(change, selection, ledger_reader)
            for change in changes
        }
        notes = self._notes_of(commits)
        results = {
            change.app.name: _results_of(change, notes, commits[change.app.name])
            for change in changes
        }
        lacking = [change for change in changes if _lacks_result(change, results[change.app.name])]
        if lacking:
            # an older deployment of the same release may have them
            pairs = [
                (target, change.after)
                for change in lacking
                if (target := selection.in_before(change.app))
            ]
            commits |= deploying_commits(ledger_reader, pairs)
            notes = self._notes_of(commits)
            results |= {
                change.app.name: _results_of(change, notes, commits[change.app.name])
                for change in lacking
            }
        self._notes = notes
        return {app: RecordedChecks(checks, notes.commit) for app, checks in results.items()}

    def _notes_of(self, commits: Mapping[str, Sequence[str]]) -> Notes:
        return self._sources.repository.notes.read(
            [commit for deploying in commits.values() for commit in deploying]
        )


def _newest_deploying(
    change: Change, selection: Selection, ledger_reader: LedgerReader
) -> list[str]:
    """Return the newest commit that deployed the release where it comes from."""
    origin = change.origin
    if origin is None or origin.environment != change.environment.source:
        return []
    if origin.record:
        return [origin.record.commit]
    target = selection.in_before(change.app)
    return [ledger_reader.bootstrap(target.branch)] if origin.adopted and target else []


def deploying_commits(
    ledger_reader: LedgerReader, pairs: Sequence[tuple[Target, Release]]
) -> dict[str, list[str]]:
    """Return, by application, every commit that deployed a release in a target, the newest first,
    then what found it there.

    The targets are in one environment. Reads the whole history.
    """
    claims = [
        (target, record)
        for target, release in pairs
        for record in ledger_reader.claims.bringing(target, release)
    ]
    deploying: dict[str, list[str]] = {target.app.name: [] for target, _ in pairs}
    for target, record in ledger_reader.verified(claims):
        deploying[target.app.name].append(record.commit)
    ledger_reader.releases.fetch(
        [(target, ledger_reader.bootstrap(target.branch)) for target, _ in pairs]
    )
    for target, release in pairs:
        first = ledger_reader.first(target)
        if first and first.same_content(release):
            deploying[target.app.name].append(ledger_reader.bootstrap(target.branch))
    return {name: list(dict.fromkeys(commits)) for name, commits in deploying.items()}


def _results_of(change: Change, notes: Notes, commits: Sequence[str]) -> tuple[CheckResult, ...]:
    name = change.environment.source or ""
    return check_results.of_release(
        _parse_notes(notes, commits), change.app.name, name, change.after
    )


def _parse_notes(notes: Notes, commits: Iterable[str]) -> Iterable[CheckResult]:
    for commit in commits:
        parsed_results = check_results.parse(notes.texts.get(commit, b""))
        if parsed_results.damaged:
            log.warning(
                "the note of commit %s has %d damaged lines, which do not count",
                commit[:12],
                parsed_results.damaged,
            )
        yield from parsed_results.results


def _lacks_result(change: Change, results: Sequence[CheckResult]) -> bool:
    latest = check_results.latest(results)
    return any(name not in latest for name in NAMES.of(change.environment))
