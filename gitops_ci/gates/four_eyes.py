"""Who is kept from approving: those who ask, and those who wrote what is released."""

from collections.abc import Sequence

import msgspec

from gitops_ci.config.model import Approval, Config
from gitops_ci.config.requires import STRICT
from gitops_ci.gates.people import identities, identity, known
from gitops_ci.operation import Actor, Change
from gitops_ci.operation_kind import kind_of
from gitops_ci.requesters import is_nobody, people_of

UNMAPPED = "is not under people"


class Doubt(msgspec.Struct, frozen=True):
    """What keeps four eyes from being proved, whoever approves: a refusal, or else a warning."""

    refuses: bool
    reason: str
    remedy: str


class Eyes(msgspec.Struct, frozen=True):
    """What one approval is about: the change, its rule, who acts, and whom records name as authors of the release."""

    operation: str
    change: Change
    rule: Approval
    config: Config
    actor: Actor
    recorded: tuple[str, ...]

    @property
    def authors(self) -> tuple[str, ...]:
        """Return those who are kept out as authors."""
        if not authors_count(self.operation, self.rule, self.actor.requesters):
            return ()
        return tuple(dict.fromkeys((*self.change.after.source_authors, *self.recorded)))

    def doubts(self) -> list[Doubt]:
        """Return what can't be told of those who ask and of the authors; refusals come first."""
        found = [self._strangers(), self._unknown_authors()]
        return sorted(filter(None, found), key=lambda doubt: not doubt.refuses)

    def kept_out(self, person: str) -> str:
        """Return why a person may not approve, '' when nothing is known against it."""
        who = identity(person, self.config)
        asking = people_of(self.actor.requesters)
        if self.rule.distinct_requester and who in identities(asking, self.config):
            return f"{person} asked for it and can't approve it too"
        # without people a name and an address can't be held against each other; only `distinct` insists on that
        mapped = self.rule.distinct_authors or bool(self.config.people)
        for author in self.authors:
            if identity(author, self.config) == who:
                return f"{person} is an author of the source revision and can't approve it"
            if mapped and known(author, self.config) is None:
                return f"{author}, an author of the source revision, {UNMAPPED}: that may be {person}"
        return ""

    def _strangers(self) -> Doubt | None:
        if not (self.rule.distinct_requester and self.config.people):
            return None
        asking = people_of(self.actor.requesters)
        strangers = [name for name in asking if known(name, self.config) is None]
        if not strangers:
            return None
        return Doubt(
            self.config.requires >= STRICT,
            f"{', '.join(strangers)}, who asks for it, {UNMAPPED}: whether that is who approves can't be told",
            "say who asks with --requested-by NAME, or add that name under people: in gitops.yaml",
        )

    def _unknown_authors(self) -> Doubt | None:
        count = authors_count(self.operation, self.rule, self.actor.requesters)
        if self.authors or not count:
            return None
        refuses = self.rule.unknown_authors == "refuse"
        return Doubt(
            refuses,
            f"nobody recorded who wrote {self.change.after}: whoever approves may be its author",
            "record it with the release file of its build (update --release)"
            + ("; approval.unknown_authors: allow lets it pass with a warning" if refuses else ""),
        )


def authors_count(operation: str, rule: Approval | None, requesters: Sequence[str]) -> bool:
    """Tell whether authors are kept from approving.

    They stand for the requester where nobody asked. What is rolled back to ran there before: its authors gain nothing.
    """
    if rule is None or kind_of(operation).goes_back:
        return False
    return rule.distinct_authors or (rule.distinct_requester and is_nobody(requesters))
