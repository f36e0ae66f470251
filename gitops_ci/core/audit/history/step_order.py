"""The order in which the steps of all branches are replayed: that of their times, and of one moment
that in which they can have happened.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence

from gitops_ci.core.audit.history.arrivals import ArrivedCommit, records

_Placed = tuple[int, int, ArrivedCommit]  # arrival, place on the policy branch


def in_order(
    chains: Mapping[str, Sequence[ArrivedCommit]], policy_branch: str
) -> Iterator[ArrivedCommit]:
    """Yield the steps of all branches, oldest first.

    Of one moment, what a branch shares with the policy branch comes with it, and what it got by
    itself before anything that the policy branch got later.
    """
    places = _places(chains[policy_branch])
    placed = [_placed(chain, places) for chain in chains.values()]
    return (step for _, _, step in heapq.merge(*placed, key=lambda each: each[:2]))


def _places(policy: Sequence[ArrivedCommit]) -> dict[str, int]:
    """Return by commit with which step of the policy branch it arrived there."""
    places: dict[str, int] = {}
    for place, step in enumerate(policy):
        for commit in (*step.side, step.commit):
            places[commit.id] = place
    return places


def _placed(chain: Sequence[ArrivedCommit], places: Mapping[str, int]) -> Iterator[_Placed]:
    place = 0
    for step in chain:
        place = max(place, _place(step, places))
        yield step.arrived, place, step


def _place(step: ArrivedCommit, places: Mapping[str, int]) -> int:
    """Return with which step of the policy branch one can have arrived: what it has read there is
    older than itself, where it is there too.
    """
    if step.commit.id in places:
        return places[step.commit.id]
    read = (record.policy or "" for record in records(step.commit))
    return max((places[name] for name in read if name in places), default=0)
