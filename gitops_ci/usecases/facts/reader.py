"""What a reader of facts is given, and what it has to do."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.operation import Plan, Request, Target
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import Selection


class FactSources(msgspec.Struct, frozen=True):
    """What facts are read with."""

    repository: Repository
    location: RepositoryLocation
    deadline: Deadline


class FactQuery(msgspec.Struct, frozen=True):
    """What facts are read about: a plan at ``now``, in seconds since the epoch, with its values
    ``files`` as they would be.
    """

    plan: Plan
    request: Request
    selection: Selection
    ledger_reader: LedgerReader
    now: int
    files: Mapping[str, bytes] = {}

    @property
    def targets(self) -> dict[str, Target]:
        """Return the targets by application."""
        return {target.app.name: target for target in self.selection.targets}


class FactReader:
    """Reads one kind of fact. It lives for a run, so that a lost race need not ask again."""

    def __init__(self, sources: FactSources) -> None:
        self._sources = sources

    def read(self, query: FactQuery) -> Mapping[str, Any]:
        """Return the values by application; those that are left out are missing. Raises
        GitopsError.
        """
        raise NotImplementedError

    def outdated(self) -> bool:
        """Tell whether what was read last has changed outside of the branches since."""
        return False
