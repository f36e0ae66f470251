"""Plays the steps of a history on a repository of its own."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from msgspec import Struct

from tests.fuzz import changes, honest, merging
from tests.fuzz.attacks import catalogue
from tests.fuzz.history import History, LawBroken, begin
from tests.fuzz.identities import Identities
from tests.fuzz.rules import Rules
from tests.fuzz.steps import Step
from tests.fuzz.values import Registry

_STEPS = {
    **honest.STEPS,
    "merge": merging.merge,
    "change": changes.change,
    "attack": catalogue.attack,
    "land": catalogue.land,
}


class Story(Struct, frozen=True):
    """A history as it is told: the rules that it begins with, and its steps."""

    rules: Rules
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = [str(self.rules), *(f"{number:3} {step}" for number, step in enumerate(self.steps))]
        return "\n".join(lines)


class Surroundings(Struct, frozen=True):
    """What all histories of a run share."""

    folder: Path
    identities: Identities
    registry: Registry


def play(story: Story, surroundings: Surroundings) -> Counter[str]:
    """Make a history; return how often each kind of thing came about in it.

    Raises LawBroken where a law does not hold.
    """
    folder = Path(tempfile.mkdtemp(dir=surroundings.folder))
    try:
        history = begin(folder, story.rules, surroundings.identities, surroundings.registry)
        for number, step in enumerate(story.steps):
            _take(history, number, step)
        history.check_clean()
        return history.counts
    finally:
        shutil.rmtree(folder)


def _take(history: History, number: int, step: Step) -> None:
    history.pass_time()
    try:
        _STEPS[step.kind](history, step)
        history.check_values()
        if step.kind == "adopt":
            history.check_clean()
    except LawBroken as broken:
        raise LawBroken(f"in step {number}, {step}: {broken}") from None
