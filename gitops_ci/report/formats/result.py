"""The result document: what every command says of its end, in one form for machines."""

from typing import Any, Literal

import msgspec

from gitops_ci.base.errors import Category, RefusedError

SCHEMA = 1
Level = Literal["committed", "synced", "healthy"]


class ImageResult(msgspec.Struct, frozen=True):
    """One image: ``digest`` is ``sha256:...`` or null."""

    repository: str | None
    tag: str
    digest: str | None


class ReleaseResult(msgspec.Struct, frozen=True):
    """A release: ``tag`` is what all images share, or a list in words."""

    tag: str
    images: list[ImageResult]
    source_revision: str | None
    source_authors: list[str]
    build_url: str | None


class CarriedResult(msgspec.Struct, frozen=True):
    """A file or folder of the chart that comes from another branch; object ids, ``before`` null:
    new, ``after`` null: removed.
    """

    path: str
    before: str | None
    after: str | None


class AppResult(msgspec.Struct, frozen=True):
    """What happened to one application; ``commit`` did it, now or before. ``removed`` are the files
    and folders that went, if it was retired: ``release`` is null then.
    """

    app: str
    file: str
    branch: str
    release: ReleaseResult | None
    previous: ReleaseResult
    changed: bool
    commit: str | None
    carried: list[CarriedResult] = []
    removed: list[str] = []


class GateResult(msgspec.Struct, frozen=True):
    """One gate's verdict on one application; ``asks`` names what an answer has to bring beside a
    name (``reason``).
    """

    gate: str
    app: str
    environment: str
    state: Literal["passed", "refused", "pending", "overridden"]
    reason: str
    remedy: str
    openers: list[str]
    opens_at: str | None
    asks: list[str] = []


class ProposalResult(msgspec.Struct, frozen=True):
    """A branch of its own for the operation, to be merged into ``target``; ``hints`` are the
    server's words, or what to do.
    """

    branch: str
    target: str
    hints: list[str]


class RolloutResult(msgspec.Struct, frozen=True):
    """How waiting for one application ended; ``application`` is Argo CD's name, ``seconds`` how
    long it took.

    ``revision``, ``sync``, ``health`` and ``images`` are what Argo CD said last, ``url`` the
    application's page there.
    """

    app: str
    environment: str
    application: str
    release: str
    commit: str | None
    level: Level
    state: Literal["done", "failed", "unavailable", "timeout"]
    message: str
    remedy: str
    revision: str | None
    sync: str | None
    health: str | None
    images: list[str]
    seconds: float
    url: str | None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The result document; ``release`` and ``previous`` are set where one application was asked
    for.

    ``changed``: this run changed what the environment's branch holds. ``published``: where its
    commit is: on that branch (``committed``), or on a branch of its own (``proposed``, now or
    before), null where nothing was published. ``git_tag``: the tag that publishes the environment,
    or would. ``rendered_diff``: what helm makes of it, null where nobody asked
    (``--show-rendered``). ``summary``: a plan as an approver reads it, else null; ``changelog``:
    what it brings, as ``diff`` has it (``--changelog``).
    """

    schema: int = SCHEMA
    ok: bool
    exit_code: int
    category: Category
    message: str
    operation: str
    apps: list[AppResult] = []
    environment: str | None = None
    release: ReleaseResult | None = None
    previous: ReleaseResult | None = None
    changed: bool = False
    commit: str | None = None
    plan_id: str | None = None
    gates: list[GateResult] = []
    diff: str = ""
    attempts: int = 0
    dry_run: bool = False
    warnings: list[str] = []
    published: Literal["committed", "proposed"] | None = None
    proposal: ProposalResult | None = None
    git_tag: str | None = None
    rendered_diff: str | None = None
    summary: str | None = None
    changelog: list[dict[str, Any]] = []
    rollout: list[RolloutResult] = []


def json_schema(
    document: type[Result] = Result, title: str = "result of gitops-ci"
) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a result document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **msgspec.json.schema(document),
    }


def refusal(error: RefusedError) -> GateResult:
    """Return the verdict of a gate that refused before there was a plan."""
    return GateResult(
        error.gate, error.app, error.environment, "refused", error.message, error.remedy, [], None
    )
