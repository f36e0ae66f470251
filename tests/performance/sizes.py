"""How large everything is: in full for docs/benchmarks.md, small for a look at whether the
measurements still work.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Repository:
    """Applications (eight files each), commits, and how often each side is measured."""

    apps: int
    commits: int
    rounds: int


@dataclass(frozen=True)
class Sizes:
    """All sizes of one run; ``long`` is the repository whose history is read, ``short`` the same
    one when it was young.

    ``rollout`` and ``long_rollout``: seconds until an application is Healthy; ``script_pause``:
    between a script's questions. ``tiers``: the first command of a machine, and what is run in a
    later clone.
    """

    few: Repository
    many: Repository
    most: Repository
    short: Repository
    long: Repository
    promoted: int
    promoted_rounds: int
    updaters: int
    starts: int
    jobs: int
    scaffolds: int
    agents: int
    waits: int
    long_waits: int
    rollout: float
    long_rollout: float
    script_pause: int
    waited_apps: int
    many_waits: int
    tiers: tuple[tuple[str, ...], ...]


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
    jobs=11,
    scaffolds=11,
    agents=11,
    waits=6,
    long_waits=2,
    rollout=7.0,
    long_rollout=30.0,
    script_pause=5,
    waited_apps=20,
    many_waits=3,
    tiers=((".ci/run",), ("make", "test-unit"), ("make", "test"), ("make", "test-slow")),
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
    jobs=1,
    scaffolds=1,
    agents=1,
    waits=1,
    long_waits=1,
    rollout=1.5,
    long_rollout=2.0,
    script_pause=1,
    waited_apps=2,
    many_waits=1,
    tiers=(("make", "help"), ("make", "help")),
)
