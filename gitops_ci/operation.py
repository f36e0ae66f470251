"""What is asked for, what is read, what would change, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from gitops_ci.config.model import App, Config, Environment
from gitops_ci.key_path import KeyPath
from gitops_ci.model import Image, Release

UPDATE, PROMOTE, ROLLBACK, ADOPT = "update", "promote", "rollback", "adopt"

State = Literal["passed", "refused", "pending", "overridden"]
PASSED: Final = "passed"
REFUSED: Final = "refused"
PENDING: Final = "pending"
OVERRIDDEN: Final = "overridden"


@dataclass(frozen=True)
class Actor:
    """Who acts, as asserted by the caller; ``overrides`` are names of gates."""

    requested_by: str
    approved_by: tuple[str, ...] = ()
    approved_plan: str | None = None
    reason: str | None = None
    build_url: str | None = None
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One operation as asked for.

    ``images`` and ``release`` name what update writes; ``tag`` and ``commit`` choose an earlier release for promote and
    rollback; ``apps`` may be empty where the repository has one application, and ``every`` stands for all of them.
    """

    operation: str
    environment: str
    actor: Actor
    apps: tuple[str, ...] = ()
    every: bool = False
    source: str | None = None
    tag: str | None = None
    digest: str | None = None
    commit: str | None = None
    images: tuple[str, ...] = ()
    release: Release | None = None
    allow_older: bool = False
    skip_ci: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Target:
    """One application in one environment, and what stands in its values file at the snapshot."""

    app: App
    environment: Environment
    branch: str
    file: str
    release: Release


@dataclass(frozen=True)
class Snapshot:
    """The repository at one commit per branch: configuration and values files."""

    policy_commit: str
    policy_branch: str
    heads: Mapping[str, str]
    config: Config
    files: Mapping[tuple[str, str], bytes | None]

    def branch_of(self, environment: Environment) -> str:
        """Return the branch on which an environment lives."""
        return environment.branch or self.policy_branch


@dataclass(frozen=True)
class Record:
    """What a commit's trailers say of one application in one environment."""

    commit: str
    parent: str | None
    time: int
    operation: str
    app: str
    environment: str
    release: Release
    source: str | None = None
    previous: tuple[Image, ...] = ()
    plan: str | None = None
    requested_by: str | None = None


@dataclass(frozen=True)
class Origin:
    """Where a release comes from: ``environment`` and the ``record`` that put it there.

    ``present``: it runs there now. ``adopted``: it was there when gitops.yaml was added. ``None`` as a record otherwise
    means that somebody wrote it by hand.
    """

    environment: str | None
    record: Record | None
    present: bool
    adopted: bool = False


@dataclass(frozen=True)
class Choice:
    """The release that was chosen for one application, and where it comes from (None: from the caller)."""

    app: App
    release: Release
    origin: Origin | None


@dataclass(frozen=True)
class Edit:
    """One key of one values file: texts before (None: empty) and after."""

    branch: str
    file: str
    key: KeyPath
    before: str | None
    after: str


@dataclass(frozen=True)
class Change:
    """One application's move: releases before and after, the edits that make it, and the release's origin."""

    app: App
    environment: Environment
    branch: str
    file: str
    before: Release
    after: Release
    edits: tuple[Edit, ...]
    origin: Origin | None

    @property
    def moves(self) -> bool:
        """Tell whether anything would be written."""
        return bool(self.edits)


@dataclass(frozen=True)
class Plan:
    """All changes of one operation; ``id`` is what an approval is bound to."""

    operation: str
    environment: Environment
    source: str | None
    changes: tuple[Change, ...]
    unchanged: tuple[Change, ...]
    id: str


@dataclass(frozen=True)
class Verdict:
    """What one gate says: ``state`` passed, refused, pending or overridden.

    ``openers`` are those who can open it. ``cause`` is ``rule``, or ``unavailable`` and ``failed`` where the facts could
    not be had (for now, or for good).
    """

    gate: str
    app: str
    environment: str
    state: State
    reason: str
    remedy: str = ""
    openers: tuple[str, ...] = ()
    opens_at: str | None = None
    cause: str = "rule"


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: ``commit`` is the one that was published, or that did it before.

    ``before`` and ``after`` hold the values files that change, by path; ``existing`` the commits by application.
    """

    request: Request
    plan: Plan
    verdicts: tuple[Verdict, ...]
    commit: str | None
    published: bool
    attempts: int
    before: Mapping[str, bytes] = field(default_factory=dict)
    after: Mapping[str, bytes] = field(default_factory=dict)
    existing: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
