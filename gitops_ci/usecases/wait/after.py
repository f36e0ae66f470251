"""Waiting after an operation: what can be known to keep it from being waited for is known before anything is published."""

from gitops_ci.adapters.credentials import argocd_token
from gitops_ci.adapters.git import Repository
from gitops_ci.adapters.http.trust import trust
from gitops_ci.base.errors import GitopsError
from gitops_ci.core.rollout.arrival import Arrival
from gitops_ci.model.operation import Request
from gitops_ci.model.outcome import Outcome
from gitops_ci.usecases.argocd_access import access_to
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import read_policy
from gitops_ci.usecases.wait.request import COMMITTED, WaitPolicy, awaited_after_operation
from gitops_ci.usecases.wait.run import failed, wait_for


def check_access(repository: Repository, place: RepositoryLocation, request: Request, wish: WaitPolicy) -> None:
    """Raise UsageError when nothing says where Argo CD is, or the token or certificates can't be read."""
    if wish.level == COMMITTED:
        return
    config = read_policy(repository, place, request.apps, read_only=request.dry_run).config
    access_to(place, config.require_environment(request.environment))
    argocd_token()
    trust(place.ca_file, insecure=place.argocd.insecure)


def wait_after(outcome: Outcome, place: RepositoryLocation, wish: WaitPolicy) -> list[Arrival]:
    """Return how waiting for each application ended; raises no GitopsError, because the operation was carried out."""
    wanted = awaited_after_operation(outcome, place, wish)
    try:
        return wait_for(wanted, place, wish)
    except GitopsError as error:
        return [failed(each, error) for each in wanted]
