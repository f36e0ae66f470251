"""One answer of Argo CD beside what is waited for, and what its revisions stand for."""

from collections.abc import Mapping, Sequence

import msgspec

from gitops_ci.core.rollout.document import ApplicationSource, Live
from gitops_ci.core.rollout.expectation import UNKNOWN, Expectation, Relation


class Answer(msgspec.Struct, frozen=True):
    """``places`` are the indices of the sources that are the GitOps repository, at least one.

    What is not a commit, or not in ``relations``, is never the release.
    """

    live: Live
    expectation: Expectation
    relations: Mapping[str, Relation]
    places: tuple[int, ...]

    @property
    def sources(self) -> list[ApplicationSource]:
        return [self.live.sources[place] for place in self.places]

    @property
    def revision(self) -> str:
        """Return the revision that was compared last."""
        return self.sources[0].revision

    @property
    def operated(self) -> list[str]:
        """Return the revisions of the last or running operation, beside ``sources``."""
        operation = self.live.operation
        return revisions_at(self.places, operation.revisions, self.live) if operation else []

    @property
    def operates_ours(self) -> bool:
        """Tell whether the last or running operation is about the release."""
        operated = self.operated
        return bool(operated) and all(self.relation(each).kind == "ours" for each in operated)

    @property
    def applied(self) -> bool:
        """Tell whether a whole sync of the release has succeeded."""
        operation = self.live.operation
        if operation is None or not operation.whole or operation.phase != "Succeeded":
            return False
        return self.operates_ours

    @property
    def compared_before_end(self) -> bool:
        """Tell whether the last comparison says nothing yet of what the last operation did."""
        operation = self.live.operation
        return self.live.compared <= (operation.finished if operation else "")

    def relation(self, revision: str) -> Relation:
        return self.relations.get(revision, UNKNOWN)


def revisions_at(places: Sequence[int], revisions: Sequence[str], live: Live) -> list[str]:
    """Return the revisions of the chosen sources: they stand beside the sources, or there is one
    for the only one.
    """
    if len(revisions) != len(live.sources):
        return []
    return [revisions[place] for place in places]
