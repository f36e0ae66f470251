"""Runs of the fuzzer: a short one that has every kind of attack and merge, and a longer one."""

import random
import time
from collections.abc import Iterator

import pytest

from gitops_ci.core.audit.findings import FindingCollector
from tests.fuzz import stories
from tests.fuzz.play import Story, Surroundings
from tests.fuzz.rules import Rules
from tests.fuzz.run import run, shortest, surroundings
from tests.fuzz.steps import Step
from tests.realparts import need

_SEED, _STORIES = 1, 3
_LONG = 30  # seconds
_SEEDS = 2**32


@pytest.fixture(scope="module")
def around() -> Iterator[Surroundings]:
    need("ssh-keygen")
    with surroundings() as made:
        yield made


@pytest.mark.parametrize("number", range(_STORIES))
def test_every_attack_is_found_and_every_merge_is_clean(around: Surroundings, number: int) -> None:
    """Between them the stories have every kind, and none comes to nothing."""
    mix = stories.dense(_STORIES)
    counts, failure = run(_SEED, iter([number]), around, mix)
    assert failure is None, str(failure)
    assert stories.missing(stories.kinds_of(stories.story(_SEED, number, mix)), counts) == []


@pytest.mark.slow
def test_new_stories_keep_the_laws(around: Surroundings) -> None:
    seed = random.randrange(_SEEDS)
    numbers = iter(range(_SEEDS))
    _, failure = run(seed, numbers, around, until=time.monotonic() + _LONG)
    assert failure is None, str(failure)


def test_an_audit_that_overlooks_hand_edits_breaks_a_law(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shortest story is told, and how it can be had again."""
    monkeypatch.setattr(FindingCollector, "add_hand_edit", lambda *words, **more: None)
    attack = Step("attack", "shop", "prod", "a hand edit")
    story = Story(
        Rules(soak=2), (Step("update", "shop", "dev"), Step("wait", "shop", "dev", "1h"), attack)
    )
    failure = shortest(story, around, 5, 6, stories.dense(3))
    assert failure.story == Story(Rules(distinct=False), (attack,))
    assert "in step 0, attack shop prod a hand edit: the hook answers 0" in failure.words
    assert "make fuzz SEED=5 STORY=6 DENSE=3" in str(failure)
