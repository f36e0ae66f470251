"""What a revision that Argo CD names is to the release that is waited for: asked of Git, once for each revision."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from gitops_ci.adapters.git import Commit, clean_url, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.core.release_values import try_read
from gitops_ci.core.rollout.judging import UNKNOWN, Relation
from gitops_ci.model.release import Release
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.wait.request import AwaitedTarget

log = logging.getLogger(__name__)

_PATIENCE = 30.0  # seconds for Git: Argo CD has to be followed meanwhile, and may be asked again
_TURN = 5.0  # seconds that one application waits for the question of another one
_AGAIN = 10.0  # seconds after which Git is asked again when it did not answer
_STRANGE = 30.0  # seconds after which Git is asked again for what its history does not show: copies of a server lag behind
_SLACK = 500  # commits read beyond what was looked for: clocks of commits may be wrong
Key = tuple[str, str, str]  # revision, branch, application


class LineageReader:
    """Looks revisions up for all applications that are waited for; the state is what was found. Safe between threads."""

    def __init__(self, place: RepositoryLocation, wanted: Sequence[AwaitedTarget]) -> None:
        self._place = place
        self._wanted = wanted
        self._known: dict[Key, Relation] = {}
        self._next: dict[tuple[str, str], float] = {}  # by revision and branch: one question answers for all applications
        self._strange: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def of(self, wanted: AwaitedTarget, revisions: Iterable[str], deadline: Deadline) -> Mapping[str, Relation]:
        """Return what is known of each revision; ``unknown`` where Git does not answer now."""
        found = {}
        for revision in revisions:
            if revision == wanted.expectation.commit:
                found[revision] = Relation("ours", str(wanted.release))
            else:
                found[revision] = self._in_turn(wanted, revision, deadline)
        return found

    def _in_turn(self, wanted: AwaitedTarget, revision: str, deadline: Deadline) -> Relation:
        if not self._lock.acquire(timeout=min(_TURN, deadline.remaining())):
            return self._known.get((revision, wanted.branch, wanted.app.name), UNKNOWN)
        try:
            return self._of(wanted, revision, deadline)
        finally:
            self._lock.release()

    def _of(self, wanted: AwaitedTarget, revision: str, deadline: Deadline) -> Relation:
        key = (revision, wanted.branch, wanted.app.name)
        known = self._known.get(key)
        settled = known is not None and known.kind != "foreign" and not known.missing
        asked = (revision, wanted.branch)
        if not settled and time.monotonic() >= self._next.get(asked, 0.0):
            pause = self._strange[asked] = 2 * self._strange.get(asked, _STRANGE / 2)
            self._next[asked] = time.monotonic() + pause
            try:
                self._look_up(revision, wanted.branch, Deadline.after(max(1.0, min(_PATIENCE, deadline.remaining()))))
            except GitopsError as error:
                log.debug("looking up %s: %s", revision, error.message)
                self._strange.pop(asked, None)
                self._next[asked] = time.monotonic() + (_AGAIN if isinstance(error, UnavailableError) else 3 * _AGAIN)
        return self._known.get(key, UNKNOWN)

    def _look_up(self, revision: str, branch: str, deadline: Deadline) -> None:
        url, found = clean_url(self._place.url)
        credentials = self._place.credentials or found
        with open_repository(url, credentials=credentials, ca_file=self._place.ca_file, deadline=deadline) as repository:
            head = repository.head(branch)
            mine = [each for each in self._wanted if each.branch == branch]
            commits = {each.expectation.commit for each in mine if each.expectation.commit}
            commit: str | None = revision
            here, after, missing = _descends(repository.history(head.commit), revision, commits)
            if not here:  # of an annotated tag Argo CD may name the object and not the commit
                commit = repository.tagged(revision)
                if commit:
                    here, after, missing = _descends(repository.history(head.commit), commit, commits)
            files = repository.read([(commit, each.file) for each in mine]) if here and commit else {}
        for each in mine:
            data = files.get((commit or "", each.file))
            release = try_read(data, each.app, each.environment.name, each.file)
            relation = _relation(each, here, after, release)
            lost = relation.kind == "before" and each.expectation.commit in missing
            self._known[revision, branch, each.app.name] = replace(relation, missing=lost)


def _relation(wanted: AwaitedTarget, here: bool, after: set[str], release: Release | None) -> Relation:
    if not here:
        return Relation("foreign")
    same = release is not None and release.same_content(wanted.release)
    shown = release.label if release else ""
    commit = wanted.expectation.commit
    if commit is not None and commit not in after:
        return Relation("before", shown)
    if same:
        return Relation("ours", shown)
    return Relation("before" if commit is None else "replaced", shown)


def _descends(history: Iterator[Commit], revision: str, commits: set[str]) -> tuple[bool, set[str], set[str]]:
    """Tell whether a revision is in a history; return those commits that are in its own past, and those in no history."""
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
