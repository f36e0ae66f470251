"""What a revision that Argo CD names is to the release that is waited for: asked of Git, once for
each revision.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from gitops_ci.adapters.git import Commit, clean_url, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.core.release_values import try_read
from gitops_ci.core.rollout.judgement import UNKNOWN, Relation
from gitops_ci.model.release import Release
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.wait.request import AwaitedTarget

log = logging.getLogger(__name__)

_PATIENCE = 30.0  # seconds for Git: Argo CD has to be followed meanwhile, and may be asked again
_TURN = 5.0  # seconds that one application waits for the question of another one
_AGAIN = 10.0  # seconds after which Git is asked again when it did not answer
# seconds after which Git is asked again for what its history does not show: copies of a server lag
# behind
_STRANGE = 30.0
_SLACK = 500  # commits read beyond what was looked for: clocks of commits may be wrong
Key = tuple[str, str, str]  # revision, branch, application


class LineageReader:
    """Looks revisions up for all applications that are waited for; the state is what was found.
    Safe between threads.
    """

    def __init__(self, location: RepositoryLocation, awaiteds: Sequence[AwaitedTarget]) -> None:
        self._place = location
        self._wanted = awaiteds
        self._known: dict[Key, Relation] = {}
        self._next: dict[
            tuple[str, str], float
        ] = {}  # by revision and branch: one question answers for all applications
        self._strange: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def of(
        self, awaited: AwaitedTarget, revisions: Iterable[str], deadline: Deadline
    ) -> Mapping[str, Relation]:
        """Return what is known of each revision; ``unknown`` where Git does not answer now."""
        relations = {}
        for revision in revisions:
            if revision == awaited.expectation.commit:
                relations[revision] = Relation("ours", str(awaited.release))
            else:
                relations[revision] = self._in_turn(awaited, revision, deadline)
        return relations

    def _in_turn(self, awaited: AwaitedTarget, revision: str, deadline: Deadline) -> Relation:
        if not self._lock.acquire(timeout=min(_TURN, deadline.remaining())):
            return self._known.get((revision, awaited.branch, awaited.app.name), UNKNOWN)
        try:
            return self._of(awaited, revision, deadline)
        finally:
            self._lock.release()

    def _of(self, awaited: AwaitedTarget, revision: str, deadline: Deadline) -> Relation:
        key = (revision, awaited.branch, awaited.app.name)
        relation = self._known.get(key)
        settled = relation is not None and relation.kind != "foreign" and not relation.missing
        asked = (revision, awaited.branch)
        if not settled and time.monotonic() >= self._next.get(asked, 0.0):
            pause = self._strange[asked] = 2 * self._strange.get(asked, _STRANGE / 2)
            self._next[asked] = time.monotonic() + pause
            try:
                self._look_up(
                    revision,
                    awaited.branch,
                    Deadline.after(max(1.0, min(_PATIENCE, deadline.remaining()))),
                )
            except GitopsError as error:
                log.debug("looking up %s: %s", revision, error.message)
                self._strange.pop(asked, None)
                self._next[asked] = time.monotonic() + (
                    _AGAIN if isinstance(error, UnavailableError) else 3 * _AGAIN
                )
        return self._known.get(key, UNKNOWN)

    def _look_up(self, revision: str, branch: str, deadline: Deadline) -> None:
        url, git_credentials = clean_url(self._place.url)
        credentials = self._place.credentials or git_credentials
        with open_repository(
            url, credentials=credentials, ca_file=self._place.ca_file, deadline=deadline
        ) as repository:
            head = repository.head(branch)
            mine = [awaited for awaited in self._wanted if awaited.branch == branch]
            commits = {each.expectation.commit for each in mine if each.expectation.commit}
            commit: str | None = revision
            here, after, missing = _descends(repository.history(head.commit), revision, commits)
            if not here:  # of an annotated tag Argo CD may name the object and not the commit
                commit = repository.tagged(revision)
                if commit:
                    here, after, missing = _descends(
                        repository.history(head.commit), commit, commits
                    )
            files = (
                repository.read([(commit, each.file) for each in mine]) if here and commit else {}
            )
        for each in mine:
            data = files.get((commit or "", each.file))
            release = try_read(data, each.app, each.environment.name, each.file)
            relation = _relation(each, here, after, release)
            lost = relation.kind == "before" and each.expectation.commit in missing
            self._known[revision, branch, each.app.name] = replace(relation, missing=lost)


def _relation(
    awaited: AwaitedTarget, here: bool, after: set[str], release: Release | None
) -> Relation:
    if not here:
        return Relation("foreign")
    same = release is not None and release.same_content(awaited.release)
    shown = release.label if release else ""
    commit = awaited.expectation.commit
    if commit is not None and commit not in after:
        return Relation("before", shown)
    if same:
        return Relation("ours", shown)
    return Relation("before" if commit is None else "replaced", shown)


def _descends(
    history: Iterator[Commit], revision: str, commits: set[str]
) -> tuple[bool, set[str], set[str]]:
    """Tell whether a revision is in a history; return those commits that are in its own past, and
    those in no history.
    """
    parents: dict[str, tuple[str, ...]] = {}
    slack = _SLACK
    for commit in history:
        parents[commit.id] = commit.parents
        if revision in parents and commits <= parents.keys():
            slack -= 1
            if slack < 0:
                break
    if revision not in parents:
        return False, set(), commits - parents.keys()
    seen: set[str] = set()
    waiting = [revision]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            waiting += parents.get(each, ())
    return True, commits & seen, commits - parents.keys()
