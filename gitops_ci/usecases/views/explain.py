"""Why a promotion would be refused now: the plan and its gates, or why there is no plan. Changes
nothing.
"""

from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import RefusedError
from gitops_ci.model.operation import Request
from gitops_ci.model.outcome import Explanation
from gitops_ci.usecases import clock
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.run import run_operation
from gitops_ci.usecases.operation.snapshot import read_policy


def explain(
    repository: Repository, request: Request, location: RepositoryLocation, deadline: Deadline
) -> Explanation:
    """Plan a promotion as it would be now; raises GitopsError when that can't be read."""
    config = read_policy(repository, location, request.apps, read_only=request.dry_run).config
    environment = config.require_environment(request.environment)
    if environment.source is None and request.source is None:
        fed = tuple(
            each.name for each in config.environments.values() if each.source == environment.name
        )
        return Explanation(environment, clock.now(), next=fed)
    try:
        return Explanation(
            environment, clock.now(), run_operation(repository, request, location, deadline)
        )
    except RefusedError as error:
        return Explanation(environment, clock.now(), refusal=error)
