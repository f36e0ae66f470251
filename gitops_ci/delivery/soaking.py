"""How long the releases of a plan ran in the environment that they come from."""

from gitops_ci.delivery import clock, stays
from gitops_ci.delivery.past import Past
from gitops_ci.delivery.reading import Scene
from gitops_ci.errors import GitError
from gitops_ci.gates import Soak
from gitops_ci.model import Unknown
from gitops_ci.operation import Change, Plan, Target


def soaked(planned: Plan, scene: Scene, past: Past) -> dict[str, Soak | Unknown]:
    """Return, by application, how long each release soaked: nothing where the target asks for no soak.

    Of what is long enough only so much is looked at that this is known.
    """
    wanted = planned.environment.soak
    if not planned.kind.from_before or not wanted:
        return {}
    pairs = [(change, scene.in_before(change.app)) for change in planned.changes]
    now = clock.now()
    targets = [target for _, target in pairs if target]
    if len(targets) > 1:
        stays.prepare(past, targets, back_to=now - wanted)
    return {change.app.name: _soak(change, target, wanted, now, past) for change, target in pairs}


def _soak(change: Change, target: Target | None, wanted: int, now: int, past: Past) -> Soak | Unknown:
    if target is None:
        return Soak(0)
    try:
        running = stays.present(past, target, change.after, now=now, back_to=now - wanted)
        lasted = now - running.since if running else 0
        if lasted < wanted:
            for stay in stays.earlier(past, target, change.after, now=now, enough=wanted):
                lasted = max(lasted, (stay.until or now) - stay.since)
                if lasted >= wanted:
                    break
    except GitError as error:
        return Unknown(error.message, transient=False)
    return Soak(lasted, running.since if running else None)
