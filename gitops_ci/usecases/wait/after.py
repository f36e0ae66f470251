"""Waiting after an operation: what can be known to keep it from being waited for is known before
anything is published.
"""

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


def check_access(
    repository: Repository, location: RepositoryLocation, request: Request, wait_policy: WaitPolicy
) -> None:
    """Raise UsageError when Argo CD is not named, or token or certificates can't be read."""
    if wait_policy.level == COMMITTED:
        return
    config = read_policy(repository, location, request.apps, read_only=request.dry_run).config
    access_to(location, config.require_environment(request.environment))
    argocd_token()
    trust(location.ca_file, insecure=location.argocd.insecure)


def wait_after(
    outcome: Outcome, location: RepositoryLocation, wait_policy: WaitPolicy
) -> list[Arrival]:
    """Return how waiting for each application ended; raises no GitopsError, because the operation
    was carried out.
    """
    awaiteds = awaited_after_operation(outcome, location, wait_policy)
    try:
        return wait_for(awaiteds, location, wait_policy)
    except GitopsError as error:
        return [failed(awaited, error) for awaited in awaiteds]
