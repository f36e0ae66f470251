"""Runs stories until the time is over or a law is broken, and says what there was."""

import math
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.fuzz import stories
from tests.fuzz.history import LawBroken
from tests.fuzz.identities import make_identities
from tests.fuzz.play import Story, Surroundings, play
from tests.fuzz.shrinking import shrink
from tests.fuzz.stories import Mix
from tests.fuzz.values import Registry


class Failure(Struct, frozen=True):
    """A law that did not hold, in a story and in the shortest one that breaks it."""

    seed: int
    number: int
    mix: Mix
    story: Story
    words: str

    def __str__(self) -> str:
        dense = f" DENSE={self.mix.dense}" if self.mix.dense else ""
        return (
            f"{self.words}\n\nthe shortest story that breaks it:\n{self.story}\n\n"
            f"again: make fuzz SEED={self.seed} STORY={self.number}{dense}"
        )


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Make the folder, the keys and the registry that the stories of a run share."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        yield Surroundings(
            folder, make_identities(folder / "identities"), Registry(folder / "registry")
        )
    finally:
        shutil.rmtree(folder)


def run(
    seed: int,
    numbers: Iterator[int],
    around: Surroundings,
    mix: Mix = stories.USUAL,
    until: float = math.inf,
) -> tuple[Counter[str], Failure | None]:
    """Play stories by their numbers, until a time of the monotonic clock or the first that breaks a
    law; return how many of what there were.
    """
    counts: Counter[str] = Counter()
    for number in numbers:
        if time.monotonic() >= until:
            break
        story = stories.story(seed, number, mix)
        try:
            counts += play(story, around)
        except LawBroken:
            return counts, shortest(story, around, seed, number, mix)
        counts["histories"] += 1
    return counts, None


def shortest(story: Story, around: Surroundings, seed: int, number: int, mix: Mix) -> Failure:
    """Return what is wrong with a story that breaks a law, and the shortest story that does."""
    words = broken(story, around)
    shorter = shrink(story, _breaks_the_same(words, around))
    return Failure(seed, number, mix, shorter, broken(shorter, around))


def broken(story: Story, around: Surroundings) -> str:
    """Return in words which law a story breaks, '' where it breaks none."""
    try:
        play(story, around)
    except LawBroken as law:
        return str(law)
    return ""


def _breaks_the_same(words: str, around: Surroundings) -> Callable[[Story], bool]:
    """Return what tells whether a story breaks the same law: what follows the place is alike."""
    law = _law(words)
    return lambda story: _law(broken(story, around)) == law


def _law(words: str) -> str:
    """Return the first words of what is said, without the step and what is counted."""
    said = words.partition(": ")[2]
    return " ".join(said.split()[:4])
