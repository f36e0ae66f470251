"""What Argo CD runs beside what the GitOps repository wants: one list from each server, and a few
answers beside it.
"""

from collections.abc import Sequence
from contextlib import closing

from msgspec.structs import replace

from gitops_ci.adapters.argocd import Access, ApplicationName, Argocd, ArgocdServer
from gitops_ci.adapters.git import clean_url
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.core.rollout import document
from gitops_ci.core.rollout.document import Live
from gitops_ci.core.rollout.sources import sources_of_repository
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.ledger_views import DeploymentStatus, LiveStatus
from gitops_ci.usecases.argocd_access import access_to, application_of
from gitops_ci.usecases.location import RepositoryLocation

_LONGEST = 20.0  # seconds: an overview does without Argo CD rather than wait for it
_MOST = 20  # applications that are asked for one by one, because the list does not tell it all

Names = dict[tuple[str, str], Live]  # namespace, name


def with_live(
    statuses: Sequence[DeploymentStatus],
    config: Config,
    location: RepositoryLocation,
    deadline: Deadline,
) -> tuple[tuple[DeploymentStatus, ...], tuple[str, ...]]:
    """Return statuses with what Argo CD says of them, and notes where it says nothing; raises
    nothing that a server can do.
    """
    reader = _LiveReader(location, deadline)
    complete = tuple(
        replace(status, live=reader.status_of(status.app, config.environments[status.environment]))
        for status in statuses
    )
    return complete, tuple(reader.notes)


class _LiveReader:
    """Asks each server once for its list; ``notes`` are texts, each once, in their order."""

    def __init__(self, location: RepositoryLocation, deadline: Deadline) -> None:
        self._location, self._deadline = location, deadline
        self._lists: dict[str, Names] = {}
        self._left = _MOST
        self.notes: dict[str, None] = {}

    def status_of(self, app: str, environment: Environment) -> LiveStatus | None:
        """Return what Argo CD says of an application, None where that could not be asked."""
        try:
            access = access_to(self._location, environment)
        except GitopsError as error:
            self._note(f"Argo CD was not asked for {environment.name}: {error.message}")
            return None
        application = application_of(app, environment)
        names = self._list(access)
        if not names:
            return None  # its note says why; an application that a list lacks is news
        live = self._complete(access, application, _pick(names, application))
        repository = environment.argocd_place.repository or clean_url(self._location.url)[0]
        return _status(live, application, repository, access.server)

    def _list(self, access: Access) -> Names:
        url = access.server.url
        if url not in self._lists:
            self._lists[url] = self._listed(access)
        return self._lists[url]

    def _listed(self, access: Access) -> Names:
        try:
            with closing(Argocd(access, self._bounded())) as argocd:
                lives = [document.read(each) for each in argocd.applications()]
        except GitopsError as error:
            self._note(f"Argo CD says nothing: {error.message}")
            return {}
        if not lives:
            self._note(f"Argo CD at {access.server.url} shows no application to this token")
        return {(live.namespace, live.name): live for live in lives}

    def _complete(
        self, access: Access, application: ApplicationName, live: Live | None
    ) -> Live | None:
        """Return what the document of one application says: why it can't be compared, and the
        revisions of several sources; else what the list says.
        """
        if live is None or not self._left:
            return live
        if live.sync != "Unknown" and len(live.sources) <= 1:
            return live
        self._left -= 1
        try:
            with closing(Argocd(access, self._bounded())) as argocd:
                return document.read(argocd.application(application))
        except GitopsError:
            return live

    def _bounded(self) -> Deadline:
        return Deadline.after(min(_LONGEST, max(0.1, self._deadline.remaining())))

    def _note(self, text: str) -> None:
        self.notes[text] = None


def _pick(names: Names, application: ApplicationName) -> Live | None:
    if application.namespace:
        return names.get((application.namespace, application.name))
    matches = [live for (_, name), live in names.items() if name == application.name]
    return matches[0] if len(matches) == 1 else None


def _status(
    live: Live | None, application: ApplicationName, repository: str, server: ArgocdServer
) -> LiveStatus:
    name = str(application)
    if live is None:
        return LiveStatus(name, problem=f"no application {name}, or not ours to see")
    indices = sources_of_repository(live, repository)
    revision = live.sources[indices[0]].revision if indices else ""
    errors = (f"{kind}: {text}" for kind, text in live.conditions if kind.endswith("Error"))
    return LiveStatus(
        name,
        live.sync,
        live.health,
        revision,
        live.images,
        next(errors, ""),
        f"{server.url}/applications/{application}",
    )
