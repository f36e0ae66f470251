"""How an operation ended: what reports show of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from gitops_ci.base.errors import RefusedError
from gitops_ci.model.config import Environment
from gitops_ci.model.operation import GitTag, Plan, Proposal, Rendering, Request, Verdict

if TYPE_CHECKING:
    from gitops_ci.model.difference import Difference  # loaded where a plan is asked what it brings


class Outcome(msgspec.Struct, frozen=True):
    """How an operation ended: ``commit`` is the one that was published or proposed, or that did it
    before.

    ``published``: it is on the target's branch; ``proposal``: it was to go to a branch of its own.
    ``before`` and ``after`` hold the values files that change, by path; ``existing`` the commits by
    application; ``rendered`` what helm makes of them, ``brings`` which releases and commits of the
    source come along, where asked for.
    """

    request: Request
    plan: Plan
    verdicts: tuple[Verdict, ...]
    commit: str | None
    published: bool
    attempts: int
    before: Mapping[str, bytes] = {}
    after: Mapping[str, bytes] = {}
    existing: Mapping[str, str] = {}
    notices: tuple[str, ...] = ()
    proposal: Proposal | None = None
    git_tag: GitTag | None = None
    rendered: tuple[Rendering, ...] = ()
    brings: "Difference | None" = None


class Explanation(msgspec.Struct, frozen=True):
    """What stands between a release and an environment at ``now`` (seconds since the epoch).

    ``outcome`` is that of the promotion as it would be; ``refusal`` why there is none; neither
    where builds are written directly. ``next`` are the environments that are fed from this one.
    """

    environment: Environment
    now: int
    outcome: Outcome | None = None
    refusal: RefusedError | None = None
    next: tuple[str, ...] = ()
