"""What a revision that Argo CD names is to the release that is waited for: asked of Git, once for
each revision.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import Commit, Repository, clean_url, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.core.release_values import try_read
from gitops_ci.core.rollout.expectation import UNKNOWN, Relation
from gitops_ci.model.operation import Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.wait.request import AwaitedTarget

log = logging.getLogger(__name__)

_PATIENCE = 30.0  # seconds for Git: Argo CD has to be followed meanwhile, and may be asked again
# seconds that an application waits for a question of another one: it has its own Argo CD to follow
_TURN = 5.0
_AGAIN = 10.0  # seconds after which Git is asked again when it did not answer
# seconds after which Git is asked again for what its history does not show: copies of a server lag
# behind
_STRANGE = 30.0
_SLACK = 500  # commits read beyond what was looked for: clocks of commits may be wrong
Question = tuple[str, str]  # revision and branch: one answers for all applications


class _Descent(msgspec.Struct, frozen=True):
    """Whether a revision is in a branch's history; which of the awaited commits are in its own
    past, and which in no history.
    """

    present: bool
    past: set[str]
    missing: set[str]


class LineageReader:
    """Looks revisions up for all applications that are waited for, and remembers what they are.
    Safe between threads.
    """

    def __init__(self, location: RepositoryLocation, awaiteds: Sequence[AwaitedTarget]) -> None:
        self._location = location
        self._awaiteds = awaiteds
        self._relations: dict[tuple[Question, str], Relation] = {}  # and the application
        self._next: dict[Question, float] = {}
        self._pauses: dict[Question, float] = {}
        self._lock = threading.Lock()

    def of(
        self, awaited: AwaitedTarget, revisions: Iterable[str], deadline: Deadline
    ) -> Mapping[str, Relation]:
        """Return what is known of each revision; ``unknown`` where Git does not answer now."""
        relations = {}
        for revision in revisions:
            if revision == awaited.expectation.commit:
                relations[revision] = Relation("ours", str(awaited.target.release))
            else:
                relations[revision] = self._in_turn(awaited.target, revision, deadline)
        return relations

    def _in_turn(self, target: Target, revision: str, deadline: Deadline) -> Relation:
        question = (revision, target.branch)
        key = (question, target.app.name)
        if self._lock.acquire(timeout=min(_TURN, deadline.remaining())):
            try:
                if not _is_settled(self._relations.get(key)):
                    self._ask_again(question, deadline)
            finally:
                self._lock.release()
        return self._relations.get(key, UNKNOWN)

    def _ask_again(self, question: Question, deadline: Deadline) -> None:
        now = time.monotonic()
        if now < self._next.get(question, 0.0):
            return
        pause = self._pauses[question] = 2 * self._pauses.get(question, _STRANGE / 2)
        self._next[question] = now + pause
        bounded = Deadline.after(max(1.0, min(_PATIENCE, deadline.remaining())))
        try:
            self._look_up(question, bounded)
        except GitopsError as error:
            log.debug("looking up %s: %s", question[0], error.message)
            self._pauses.pop(question, None)
            unavailable = isinstance(error, UnavailableError)
            self._next[question] = time.monotonic() + (_AGAIN if unavailable else 3 * _AGAIN)

    def _look_up(self, question: Question, deadline: Deadline) -> None:
        url, git_credentials = clean_url(self._location.url)
        credentials = self._location.credentials or git_credentials
        awaiteds = [each for each in self._awaiteds if each.target.branch == question[1]]
        with open_repository(
            url, credentials=credentials, ca_file=self._location.ca_file, deadline=deadline
        ) as repository:
            commit, descent = _find(repository, question, awaiteds)
            contents = {}
            if descent.present:
                contents = repository.read([(commit, each.target.file) for each in awaiteds])
        for awaited in awaiteds:
            target = awaited.target
            content = contents.get((commit, target.file))
            release = try_read(content, target.app, target.environment.name, target.file)
            relation = _relation(awaited, descent, release)
            missing = relation.kind == "before" and awaited.expectation.commit in descent.missing
            self._relations[question, target.app.name] = replace(relation, missing=missing)


def _is_settled(relation: Relation | None) -> bool:
    return relation is not None and relation.kind != "foreign" and not relation.missing


def _find(
    repository: Repository, question: Question, awaiteds: Sequence[AwaitedTarget]
) -> tuple[str, _Descent]:
    """Return the commit that a revision is, and what it descends from: of an annotated tag Argo CD
    may name the object.
    """
    revision, branch = question
    head = repository.head(branch).commit
    commits = {each.expectation.commit for each in awaiteds if each.expectation.commit}
    descent = _descent(repository.history(head), revision, commits)
    if descent.present:
        return revision, descent
    commit = repository.references.tagged_commit(revision)
    if commit is None:
        return revision, descent
    return commit, _descent(repository.history(head), commit, commits)


def _relation(awaited: AwaitedTarget, descent: _Descent, release: Release | None) -> Relation:
    if not descent.present:
        return Relation("foreign")
    label = release.label if release else ""
    commit = awaited.expectation.commit
    if commit is not None and commit not in descent.past:
        return Relation("before", label)
    if release is not None and release.same_content(awaited.target.release):
        return Relation("ours", label)
    return Relation("before" if commit is None else "replaced", label)


def _descent(history: Iterator[Commit], revision: str, commits: set[str]) -> _Descent:
    parents: dict[str, tuple[str, ...]] = {}
    slack = _SLACK
    for commit in history:
        parents[commit.id] = commit.parents
        if revision in parents and commits <= parents.keys():
            slack -= 1
            if slack < 0:
                break
    missing = commits - parents.keys()
    if revision not in parents:
        return _Descent(False, set(), missing)
    past: set[str] = set()
    waiting = [revision]
    while waiting:
        oid = waiting.pop()
        if oid not in past:
            past.add(oid)
            waiting += parents.get(oid, ())
    return _Descent(True, commits & past, missing)
