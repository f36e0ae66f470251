"""Has charts rendered where a gate or a person asks for it, and nothing twice across tries."""

from gitops_ci.model.operation import Rendering
from gitops_ci.model.release import Rendered
from gitops_ci.usecases.facts.reader import FactQuery, FactReader, FactSources
from gitops_ci.usecases.facts.rendering import RenderMeans, render


class Reader(FactReader):
    """Asks Helm."""

    def __init__(self, sources: FactSources) -> None:
        super().__init__(sources)
        self._known: dict[str, Rendered] = {}

    def read(self, query: FactQuery) -> dict[str, Rendering]:
        """Return what helm makes of every change, with the values files as they would be."""
        means = RenderMeans(self._sources.repository, self._sources.deadline, self._known)
        shown = query.request.show_rendered
        rendered = render(means, query.plan, query.selection, query.files, before=shown)
        return {rendering.app: rendering for rendering in rendered}
