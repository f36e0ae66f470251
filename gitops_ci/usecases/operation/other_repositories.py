"""Whether values files run the images that they and gitops.yaml name: a tag that was tested says
nothing of another repository, and a text nothing of what Helm reads in its place.
"""

from gitops_ci.base.redaction import one_line
from gitops_ci.core.release_values import other_repository
from gitops_ci.core.written_texts import read_written
from gitops_ci.model.operation import Plan
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.refusal import refusal


def check_images(planned: Plan, selection: Selection) -> None:
    """Raise RefusedError where a promotion or an adoption would vouch for an image of another
    repository, and ValuesError where Helm reads another one.
    """
    if not planned.kind.vouches:
        return
    moving = {change.app.name for change in planned.changes}
    for target in (*selection.sources, *selection.targets):
        data = selection.snapshot.files.get((target.branch, target.file))
        if target.app.name not in moving or data is None:
            continue
        written_texts = read_written(data, target.app, target.file)
        if target not in selection.targets:
            written_texts.check(rewriting=not planned.kind.from_before)
        elif planned.kind.keeps_release:
            written_texts.check()
        other = other_repository(written_texts.texts, target.app, target.environment.name)
        if other:
            key, written, configured = other
            raise refusal(
                target,
                f"{target.file} of {target.app.name}: {key} is {one_line(written)}, and "
                f"gitops.yaml names {configured}",
                f"write {configured} there, or take repository: out of gitops.yaml: then "
                "the values files say it",
            )
