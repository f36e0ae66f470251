"""What Argo CD runs beside what the GitOps repository wants: one list from each server, and a few
answers beside it.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from gitops_ci.adapters.argocd import Access, ApplicationName, Argocd
from gitops_ci.adapters.git import clean_url
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.core.rollout import document
from gitops_ci.core.rollout.document import Live
from gitops_ci.core.rollout.sources import sources_of_repository
from gitops_ci.model.config import Config
from gitops_ci.model.ledger_views import DeploymentStatus, LiveStatus
from gitops_ci.usecases.argocd_access import access_to, application_of
from gitops_ci.usecases.location import RepositoryLocation

_LONGEST = 20.0  # seconds: an overview does without Argo CD rather than wait for it
_MOST = 20  # applications that are asked for one by one, because the list does not tell it all

Names = dict[tuple[str, str], Live]  # namespace, name


def with_live(
    standings: Sequence[DeploymentStatus],
    config: Config,
    location: RepositoryLocation,
    deadline: Deadline,
) -> tuple[tuple[DeploymentStatus, ...], tuple[str, ...]]:
    """Return standings with what Argo CD says of them, and notes where it says nothing; raises
    nothing that a server can do.
    """
    lists: dict[str, Names] = {}
    notes: dict[str, None] = {}
    statuses = []
    single = 0
    for status in standings:
        environment = config.environments[status.environment]
        try:
            access = access_to(location, environment)
            if access.server.url not in lists:
                lists[access.server.url] = _listed(access, deadline, notes)
        except GitopsError as error:
            notes[f"Argo CD was not asked for {status.environment}: {error.message}"] = None
            statuses.append(status)
            continue
        names = lists[access.server.url]
        application = application_of(status.app, environment)
        live = _pick(names, application.name, application.namespace)
        folder = f"{application.namespace}/" if application.namespace else ""
        page = f"{access.server.url}/applications/{folder}{application.name}"
        if live and (live.sync == "Unknown" or len(live.sources) > 1) and single < _MOST:
            single += 1
            live = _whole(access, application, deadline) or live
        url = environment.argocd_place.repository or clean_url(location.url)[0]
        # where there is no list its note says so; of one that is there, an absent application is
        # news
        state = _standing(live, str(application), url, page) if live or names else None
        statuses.append(replace(status, live=state))
    return tuple(statuses), tuple(notes)


def _listed(access: Access, deadline: Deadline, notes: dict[str, None]) -> Names:
    try:
        argocd = Argocd(access, _bounded(deadline))
        try:
            lives = [document.read(each) for each in argocd.applications()]
        finally:
            argocd.close()
    except GitopsError as error:
        notes[f"Argo CD says nothing: {error.message}"] = None
        return {}
    if not lives:
        notes[f"Argo CD at {access.server.url} shows no application to this token"] = None
    return {(live.namespace, live.name): live for live in lives}


def _whole(access: Access, application: ApplicationName, deadline: Deadline) -> Live | None:
    """Return what the document of one application says: why it can't be compared, and the revisions
    of several sources.
    """
    try:
        argocd = Argocd(access, _bounded(deadline))
        try:
            return document.read(argocd.application(application))
        finally:
            argocd.close()
    except GitopsError:
        return None  # what the list said stands


def _bounded(deadline: Deadline) -> Deadline:
    return Deadline.after(min(_LONGEST, max(0.1, deadline.remaining())))


def _pick(names: Names, name: str, namespace: str | None) -> Live | None:
    if namespace:
        return names.get((namespace, name))
    fitting = [live for (_, each), live in names.items() if each == name]
    return fitting[0] if len(fitting) == 1 else None


def _standing(live: Live | None, application: str, repository: str, page: str) -> LiveStatus:
    if live is None:
        return LiveStatus(application, problem=f"no application {application}, or not ours to see")
    places = sources_of_repository(live, repository)
    trouble = next(
        (f"{kind}: {words}" for kind, words in live.conditions if kind.endswith("Error")), ""
    )
    revision = live.sources[places[0]].revision if places else ""
    return LiveStatus(application, live.sync, live.health, revision, live.images, trouble, page)
