"""Why a promotion would be refused now: the plan and its gates, or why there is no plan. Changes nothing."""

import msgspec

from gitops_ci.config.model import Environment
from gitops_ci.deadline import Deadline
from gitops_ci.delivery import clock
from gitops_ci.delivery.deliver import carry_out
from gitops_ci.delivery.place import Place
from gitops_ci.delivery.reading import read_policy
from gitops_ci.errors import RefusedError
from gitops_ci.operation import Request
from gitops_ci.outcome import Outcome
from gitops_ci.repository import Repository


class Explanation(msgspec.Struct, frozen=True):
    """What stands between a release and an environment at ``now`` (seconds since the epoch).

    ``outcome`` is that of the promotion as it would be; ``refusal`` why there is none; neither where builds are written
    directly. ``next`` are the environments that are fed from this one.
    """

    environment: Environment
    now: int
    outcome: Outcome | None = None
    refusal: RefusedError | None = None
    next: tuple[str, ...] = ()


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
