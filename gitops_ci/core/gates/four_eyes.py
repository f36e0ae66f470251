"""Who is kept from approving: those who ask, and those who wrote what is released."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from gitops_ci.core.gates.gate import GateInput
from gitops_ci.core.gates.people import identities, identity, mapped_name
from gitops_ci.core.requesters import is_nobody, people_of
from gitops_ci.model.config import Approval
from gitops_ci.model.operation_kind import kind_of
from gitops_ci.model.required_version import STRICT

# what keeps somebody from approving
Barrier = Literal["requester", "author", "unmapped", "not named"]
_UNMAPPED = "is not under people"


class Objection(msgspec.Struct, frozen=True):
    """Why a person may not approve; ``unmapped``: an author is nobody under ``people``, and may be
    that person.
    """

    barrier: Barrier
    reason: str


class Doubt(msgspec.Struct, frozen=True):
    """What keeps four eyes from being proved, whoever approves: a refusal, or else a warning."""

    refuses: bool
    reason: str
    remedy: str


class ApprovalCase(msgspec.Struct, frozen=True):
    """One approval; ``recorded_authors`` are those whom records of the release name."""

    gate_input: GateInput
    rule: Approval
    recorded_authors: tuple[str, ...]

    @property
    def authors(self) -> tuple[str, ...]:
        """Return those who are kept out as authors."""
        if not authors_count(
            self.gate_input.plan.operation, self.rule, self.gate_input.actor.requesters
        ):
            return ()
        return tuple(
            dict.fromkeys((*self.gate_input.change.after.source_authors, *self.recorded_authors))
        )

    def doubts(self) -> list[Doubt]:
        """Return what can't be told of those who ask and of the authors; refusals come first."""
        doubts = [self._unmapped_requesters(), self._unknown_authors()]
        return sorted(filter(None, doubts), key=lambda doubt: not doubt.refuses)

    def objection_to(self, person: str) -> Objection | None:
        """Return why a person may not approve, None when nothing is known against it."""
        who = identity(person, self.gate_input.config)
        asking = people_of(self.gate_input.actor.requesters)
        if self.rule.distinct_requester and who in identities(asking, self.gate_input.config):
            return Objection("requester", f"{person} asked for it and can't approve it too")
        # without people a name and an address can't be held against each other; only `distinct`
        # insists on that
        mapped = self.rule.distinct_authors or bool(self.gate_input.config.people)
        for author in self.authors:
            if identity(author, self.gate_input.config) == who:
                reason = f"{person} is an author of the source revision and can't approve it"
                return Objection("author", reason)
            if mapped and mapped_name(author, self.gate_input.config) is None:
                reason = (
                    f"{author}, an author of the source revision, {_UNMAPPED}: that may be {person}"
                )
                return Objection("unmapped", reason)
        return None

    def _unmapped_requesters(self) -> Doubt | None:
        if not (self.rule.distinct_requester and self.gate_input.config.people):
            return None
        asking = people_of(self.gate_input.actor.requesters)
        unmapped = [name for name in asking if mapped_name(name, self.gate_input.config) is None]
        if not unmapped:
            return None
        return Doubt(
            self.gate_input.config.requires >= STRICT,
            f"{', '.join(unmapped)}, who asks for it, {_UNMAPPED}: whether that is who "
            "approves can't be told",
            "say who asks with --requested-by NAME, or add that name under people: in gitops.yaml",
        )

    def _unknown_authors(self) -> Doubt | None:
        count = authors_count(
            self.gate_input.plan.operation, self.rule, self.gate_input.actor.requesters
        )
        if self.authors or not count:
            return None
        refuses = self.rule.unknown_authors == "refuse"
        return Doubt(
            refuses,
            f"nobody recorded who wrote {self.gate_input.change.after}: whoever approves may be "
            "its author",
            "record it with the release file of its build (update --release)"
            + ("; approval.unknown_authors: allow lets it pass with a warning" if refuses else ""),
        )


def authors_count(operation: str, rule: Approval | None, requesters: Sequence[str]) -> bool:
    """Tell whether authors are kept from approving.

    They stand for the requester where nobody asked. What is rolled back to ran there before, and
    what is retired runs no more: its authors gain nothing.
    """
    kind = kind_of(operation)
    if rule is None or kind.goes_back or kind.removes:
        return False
    return rule.distinct_authors or (rule.distinct_requester and is_nobody(requesters))
