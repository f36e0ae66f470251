"""Gathers what the gates look at, and nothing that they don't ask for."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gitops_ci import gates, plan_id, registry
from gitops_ci.deadline import Deadline
from gitops_ci.delivery import clock
from gitops_ci.delivery.authors import authors
from gitops_ci.delivery.late import newer_builds
from gitops_ci.delivery.past import Past
from gitops_ci.delivery.place import Place
from gitops_ci.delivery.reading import Scene
from gitops_ci.delivery.recorded import Recorded
from gitops_ci.delivery.soaking import soaked
from gitops_ci.delivery.withdrawals import CHEAP, withdrawn
from gitops_ci.image_reference import ImageReference
from gitops_ci.model import Fact, Rendered
from gitops_ci.operation import Plan, Rendering, Request, Target
from gitops_ci.repository import Repository

if TYPE_CHECKING:
    from gitops_ci.delivery.live import Watched

_QUICK = 3.0  # seconds that a registry gets where its answer is welcome but not required
_DIGEST_AGE = 30.0  # seconds for which a registry's answer holds across tries


class Digests:
    """What registries answered, kept for a while so that a lost race does not ask again."""

    def __init__(self, place: Place, deadline: Deadline) -> None:
        self._settings = place.registry
        self._deadline = deadline
        self._known: dict[ImageReference, tuple[float, Fact]] = {}

    def of(self, references: Sequence[ImageReference], *, required: bool) -> dict[ImageReference, Fact]:
        """Return the facts; where they are not required, the registries get a few seconds only."""
        now = time.monotonic()
        missing = [each for each in dict.fromkeys(references) if self._known.get(each, (-math.inf, None))[0] < now - _DIGEST_AGE]
        if missing:
            bound = self._deadline if required else Deadline.after(min(_QUICK, self._deadline.remaining()))
            for reference, fact in registry.digests_of(missing, self._settings, bound, once=not required).items():
                self._known[reference] = (now, fact)
        return {reference: self._known[reference][1] for reference in references}


class Renderer:
    """Has charts rendered where a gate or a person asks for it, and nothing twice across tries."""

    def __init__(self, repository: Repository, deadline: Deadline) -> None:
        self._repository = repository
        self._deadline = deadline
        self._known: dict[str, Rendered] = {}

    def of(self, planned: Plan, request: Request, scene: Scene, edited: Mapping[str, bytes]) -> tuple[Rendering, ...]:
        """Return what helm makes of every change, with the values files as they would be."""
        judged = planned.environment.render and planned.kind.moves_forward
        if not planned.changes or not (judged or request.show_rendered):
            return ()
        from gitops_ci.delivery import rendering  # few ask for it, and a plain update starts without it

        world = rendering.Means(self._repository, self._deadline, self._known)
        return rendering.render(world, planned, scene, edited, before=request.show_rendered)


class Running:
    """Asks Argo CD where a gate wants it, and nothing twice across tries."""

    def __init__(self, repository: Repository, place: Place, deadline: Deadline) -> None:
        self._means = (repository, place, deadline)
        self._watched: Watched | None = None

    def of(self, planned: Plan, scene: Scene) -> Mapping[str, Fact]:
        """Return whether the environment before runs each release of a plan, empty where nobody wants to know."""
        if not (planned.environment.argocd and planned.changes):
            return {}
        from gitops_ci.delivery import live  # few ask for it, and a plain update starts without it

        if not live.is_asked(planned):
            return {}
        self._watched = self._watched or live.Watched(*self._means)
        return self._watched.of(planned, scene)


def gather(
    planned: Plan,
    request: Request,
    scene: Scene,
    past: Past,
    digests: Digests,
    recorded: Recorded,
    rendered: Mapping[str, Fact],
    live: Mapping[str, Fact],
) -> gates.Facts:
    """Return the facts for a plan, with those that helm and Argo CD gave; raises GitopsError when the history can't be read."""
    required = planned.environment.verify_digest == "required"
    targets = {target.app.name: target for target in scene.targets}
    return gates.Facts(
        digests=digests.of(gates.digests_needed(planned), required=required),
        newer=newer_builds(planned, request, targets, past),
        used=_used(planned, request, targets, past),
        now=clock.now(),
        soaked=soaked(planned, scene, past),
        checks=recorded.results,
        withdrawn=withdrawn(planned, targets, past),
        rendered=rendered,
        live=live,
        authors=authors(planned, request.actor, scene, past),
    )


def _used(planned: Plan, request: Request, targets: Mapping[str, Target], past: Past) -> str | None:
    """Return the commit that carried out a plan which is approved no longer, if it is one of the newest: for words alone."""
    approved = plan_id.read(request.actor.approved_plan)
    if approved is None or not planned.changes or approved.digest == planned.id:
        return None
    branch = targets[planned.changes[0].app.name].branch
    for record in past.claims.on(branch):
        if plan_id.read(record.plan) == plan_id.PlanId(plan_id.FORM, approved.digest):
            return record.commit
        if past.branches.read_so_far(branch) >= CHEAP:
            break
    return None
