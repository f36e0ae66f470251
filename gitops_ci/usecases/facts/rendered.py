"""Has charts rendered where a gate or a person asks for it, and nothing twice across tries."""

from gitops_ci.model.operation import Rendering
from gitops_ci.usecases.facts.reader import FactQuery, FactReader, FactSources
from gitops_ci.usecases.facts.rendering import Renderer


class Reader(FactReader):
    """Asks Helm."""

    def __init__(self, sources: FactSources) -> None:
        super().__init__(sources)
        self._renderer = Renderer(sources.repository, sources.deadline, {})

    def read(self, query: FactQuery) -> dict[str, Rendering]:
        """Return what helm makes of every change, with the values files as they would be."""
        renderings = self._renderer.render(
            query.plan,
            query.selection.snapshot,
            query.files,
            before=query.request.show_rendered,
        )
        return {rendering.app: rendering for rendering in renderings}
