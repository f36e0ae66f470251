"""Why a promotion would be refused now: the plan and its gates, or why there is no plan. Changes nothing."""

from gitops_ci.deadline import Deadline
from gitops_ci.delivery import clock
from gitops_ci.delivery.deliver import carry_out
from gitops_ci.delivery.place import Place
from gitops_ci.delivery.reading import read_policy
from gitops_ci.errors import RefusedError
from gitops_ci.operation import Request
from gitops_ci.outcome import Explanation
from gitops_ci.repository import Repository


def explain(repository: Repository, request: Request, place: Place, deadline: Deadline) -> Explanation:
    """Look at a promotion as it would be now; raises GitopsError when even that can't be found out."""
    config = read_policy(repository, place, request.apps, read_only=request.dry_run).config
    environment = config.require_environment(request.environment)
    if environment.source is None and request.source is None:
        fed = tuple(each.name for each in config.environments.values() if each.source == environment.name)
        return Explanation(environment, clock.now(), next=fed)
    try:
        return Explanation(environment, clock.now(), carry_out(repository, request, place, deadline))
    except RefusedError as error:
        return Explanation(environment, clock.now(), refusal=error)
