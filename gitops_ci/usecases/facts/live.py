"""What Argo CD says of the environment before a promotion's target: whether it runs the release,
Synced and Healthy.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gitops_ci.adapters.argocd import Access, ApplicationName, Argocd, NoAnswerError
from gitops_ci.adapters.git import clean_url
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.core.release_values import read_release
from gitops_ci.core.rollout import document
from gitops_ci.core.rollout.document import Live
from gitops_ci.core.rollout.expectation import Expectation, Relation
from gitops_ci.core.rollout.judging import judge, revisions
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.operation import Change
from gitops_ci.model.release import Fact, Known, Unknown
from gitops_ci.usecases.argocd_access import access_to, application_of
from gitops_ci.usecases.facts.reader import FactQuery, FactReader, FactSources

_AGE = 30.0  # seconds for which an answer holds across tries
_REFRESH = 15.0  # seconds for the controller
_THREADS = 8

Answer = Live | GitopsError


class Reader(FactReader):
    """Asks Argo CD; the state is what it answered, so that a lost race does not ask again."""

    def __init__(self, sources: FactSources) -> None:
        super().__init__(sources)
        self._answers: dict[str, tuple[float, Answer]] = {}

    def read(self, query: FactQuery) -> Mapping[str, Fact]:
        """Return Known(None) where it runs the release well, Known(words) otherwise, or why that is
        not known.
        """
        names = [change.app.name for change in query.plan.changes]
        environments = query.selection.snapshot.config.environments
        source = environments[query.plan.environment.source or ""]
        try:
            self._ask(names, source)
        except GitopsError as error:
            return dict.fromkeys(names, _as_unknown(error))
        return {
            change.app.name: self._fact(change, source, query.selection.snapshot.config)
            for change in query.plan.changes
        }

    def _ask(self, names: Sequence[str], source: Environment) -> None:
        access, now = access_to(self._sources.location, source), time.monotonic()
        missing = [
            name
            for name in names
            if name not in self._answers or self._answers[name][0] < now - _AGE
        ]
        deadline = self._sources.deadline
        with ThreadPoolExecutor(_THREADS) as pool:
            answers = pool.map(
                lambda name: _ask_argocd(access, application_of(name, source), deadline), missing
            )
            self._answers |= {
                name: (now, answer) for name, answer in zip(missing, answers, strict=True)
            }

    def _fact(self, change: Change, source: Environment, config: Config) -> Fact:
        answer = self._answers[change.app.name][1]
        if isinstance(answer, GitopsError):
            return _as_unknown(answer)
        named = source.argocd_place
        repository = named.repository or clean_url(self._sources.location.url)[0]
        expected = Expectation(
            str(change.after), None, repository, out_of_sync=named.allow_out_of_sync
        )
        file = config.values_file(change.app, source)
        relations = {
            revision: self._relation(revision, change, source.name, file)
            for revision in revisions(answer, repository)
        }
        judged = judge(answer, expected, relations)
        if judged.state == "done":
            return Known(None)
        if answer.refreshing:
            return Unknown("the controller of Argo CD does not answer", transient=True)
        if judged.state == "unavailable":
            return Unknown(judged.reason, transient=True)
        return Known(judged.reason)

    def _relation(self, revision: str, change: Change, environment: str, file: str) -> Relation:
        """Compare what a revision names for the environment with the release: which commit brought
        it does not matter here.
        """
        try:
            data = self._contents(revision, file)
            release = (
                read_release(data, change.app, environment, file) if data is not None else None
            )
        except UnavailableError:
            raise
        except GitopsError:
            return Relation("foreign")
        same = release is not None and release.same_content(change.after)
        return Relation("ours" if same else "before", release.label if release else "")

    def _contents(self, revision: str, file: str) -> bytes | None:
        try:
            return self._sources.repository.read([(revision, file)])[revision, file]
        except UnavailableError:
            raise
        except GitopsError:  # of an annotated tag Argo CD may name the object and not the commit
            commit = self._sources.repository.references.tagged_commit(revision)
            if commit is None:
                raise
            return self._sources.repository.read([(commit, file)])[commit, file]


def _ask_argocd(access: Access, application: ApplicationName, deadline: Deadline) -> Answer:
    try:
        argocd = Argocd(access, deadline)
        try:
            return document.read(_refreshed(argocd, application, deadline))
        finally:
            argocd.close()
    except GitopsError as error:
        return error


def _refreshed(argocd: Argocd, application: ApplicationName, deadline: Deadline) -> dict[str, Any]:
    """Return what is the case after a comparison, or before one that nobody makes."""
    try:
        return argocd.refreshed(application, min(_REFRESH, deadline.remaining() / 3))
    except NoAnswerError:
        return argocd.application(application)


def _as_unknown(error: GitopsError) -> Unknown:
    return Unknown(error.message, transient=isinstance(error, UnavailableError))
