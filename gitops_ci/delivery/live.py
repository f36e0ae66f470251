"""What Argo CD says of the environment before a promotion's target: whether it runs the release, Synced and Healthy."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gitops_ci.argocd import Access, Application, Argocd, NoAnswerError
from gitops_ci.config.model import Environment
from gitops_ci.deadline import Deadline
from gitops_ci.delivery.argocd import access_to, application_of
from gitops_ci.delivery.place import Place
from gitops_ci.delivery.reading import Scene
from gitops_ci.errors import GitopsError, UnavailableError
from gitops_ci.model import Fact, Known, Unknown
from gitops_ci.operation import Change, Plan
from gitops_ci.release_values import read_release
from gitops_ci.repository import Repository, clean_url
from gitops_ci.rollout import document
from gitops_ci.rollout.document import Live
from gitops_ci.rollout.judging import Expectation, Relation, judge, revisions

_AGE = 30.0  # seconds for which an answer holds across tries
_REFRESH = 15.0  # seconds for the controller
_THREADS = 8

Answer = Live | GitopsError


def is_asked(planned: Plan) -> bool:
    """Tell whether a plan's target has the gate."""
    environment = planned.environment
    return planned.kind.from_before and environment.argocd and environment.source is not None and bool(planned.changes)


class Watched:
    """Asks Argo CD for the gate; the state is what it answered, so that a lost race does not ask again."""

    def __init__(self, repository: Repository, place: Place, deadline: Deadline) -> None:
        self._repository, self._place, self._deadline = repository, place, deadline
        self._answers: dict[str, tuple[float, Answer]] = {}

    def of(self, planned: Plan, scene: Scene) -> Mapping[str, Fact]:
        """Return by application Known(None) where it runs the release well, Known(words) otherwise, or why that is not known."""
        names = [change.app.name for change in planned.changes]
        source = scene.before
        if source is None:
            return {}
        try:
            self._ask(names, source)
        except GitopsError as error:
            return dict.fromkeys(names, _unknown(error))
        return {change.app.name: self._fact(change, source, scene) for change in planned.changes}

    def _ask(self, names: Sequence[str], source: Environment) -> None:
        access, now = access_to(self._place, source), time.monotonic()
        missing = [name for name in names if name not in self._answers or self._answers[name][0] < now - _AGE]
        with ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(lambda name: _look(access, application_of(name, source), self._deadline), missing)
            self._answers |= {name: (now, answer) for name, answer in zip(missing, found, strict=True)}

    def _fact(self, change: Change, source: Environment, scene: Scene) -> Fact:
        answer = self._answers[change.app.name][1]
        if isinstance(answer, GitopsError):
            return _unknown(answer)
        said = source.argocd_place
        expected = Expectation(
            str(change.after), None, said.repository or clean_url(self._place.url)[0], out_of_sync=said.allow_out_of_sync
        )
        file = scene.snapshot.config.values_file(change.app, source)
        relations = {each: self._relation(each, change, source.name, file) for each in revisions(answer, expected.repository)}
        judged = judge(answer, expected, relations)
        if judged.state == "done":
            return Known(None)
        if answer.refreshing:
            return Unknown("the controller of Argo CD does not answer", transient=True)
        return Unknown(judged.reason, transient=True) if judged.state == "unavailable" else Known(judged.reason)

    def _relation(self, revision: str, change: Change, environment: str, file: str) -> Relation:
        """Compare what a revision names for the environment with the release: which commit brought it does not matter here."""
        try:
            data = self._contents(revision, file)
            release = read_release(data, change.app, environment, file) if data is not None else None
        except UnavailableError:
            raise
        except GitopsError:
            return Relation("foreign")
        same = release is not None and release.same_content(change.after)
        return Relation("ours" if same else "before", release.label if release else "")

    def _contents(self, revision: str, file: str) -> bytes | None:
        try:
            return self._repository.read([(revision, file)])[revision, file]
        except UnavailableError:
            raise
        except GitopsError:  # of an annotated tag Argo CD may name the object and not the commit
            commit = self._repository.tagged(revision)
            if commit is None:
                raise
            return self._repository.read([(commit, file)])[commit, file]


def _look(access: Access, application: Application, deadline: Deadline) -> Answer:
    try:
        argocd = Argocd(access, deadline)
        try:
            return document.read(_newest(argocd, application, deadline))
        finally:
            argocd.close()
    except GitopsError as error:
        return error


def _newest(argocd: Argocd, application: Application, deadline: Deadline) -> dict[str, Any]:
    """Return what is the case after a comparison, or before one that nobody makes."""
    try:
        return argocd.refreshed(application, min(_REFRESH, deadline.remaining() / 3))
    except NoAnswerError:
        return argocd.application(application)


def _unknown(error: GitopsError) -> Unknown:
    return Unknown(error.message, transient=isinstance(error, UnavailableError))
