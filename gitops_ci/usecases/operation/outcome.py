"""How a try ended, with what people should know besides."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gitops_ci.core import gates
from gitops_ci.core.gates.render import RENDERED
from gitops_ci.model.operation import Proposal, Rendering, Verdict
from gitops_ci.model.outcome import Outcome
from gitops_ci.model.release import Known
from gitops_ci.usecases.operation.prepare import Prepared

if TYPE_CHECKING:
    from gitops_ci.model.difference import Difference


def outcome_of(
    prepared: Prepared,
    attempts: int,
    *,
    commit: str | None = None,
    published: bool = False,
    proposal: Proposal | None = None,
    brings: "Difference | None" = None,
) -> Outcome:
    """Return the outcome; without a ``commit`` and a ``proposal``, the one if nothing is
    published.
    """
    query, verdicts = prepared.query, prepared.judged.verdicts
    files = prepared.snapshot.files
    rendered = _renderings(prepared)
    unused = gates.unused_overrides(verdicts, query.request.actor) if prepared.plan.changes else ()
    return Outcome(
        request=query.request,
        plan=prepared.plan,
        verdicts=verdicts,
        commit=commit or _earlier_commit(prepared),
        published=published,
        attempts=attempts,
        before={file: files[prepared.branch, file] or b"" for file in query.files},
        after=query.files,
        existing={name: record.commit for name, record in prepared.existing.items()},
        notices=(
            *query.selection.notices,
            *_warnings(verdicts),
            *dict.fromkeys(_rendering_problems(rendered)),
            *unused,
        ),
        proposal=proposal or prepared.proposal,
        git_tag=prepared.git_tag,
        rendered=rendered,
        brings=brings,
    )


def _earlier_commit(prepared: Prepared) -> str | None:
    """Return the one commit that had done all of it before."""
    commits = {record.commit for record in prepared.existing.values()}
    return commits.pop() if len(commits) == 1 and not prepared.plan.changes else None


def _renderings(prepared: Prepared) -> tuple[Rendering, ...]:
    if not prepared.query.request.show_rendered:
        return ()
    rendered = prepared.judged.facts.all(RENDERED)
    return tuple(rendering for rendering in rendered if isinstance(rendering, Rendering))


def _warnings(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        if verdict.unconfirmed:
            yield f"{verdict.app}: {verdict.gate} {verdict.reason}"
    for verdict in verdicts:
        if verdict.warning:
            yield f"{verdict.app}: {verdict.warning}"


def _rendering_problems(renderings: Sequence[Rendering]) -> Iterator[str]:
    """Say what could not be rendered, so that no difference of it is shown."""
    for rendering in renderings:
        for when, rendered in (
            ("as it was", rendering.before),
            ("as it would be", rendering.after),
        ):
            if rendered and rendered.fact != Known(None):
                fact = rendered.fact
                reason = fact.value if isinstance(fact, Known) else fact.reason
                yield f"{rendering.app} {when} is not rendered: {reason}"
