"""Which stories a run tells: each is known by the seed of the run and its number."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tests.fuzz.attacks.catalogue import ATTACKS
from tests.fuzz.changes import CHANGES
from tests.fuzz.play import Story
from tests.fuzz.rules import random_rules
from tests.fuzz.steps import MERGES, OTHER_MERGES, Dealt, needs_of, random_steps

_STYLES = (*MERGES, *OTHER_MERGES)
_KINDS = {"attack": tuple(ATTACKS), "merge": _STYLES, "change": tuple(CHANGES)}
_SIGNED = 5  # one story of so many has signers: to sign and to verify takes time


class Mix(Struct, frozen=True):
    """How many attacks, merges, changes and other steps a story has.

    ``dense``: how many stories share all kinds among them, where that is asked for.
    """

    attacks: int = 8
    merges: int = 2
    changes: int = 2
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
    changes = _dealt(tuple(CHANGES), seed, number, mix.changes)
    rules = random_rules(choose, signers=number % _SIGNED == _SIGNED - 1)
    for needs in [*(ATTACKS[kind].needs for kind in kinds), *map(needs_of, styles)]:
        rules = replace(rules, **needs)
    return Story(
        rules, tuple(random_steps(choose, rules, mix.others, Dealt(kinds, styles, changes)))
    )


def dense(stories: int) -> Mix:
    """Return the mix with which so many stories have every kind."""
    each = {name: -(-len(names) // stories) for name, names in _KINDS.items()}
    return Mix(each["attack"], each["merge"], each["change"], others=0, dense=stories)


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
    """Return what is counted of every kind of attack, merge and change."""
    return [f"{step}: {name}" for step, names in _KINDS.items() for name in names]


def kinds_of(story: Story) -> list[str]:
    """Return what is counted of the attacks, merges and changes of a story."""
    return [f"{step.kind}: {step.detail}" for step in story.steps if step.kind in _KINDS]


def missing(kinds: Iterable[str], counts: Counter[str]) -> list[str]:
    """Return the kinds of which there was none."""
    return [name for name in kinds if not counts[name]]
