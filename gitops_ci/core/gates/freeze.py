"""Nothing is brought into the environment at this time."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core.config.parts import ConfigPart, Text
from gitops_ci.core.freeze_window import Window, covers, frozen_at, local_time, window
from gitops_ci.core.gates.gate import Gate, GateInput, Setting, SettingError, forward
from gitops_ci.model.config import Freeze
from gitops_ci.model.operation import Verdict


class FreezePart(ConfigPart, rename={"since": "from", "until": "to"}):
    """A time in which nothing is promoted."""

    since: Text
    until: Text
    timezone: Text = "UTC"
    reason: Text | None = None


def _read(parts: Sequence[FreezePart]) -> tuple[Freeze, ...]:
    for index, part in enumerate(parts):
        try:
            window(part.since, part.until, part.timezone)
        except GitopsError as error:
            raise SettingError(error.message, error.remedy, index) from None
    return tuple(Freeze(part.since, part.until, part.timezone, part.reason) for part in parts)


def _in_words(windows: Sequence[Freeze]) -> str:
    return "; ".join(f"{freeze.since} to {freeze.until} {freeze.timezone}" for freeze in windows)


def _loosened(old: Sequence[Freeze], new: Sequence[Freeze]) -> str:
    windows = list(map(_window, new))
    open_now = [
        freeze for freeze in old if not any(covers(each, _window(freeze)) for each in windows)
    ]
    return f"freeze: {_in_words(open_now)} does not hold as a whole any more" if open_now else ""


WINDOWS: Setting[tuple[Freeze, ...]] = Setting(
    "freeze",
    (),
    _read,
    Annotated[list[FreezePart], msgspec.Meta(max_length=200)],
    part=FreezePart,
    in_words=_in_words,
    loosened=_loosened,
)


def _judge(gate_input: GateInput) -> Verdict:
    change, name = gate_input.change, gate_input.change.environment.name
    frozen = frozen_at(map(_window, WINDOWS.of(change.environment)), gate_input.facts.now)
    if frozen is None:
        return gate_input.passed(f"{name} is not frozen now")
    reasons = "; ".join(dict.fromkeys(filter(None, (each.reason for each in frozen.windows))))
    why = f": {reasons}" if reasons else ""
    if frozen.until is None:
        reason = f"{name} is frozen, with no end in sight{why}"
        return gate_input.refused(reason, "correct freeze: in gitops.yaml")
    end = local_time(frozen.until, frozen.last.zone)
    reason = f"{name} is frozen until {end:%a %Y-%m-%d %H:%M} ({frozen.last.zone}){why}"
    refused = gate_input.refused(reason, f"try again after {end.isoformat()}")
    return replace(refused, opens_at=end.isoformat())


def _window(freeze: Freeze) -> Window:
    return window(freeze.since, freeze.until, freeze.timezone, freeze.reason)


GATE = Gate("freeze", forward, _judge, setting=WINDOWS)
