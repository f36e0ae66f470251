"""Whether values files run the images that gitops.yaml names: a tag that was tested says nothing of
another repository.
"""

from collections.abc import Iterator

from gitops_ci.base.errors import RefusedError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.release_values import other_repository, read_texts
from gitops_ci.model.operation import Plan, Target
from gitops_ci.usecases.operation.snapshot import Selection


def check_repositories(planned: Plan, selection: Selection) -> None:
    """Raise RefusedError where a promotion or an adoption would vouch for an image of another
    repository.
    """
    if not planned.kind.vouches:
        return
    moving = {change.app.name for change in planned.changes}
    for target in _targets(selection):
        data = selection.snapshot.files.get((target.branch, target.file))
        if target.app.name not in moving or data is None:
            continue
        other = other_repository(
            read_texts(data, target.app, target.file), target.app, target.environment.name
        )
        if other:
            key, written, configured = other
            raise RefusedError(
                f"{target.file} of {target.app.name}: {key} is {one_line(written)}, and "
                f"gitops.yaml names {configured}",
                remedy=f"write {configured} there, or take repository: out of gitops.yaml: then "
                "the values files say it",
                app=target.app.name,
                environment=target.environment.name,
            )


def _targets(selection: Selection) -> Iterator[Target]:
    yield from selection.sources
    yield from selection.targets
