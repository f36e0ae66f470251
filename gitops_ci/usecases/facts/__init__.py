"""Reads what the gates of a plan ask for, and nothing else: one file for each kind of fact."""

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any, TypeVar

from gitops_ci.core.gates.approval import AUTHORS, CARRIED_OUT
from gitops_ci.core.gates.argocd import LIVE
from gitops_ci.core.gates.checks import CHECKS
from gitops_ci.core.gates.digest import DIGESTS
from gitops_ci.core.gates.gate import FactKind, Facts
from gitops_ci.core.gates.render import RENDERED
from gitops_ci.core.gates.sequence import NEWER
from gitops_ci.core.gates.soak import SOAK
from gitops_ci.core.gates.withdrawn import WITHDRAWN
from gitops_ci.model.release import Unknown
from gitops_ci.usecases.facts.reader import FactQuery, FactReader, FactSources

__all__ = ["READERS", "FactQuery", "FactReader", "FactReaders", "FactSources"]

R = TypeVar("R", bound=FactReader)

# In the order of reading. Each module has a `Reader`, and is imported when a gate asks: a plain
# update starts without.
READERS: dict[FactKind[Any], str] = {
    CHECKS: "gitops_ci.usecases.facts.checks",
    RENDERED: "gitops_ci.usecases.facts.rendered",
    LIVE: "gitops_ci.usecases.facts.live",
    DIGESTS: "gitops_ci.usecases.facts.digests",
    NEWER: "gitops_ci.usecases.facts.newer",
    CARRIED_OUT: "gitops_ci.usecases.facts.carried_out",
    SOAK: "gitops_ci.usecases.facts.soak",
    WITHDRAWN: "gitops_ci.usecases.facts.withdrawn",
    AUTHORS: "gitops_ci.usecases.facts.authors",
}


class FactReaders:
    """The readers of one run; of ``skipped`` kinds it is only said that nobody asked."""

    def __init__(self, sources: FactSources, skipped: Collection[FactKind[Any]] = ()) -> None:
        self._sources = sources
        self._skipped = skipped
        self._readers: dict[type[FactReader], FactReader] = {}
        self._used: list[FactReader] = []

    def of(self, kind: type[R]) -> R:
        """Return the one reader of a class."""
        if kind not in self._readers:
            self._readers[kind] = kind(self._sources)
        reader = self._readers[kind]
        assert isinstance(reader, kind)  # noqa: S101 - it was put there under its class
        return reader

    def read(self, kinds: Collection[FactKind[Any]], query: FactQuery) -> Facts:
        """Return the facts of some kinds; raises GitopsError when the history can't be read."""
        self._used = []
        values = {kind: self._read(kind, query) for kind in READERS if kind in kinds}
        return Facts(values, query.now)

    def outdated(self) -> bool:
        """Tell whether anything that was read last has changed outside of the branches since."""
        return any(reader.outdated() for reader in self._used)

    def _read(self, kind: FactKind[Any], query: FactQuery) -> Mapping[str, Any]:
        if kind in self._skipped:
            unknown = Unknown(f"{kind.name}: nobody asked", transient=True, asked=False)
            return {change.app.name: unknown for change in query.plan.changes}
        reader = self.of(import_module(READERS[kind]).Reader)
        self._used.append(reader)
        values: Mapping[str, Any] = reader.read(query)
        return values
