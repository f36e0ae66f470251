"""How large everything is: in full for docs/benchmarks.md, small for a look at whether the measurements still work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Repository:
    """Applications (eight files each), commits, and how often each side is measured."""

    apps: int
    commits: int
    rounds: int


@dataclass(frozen=True)
class Sizes:
    """All sizes of one run; ``long`` is the repository whose history is read, ``short`` the same one when it was young."""

    few: Repository
    many: Repository
    most: Repository
    short: Repository
    long: Repository
    promoted: int
    promoted_rounds: int
    updaters: int
    starts: int


FULL = Sizes(
    few=Repository(apps=10, commits=20, rounds=21),
    many=Repository(apps=1_000, commits=2_000, rounds=7),
    most=Repository(apps=20_000, commits=20, rounds=3),
    short=Repository(apps=1_000, commits=100, rounds=7),
    long=Repository(apps=1_000, commits=20_000, rounds=5),
    promoted=200,
    promoted_rounds=5,
    updaters=32,
    starts=25,
)

QUICK = Sizes(
    few=Repository(apps=2, commits=5, rounds=1),
    many=Repository(apps=20, commits=130, rounds=1),
    most=Repository(apps=40, commits=5, rounds=1),
    short=Repository(apps=10, commits=12, rounds=1),
    long=Repository(apps=10, commits=260, rounds=1),
    promoted=6,
    promoted_rounds=1,
    updaters=3,
    starts=1,
)
