"""What registries have, kept for a while so that a lost race does not ask again."""

import math
import time
from collections.abc import Mapping, Sequence

from gitops_ci.adapters import registry
from gitops_ci.base.deadline import Deadline
from gitops_ci.core import gates
from gitops_ci.model.image_reference import ImageReference
from gitops_ci.model.release import Fact
from gitops_ci.usecases.facts.reader import FactQuery, FactReader, FactSources

_QUICK = 3.0  # seconds that a registry gets where its answer is welcome but not required
_AGE = 30.0  # seconds for which a registry's answer holds across tries


class Reader(FactReader):
    """Asks the registries."""

    def __init__(self, sources: FactSources) -> None:
        super().__init__(sources)
        self._known: dict[ImageReference, tuple[float, Fact]] = {}

    def read(self, query: FactQuery) -> Mapping[str, Mapping[ImageReference, Fact]]:
        """Return what the registries have by the references of a plan."""
        required = query.plan.environment.verify_digest == "required"
        facts = self.digests(gates.digests_needed(query.plan), required=required)
        return {change.app.name: facts for change in query.plan.changes}

    def digests(
        self, references: Sequence[ImageReference], *, required: bool
    ) -> dict[ImageReference, Fact]:
        """Return the facts; where they are not required, the registries get a few seconds only."""
        now = time.monotonic()
        missing = [
            image_reference
            for image_reference in dict.fromkeys(references)
            if self._asked(image_reference) < now - _AGE
        ]
        if missing:
            deadline = self._sources.deadline
            bound = deadline if required else Deadline.after(min(_QUICK, deadline.remaining()))
            settings = self._sources.location.registry
            for reference, fact in registry.digests_of(
                missing, settings, bound, once=not required
            ).items():
                self._known[reference] = (now, fact)
        return {reference: self._known[reference][1] for reference in references}

    def _asked(self, reference: ImageReference) -> float:
        """Return when a reference was asked for, by the monotonic clock in seconds."""
        return self._known[reference][0] if reference in self._known else -math.inf
