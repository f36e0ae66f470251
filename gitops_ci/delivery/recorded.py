"""Which results of checks are recorded for a release in an environment."""

import logging
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from gitops_ci import check_results
from gitops_ci.check_results import CheckResult
from gitops_ci.delivery.past import Past
from gitops_ci.delivery.reading import Scene
from gitops_ci.errors import GitopsError, UnavailableError
from gitops_ci.model import Release, Unknown
from gitops_ci.operation import Change, Plan, Target
from gitops_ci.repository import Notes, Repository

log = logging.getLogger(__name__)


class Recorded(msgspec.Struct, frozen=True):
    """Results by application, and the notes that were read for them (None: none were asked for, or they can't be read)."""

    results: Mapping[str, tuple[CheckResult, ...] | Unknown] = {}
    notes: Notes | None = None

    def outdated(self, repository: Repository) -> bool:
        """Tell whether somebody has written into the notes that were read; one cheap look where nobody wrote any."""
        if self.notes is None or repository.notes_head() == self.notes.commit:
            return False
        return repository.notes(self.notes.asked).texts != self.notes.texts


def recorded(planned: Plan, scene: Scene, past: Past, repository: Repository) -> Recorded:
    """Return the results for the releases of a plan in the environment that they come from.

    Nothing is read where the target asks for no checks.
    """
    if not planned.kind.from_before or not planned.environment.checks or not planned.changes:
        return Recorded()
    try:
        return _read(planned, scene, past, repository)
    except GitopsError as error:
        reason = Unknown(error.message, isinstance(error, UnavailableError))
        return Recorded({change.app.name: reason for change in planned.changes})


def _read(planned: Plan, scene: Scene, past: Past, repository: Repository) -> Recorded:
    commits = {change.app.name: _deploying(change, scene, past) for change in planned.changes}
    notes = repository.notes([commit for found in commits.values() for commit in found])
    results = {change.app.name: _of(change, notes, commits[change.app.name]) for change in planned.changes}
    lacking = [change for change in planned.changes if _lacks(change, results[change.app.name])]
    if lacking:
        # an older deployment of the same release may have them
        pairs = [(target, change.after) for change in lacking if (target := scene.in_before(change.app))]
        commits |= deploying_commits(past, pairs)
        notes = repository.notes([commit for found in commits.values() for commit in found])
        results |= {change.app.name: _of(change, notes, commits[change.app.name]) for change in lacking}
    return Recorded(results, notes)


def _deploying(change: Change, scene: Scene, past: Past) -> list[str]:
    """Return the newest commit that deployed the release where it comes from."""
    origin = change.origin
    if origin is None or origin.environment != change.environment.source:
        return []
    if origin.record:
        return [origin.record.commit]
    target = scene.in_before(change.app)
    return [past.bootstrap(target.branch)] if origin.adopted and target else []


def deploying_commits(past: Past, pairs: Sequence[tuple[Target, Release]]) -> dict[str, list[str]]:
    """Return, by application, every commit that deployed a release in a target, the newest first, then what found it there.

    The targets are in one environment. Reads the whole history.
    """
    claims = [(target, record) for target, release in pairs for record in past.claims.bringing(target, release)]
    found: dict[str, list[str]] = {target.app.name: [] for target, _ in pairs}
    for target, record in past.verified(claims):
        found[target.app.name].append(record.commit)
    past.releases.fetch([(target, past.bootstrap(target.branch)) for target, _ in pairs])
    for target, release in pairs:
        first = past.first(target)
        if first and first.same_content(release):
            found[target.app.name].append(past.bootstrap(target.branch))
    return {name: list(dict.fromkeys(commits)) for name, commits in found.items()}


def _of(change: Change, notes: Notes, commits: Sequence[str]) -> tuple[CheckResult, ...]:
    name = change.environment.source or ""
    return check_results.of_release(_parsed(notes, commits), change.app.name, name, change.after)


def _parsed(notes: Notes, commits: Iterable[str]) -> Iterable[CheckResult]:
    for commit in commits:
        parsed = check_results.parse(notes.texts.get(commit, b""))
        if parsed.damaged:
            log.warning("the note of commit %s has %d damaged lines, which do not count", commit[:12], parsed.damaged)
        yield from parsed.results


def _lacks(change: Change, results: Sequence[CheckResult]) -> bool:
    latest = check_results.latest(results)
    return any(name not in latest for name in change.environment.checks)
