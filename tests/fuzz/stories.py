"""Which stories a run tells: each is known by the seed of the run and its number."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tests.fuzz.attacks.catalogue import ATTACKS
from tests.fuzz.play import Story
from tests.fuzz.rules import random_rules
from tests.fuzz.steps import MERGES, OTHER_MERGES, needs_of, random_steps

_STYLES = (*MERGES, *OTHER_MERGES)
_SIGNED = 5  # one story of so many has signers: to sign and to verify takes time


class Mix(Struct, frozen=True):
    """How many attacks, merges and other steps a story has.

    ``dense``: how many stories share all kinds among them, where that is asked for.
    """

    attacks: int = 8
    merges: int = 2
    others: int = 6
    dense: int = 0


USUAL = Mix()


def story(seed: int, number: int, mix: Mix = USUAL) -> Story:
    """Return one story of a run.

    Stories that follow each other share out all kinds of attacks and merges, so that a short run
    has each of them.
    """
    choose = random.Random(f"{seed} {number}")
    styles = _dealt(_STYLES, seed, number, mix.merges)
    kinds = _dealt(tuple(ATTACKS), seed, number, mix.attacks)
    rules = random_rules(choose, signers=number % _SIGNED == _SIGNED - 1)
    for needs in [*(ATTACKS[kind].needs for kind in kinds), *map(needs_of, styles)]:
        rules = replace(rules, **needs)
    return Story(rules, tuple(random_steps(choose, rules, mix.others, styles, kinds)))


def dense(stories: int) -> Mix:
    """Return the mix with which so many stories have every kind."""
    return Mix(-(-len(ATTACKS) // stories), -(-len(_STYLES) // stories), others=0, dense=stories)


def _dealt(kinds: Sequence[str], seed: int, number: int, many: int) -> list[str]:
    """Return the kinds that a story gets of a pack, which is shuffled anew when it is used up."""
    first = number * many
    return [_card(kinds, seed, place) for place in range(first, first + many)]


def _card(kinds: Sequence[str], seed: int, place: int) -> str:
    pack, position = divmod(place, len(kinds))
    shuffled = list(kinds)
    random.Random(f"{seed} pack {pack}").shuffle(shuffled)
    return shuffled[position]


def all_kinds() -> list[str]:
    """Return what is counted of every kind of attack and merge."""
    return [f"attack: {name}" for name in ATTACKS] + [f"merge: {name}" for name in _STYLES]


def kinds_of(story: Story) -> list[str]:
    """Return what is counted of the attacks and merges of a story."""
    return [
        f"{step.kind}: {step.detail}" for step in story.steps if step.kind in {"attack", "merge"}
    ]


def missing(kinds: Iterable[str], counts: Counter[str]) -> list[str]:
    """Return the kinds of which there was none."""
    return [name for name in kinds if not counts[name]]
