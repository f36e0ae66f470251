"""What is asked for, what is read, what would change, and how it ended."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from gitops_ci.model.config import App, Config, Environment
from gitops_ci.model.image_reference import Digest, ImageReference, Tag
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.operation_kind import ADOPT as ADOPT
from gitops_ci.model.operation_kind import PROMOTE as PROMOTE
from gitops_ci.model.operation_kind import RETIRE as RETIRE
from gitops_ci.model.operation_kind import ROLLBACK as ROLLBACK
from gitops_ci.model.operation_kind import UPDATE as UPDATE
from gitops_ci.model.operation_kind import OperationKind, kind_of
from gitops_ci.model.release import Image, Release, Rendered
from gitops_ci.model.source_revision import SourceLineage

State = Literal["passed", "refused", "pending", "overridden"]
PASSED: Final = "passed"
REFUSED: Final = "refused"
PENDING: Final = "pending"
OVERRIDDEN: Final = "overridden"

Cause = Literal["rule", "unavailable", "failed", "not-asked"]


class Actor(msgspec.Struct, frozen=True):
    """Who acts, as asserted by the caller.

    ``requesters`` are all who asked, or ``nobody: push`` and the like (see
    `gitops_ci.core.requesters`); ``overrides`` are names of gates.
    """

    requesters: tuple[str, ...]
    approved_by: tuple[str, ...] = ()
    approved_plan: str | None = None
    reason: str | None = None
    build_url: str | None = None
    overrides: tuple[str, ...] = ()

    @property
    def requested_by(self) -> str:
        """Return who asked, in words."""
        return ", ".join(self.requesters)


class Request(msgspec.Struct, frozen=True):
    """One operation as asked for.

    ``images`` and ``release`` name what update writes; ``tag`` and ``commit`` choose an earlier
    release for promote and rollback, ``revision`` chooses by source revision, as found in
    ``checkout`` (``lineage``: what it stands for, once it was looked up); ``apps`` may be empty
    where the repository has one application, and ``every`` stands for all of them.
    ``publish_branch`` is the template of a branch to propose on; ``version`` fills the template of
    an environment's Git tag; ``show_rendered`` asks for what helm makes of it, before and after,
    ``changelog`` for what it brings.
    """

    operation: str
    environment: str
    actor: Actor
    apps: tuple[str, ...] = ()
    every: bool = False
    source: str | None = None
    tag: Tag | None = None
    digest: Digest | None = None
    commit: str | None = None
    images: tuple[ImageReference, ...] = ()
    release: Release | None = None
    allow_older: bool = False
    skip_ci: bool = False
    dry_run: bool = False
    revision: str | None = None
    publish_branch: str | None = None
    version: str | None = None
    checkout: str | None = None
    lineage: SourceLineage | None = None
    show_rendered: bool = False
    changelog: bool = False

    @property
    def kind(self) -> OperationKind:
        """Return what an operation of this kind needs and does."""
        return kind_of(self.operation)


class Target(msgspec.Struct, frozen=True):
    """One application in one environment, and what stands in its values file at the snapshot."""

    app: App
    environment: Environment
    branch: str
    file: str
    release: Release

    def brought_by(self, record: "Record | None") -> "Record | None":
        """Return a record if what it brought stands here now, None where that was replaced, or
        where somebody put back what it had taken away.

        The tag counts too: a chart may prefer tags to digests.
        """
        if record is None or record.kind.removes:
            return None
        return record if self.release.satisfies(record.release) else None


class Snapshot(msgspec.Struct, frozen=True):
    """The repository at one commit per branch: configuration and values files."""

    policy_commit: str
    policy_branch: str
    heads: Mapping[str, str]
    config: Config
    files: Mapping[tuple[str, str], bytes | None]

    def branch_of(self, environment: Environment) -> str:
        return environment.branch_on(self.policy_branch)

    def target(self, app: App, environment: Environment) -> Target:
        """Return where an application's values stand, with no release: nothing was read there."""
        file = self.config.values_file(app, environment)
        return Target(app, environment, self.branch_of(environment), file, Release(()))

    def target_if_read(self, app: App, environment: Environment) -> Target | None:
        """Return the same, None where that lives on a branch whose head was not asked for."""
        target = self.target(app, environment)
        return target if target.branch in self.heads else None


class Record(msgspec.Struct, frozen=True):
    """What a commit's trailers say of one application in one environment.

    ``time`` is the commit's, or that of the merge with which it reached the branch, in seconds
    since the epoch; ``chart``: the commit whose chart came along; ``policy``: the commit whose
    gitops.yaml was read; ``checks``: the commit of the notes that were read; ``gates``: state by
    gate, as written; ``unused_overrides`` were asked for and opened nothing.
    """

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
    requesters: tuple[str, ...] = ()
    chart: str | None = None
    approved_by: tuple[str, ...] = ()
    reason: str | None = None
    overrides: tuple[str, ...] = ()
    gates: Mapping[str, str] = {}
    policy: str | None = None
    checks: str | None = None
    job_url: str | None = None
    unused_overrides: tuple[str, ...] = ()

    @property
    def requested_by(self) -> str | None:
        """Return who asked, in words; None where the record does not say."""
        return ", ".join(self.requesters) or None

    @property
    def kind(self) -> OperationKind:
        """Return what an operation of this kind needs and does."""
        return kind_of(self.operation)


class Origin(msgspec.Struct, frozen=True):
    """Where a release comes from: ``environment`` and the ``record`` that put it there.

    ``present``: it runs there now. ``adopted``: it was there when gitops.yaml was added. ``None``
    as a record otherwise means that somebody wrote it by hand, or that a merge took back the
    operation ``undone``. ``release`` is what stood there, where the release that is moved may say
    something else. ``fault`` says why nothing is built on the ``record``, '' where that is not so.
    """

    environment: str | None
    record: Record | None
    present: bool
    adopted: bool = False
    undone: Record | None = None
    release: Release | None = None
    fault: str = ""

    @property
    def known(self) -> Release | None:
        """Return the release as it is known there: as its operation recorded it, if one did."""
        return self.record.release if self.record else self.release


class Choice(msgspec.Struct, frozen=True):
    """The release that was chosen for one application, and where it comes from (None: from the
    caller).
    """

    app: App
    release: Release
    origin: Origin | None


class Edit(msgspec.Struct, frozen=True):
    """One key of one values file: texts before (None: empty) and after.

    They are the same where Helm read another text: only quotes are added.
    """

    branch: str
    file: str
    key: KeyPath
    before: str | None
    after: str

    @property
    def changes_text(self) -> bool:
        return (self.before or "") != self.after


class ChartEntry(msgspec.Struct, frozen=True):
    """A file or folder of a chart: its path, and its object ids before (None: new) and after (None:
    removed).
    """

    path: str
    mode: str | None
    before: str | None
    after: str | None


class Chart(msgspec.Struct, frozen=True):
    """What a promotion between branches takes along: the chart as it is at a ``commit`` of another
    ``branch``.

    ``own`` are the paths that were changed on the target's branch itself: they would be lost.
    """

    branch: str
    commit: str
    carried: tuple[ChartEntry, ...]
    own: tuple[str, ...] = ()


class Change(msgspec.Struct, frozen=True):
    """One application's move: releases before and after, the edits that make it, the release's
    origin, and the chart.

    ``prior`` is what ``plan_id.prior_of`` says of the record before it; None where nobody looked
    for one. ``removed`` are the files and folders that go with a place which is retired.
    """

    app: App
    environment: Environment
    branch: str
    file: str
    before: Release
    after: Release
    edits: tuple[Edit, ...]
    origin: Origin | None
    chart: Chart | None = None
    prior: str | None = None
    removed: tuple[str, ...] = ()

    @property
    def carried(self) -> tuple[ChartEntry, ...]:
        """Return what changes of the chart."""
        return self.chart.carried if self.chart else ()

    @property
    def moves(self) -> bool:
        """Tell whether anything would be written."""
        return bool(self.edits or self.carried)


class Plan(msgspec.Struct, frozen=True):
    """All changes of one operation; ``id`` is what an approval is bound to."""

    operation: str
    environment: Environment
    source: str | None
    changes: tuple[Change, ...]
    unchanged: tuple[Change, ...]
    id: str

    @property
    def kind(self) -> OperationKind:
        """Return what an operation of this kind needs and does."""
        return kind_of(self.operation)


class Verdict(msgspec.Struct, frozen=True):
    """What one gate says: ``state`` passed, refused, pending or overridden.

    ``openers`` are those who can open it. ``cause`` is ``rule``, or ``unavailable`` and ``failed``
    where the facts could not be had (for now, or for good), ``not-asked`` where nobody asked for
    them. ``measure`` is what the commit records beside the state, such as the time of a soak;
    ``asks`` names what an answer has to bring beside a name: ``reason``. ``warning`` is what people
    should know although the gate does not refuse; ``unconfirmed``: it passed although its facts
    could not be had.
    """

    gate: str
    app: str
    environment: str
    state: State
    reason: str
    remedy: str = ""
    openers: tuple[str, ...] = ()
    opens_at: str | None = None
    cause: Cause = "rule"
    measure: str = ""
    asks: tuple[str, ...] = ()
    warning: str = ""
    unconfirmed: bool = False


class Proposal(msgspec.Struct, frozen=True):
    """A branch of its own for an operation, to be merged into ``target``.

    ``made``: it is on the server now; ``kept``: it was there before. ``words`` are those of the
    server.
    """

    branch: str
    target: str
    made: bool = False
    kept: bool = False
    words: tuple[str, ...] = ()


class GitTag(msgspec.Struct, frozen=True):
    """The Git tag that publishes an environment: its name, and the commit to tag, None for the one
    that is to be made.

    ``there``: it exists and holds what runs.
    """

    name: str
    commit: str | None
    there: bool = False


class Rendering(msgspec.Struct, frozen=True):
    """What helm makes of an application's chart, after an operation and before it (None: nobody
    asked).
    """

    app: str
    environment: str
    after: Rendered
    before: Rendered | None = None
