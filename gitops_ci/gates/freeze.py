"""Nothing is brought into the environment at this time."""

from datetime import datetime

from msgspec.structs import replace

from gitops_ci.config.model import Config, Freeze
from gitops_ci.freeze_window import Frozen, Window, frozen, local, window
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import verdict
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict


def freeze(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """Nothing is brought into the environment while one of its freeze windows holds."""
    found = frozen((_window(each) for each in change.environment.freeze), facts.now)
    name = change.environment.name
    if found is None:
        return verdict("freeze", change, PASSED, f"{name} is not frozen now")
    why = "; ".join(dict.fromkeys(each.reason for each in found.windows if each.reason))
    why = f": {why}" if why else ""
    if found.until is None:
        return verdict(
            "freeze", change, REFUSED, f"{name} is frozen, with no end in sight{why}", "correct freeze: in gitops.yaml"
        )
    end = local(found.until, found.last.zone)
    return replace(
        verdict(
            "freeze", change, REFUSED, f"{name} is frozen until {_said(end, found)}{why}", f"try again after {end.isoformat()}"
        ),
        opens_at=end.isoformat(),
    )


def _said(end: datetime, found: Frozen) -> str:
    return f"{end:%a %Y-%m-%d %H:%M} ({found.last.zone})"


def _window(each: Freeze) -> Window:
    return window(each.since, each.until, each.timezone, each.reason)
