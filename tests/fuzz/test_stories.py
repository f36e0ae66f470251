"""How stories are dealt out and shortened."""

import itertools
from collections import Counter

import pytest

from tests.fuzz import stories
from tests.fuzz.play import Story
from tests.fuzz.rules import Rules
from tests.fuzz.shrinking import shrink
from tests.fuzz.steps import Step

_NEEDED = (Step("update", "cart"), Step("attack", "cart", "prod", "a hand edit"))


def test_a_story_is_known_by_its_seed_and_number() -> None:
    assert stories.story(7, 3) == stories.story(7, 3)
    assert stories.story(7, 3) != stories.story(7, 4)
    assert stories.story(7, 3) != stories.story(8, 3)


@pytest.mark.parametrize(("many", "mix"), [(3, stories.dense(3)), (12, stories.USUAL)])
def test_stories_that_follow_each_other_have_every_kind(many: int, mix: stories.Mix) -> None:
    told = [stories.story(1, number, mix) for number in range(many)]
    kinds = Counter(itertools.chain.from_iterable(map(stories.kinds_of, told)))
    assert stories.missing(stories.all_kinds(), kinds) == []


def test_what_breaks_a_law_is_all_that_is_left() -> None:
    """Of twenty steps the two that it takes, and no rule that it does not take."""
    others = [Step("wait", "shop", "dev", f"{hours}h") for hours in range(9)]
    story = Story(
        Rules(apps=("shop", "cart"), signers=True, soak=2, release=True),
        (*others, _NEEDED[0], *others, _NEEDED[1]),
    )

    def breaks(shorter: Story) -> bool:
        return shorter.rules.soak == 2 and all(step in shorter.steps for step in _NEEDED)

    assert shrink(story, breaks) == Story(Rules(apps=("cart",), soak=2, distinct=False), _NEEDED)
