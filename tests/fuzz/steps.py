"""The steps of a history: made by chance, and short enough to be read when one fails."""

import random
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from tests.fuzz.rules import ENVIRONMENTS, Rules

# how a proposal is merged (docs/protected-branches.md), or what else a merge may be
MERGES = (
    "fast-forward",
    "merge commit",
    "merge after a pull",
    "rebase",
    "squash by GitHub",
    "squash by GitLab",
    "squash by git",
    "stale",
)
OTHER_MERGES = ("pull", "back-merge")


def needs_of(style: str) -> Mapping[str, object]:
    """Return the rules that a merge takes."""
    return {"release": True} if style == "back-merge" else {}


class Step(Struct, frozen=True):
    """Something that happens: a step that does not fit where it stands does nothing.

    So that any step can be left out of a history, no step says more than it has to.
    """

    kind: str
    app: str = ""
    environment: str = ""
    detail: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.app, self.environment, self.detail)))


APPROVERS = ("alice", "alice", "alice", "bob", "carol", "mallory", "nobody")
_POLICIES = ("soak", "checks", "freeze", "distinct", "approvers")
_LANDING = 0.5  # stories in which one attack stays
_WEIGHTS = {
    "deploy": 5,
    "update": 2,
    "promote": 4,
    "promote all": 1,
    "rollback": 3,
    "check": 2,
    "wait": 3,
    "other": 2,
    "chart": 1,
    "adopt": 1,
    "policy": 2,
    "merge": 1,
}


class Dealt(Struct, frozen=True):
    """The kinds that a story has to have."""

    attacks: Sequence[str]
    merges: Sequence[str]
    changes: Sequence[str]


def random_steps(choose: random.Random, rules: Rules, others: int, dealt: Dealt) -> list[Step]:
    """Return the steps of a story: some of any kind, and those that it has to have."""
    steps = [Step("deploy", choose.choice(rules.apps), "prod")] * 2
    for _ in range(choose.randint(others // 2, others)):
        steps += _steps(choose, rules)
    for style in dealt.merges:
        steps += _before_a_merge(choose, rules)
        steps.append(_merge(choose, rules, style))
    for kind, names in (("attack", dealt.attacks), ("change", dealt.changes)):
        for name in names:
            place = len(steps) - choose.randint(0, len(steps) // 2)
            steps.insert(place, Step(kind, *_place(choose, rules), name))
    if others and choose.random() < _LANDING:
        landing = Step("land", *_place(choose, rules), choose.choice(dealt.attacks))
        steps.insert(len(steps) * 2 // 3, landing)
    return steps


def _place(choose: random.Random, rules: Rules) -> tuple[str, str]:
    """Return a place; production is what attacks are after."""
    return choose.choice(rules.apps), choose.choice((*ENVIRONMENTS, "prod"))


def _before_a_merge(choose: random.Random, rules: Rules) -> Iterator[Step]:
    """Yield what lets there be something to propose."""
    app = choose.choice(rules.apps)
    yield Step("update", app, "dev")
    if choose.random() < 0.5:
        yield Step("promote", app, "stage")


def _steps(choose: random.Random, rules: Rules) -> Iterator[Step]:
    (kind,) = choose.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
    app, environment = choose.choice(rules.apps), choose.choice(ENVIRONMENTS)
    if kind == "merge":
        yield from _before_a_merge(choose, rules)
        yield _merge(choose, rules, choose.choice((*MERGES, *OTHER_MERGES)))
        return
    details = {
        "promote": choose.choice(APPROVERS),
        "promote all": choose.choice(APPROVERS),
        "rollback": choose.choice(APPROVERS),
        "check": choose.choice(("passed", "passed", "failed")),
        "wait": choose.choice(("1h", "5h", "30h", "80h")),
        "policy": choose.choice(_POLICIES),
    }
    yield Step(kind, app, environment, details.get(kind, ""))


def _merge(choose: random.Random, rules: Rules, style: str) -> Step:
    return Step("merge", choose.choice(rules.apps), choose.choice(ENVIRONMENTS), style)
