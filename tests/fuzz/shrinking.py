"""Makes a story that breaks a law short enough to be read."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from tests.fuzz.play import Story
from tests.fuzz.rules import APPS, Rules
from tests.fuzz.steps import Step

Breaks = Callable[[Story], bool]  # whether the same law is broken in a story

_SIMPLER: dict[str, object] = {
    "signers": False,
    "release": False,
    "pattern": False,
    "inherited": False,
    "soak": 0,
    "checks": False,
    "freeze": False,
    "distinct": False,
}


def shrink(story: Story, breaks: Breaks) -> Story:
    """Return a story of which no single step can be left out, with rules as simple as they can be,
    that breaks the law as well.
    """
    story = _with_simpler_rules(story, breaks)
    size = max(1, len(story.steps) // 2)
    while size:
        shorter = _without_some(story, size, breaks)
        if shorter == story:
            size //= 2
        story = shorter
    return _with_simpler_rules(story, breaks)


def _without_some(story: Story, size: int, breaks: Breaks) -> Story:
    """Leave so many steps out at a time, from the end on, wherever the law is broken without them."""
    end = len(story.steps)
    while end > 0:
        start = max(0, end - size)
        shorter = replace(story, steps=story.steps[:start] + story.steps[end:])
        if breaks(shorter):
            story = shorter
        end = start
    return story


def _with_simpler_rules(story: Story, breaks: Breaks) -> Story:
    for name, value in _SIMPLER.items():
        story = _simpler(story, replace(story.rules, **{name: value}), breaks)
    used = _apps(story.steps)
    fewer = tuple(app for app in APPS if app in used) or APPS[:1]
    return _simpler(story, replace(story.rules, apps=fewer), breaks)


def _simpler(story: Story, rules: Rules, breaks: Breaks) -> Story:
    simpler = replace(story, rules=rules)
    return simpler if simpler != story and breaks(simpler) else story


def _apps(steps: Sequence[Step]) -> set[str]:
    return {step.app for step in steps}
