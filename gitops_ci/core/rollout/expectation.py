"""What is waited for, what a revision is to it, and what to make of an answer of Argo CD."""

from typing import Final, Literal

import msgspec

SYNCED: Final = "synced"
HEALTHY: Final = "healthy"

Kind = Literal["ours", "replaced", "before", "foreign", "unknown"]
State = Literal["done", "going", "failing", "failed", "unavailable", "manual", "idle"]


class Relation(msgspec.Struct, frozen=True):
    """What a revision is to the release that is waited for.

    ``ours``: the commit or a descendant, and its values file names this release; ``replaced``: a
    descendant that names another one; ``before``: not there yet; ``foreign``: not of the branch's
    history; ``unknown``: nobody could tell. ``release`` is the one that it names, where that was
    read. ``missing``: the commit is not in the branch's history.
    """

    kind: Kind
    release: str = ""
    missing: bool = False


UNKNOWN = Relation("unknown")


class Expectation(msgspec.Struct, frozen=True):
    """What is waited for: ``commit`` None: any that names the release. ``repository`` is that of
    the GitOps repository.
    """

    release: str
    commit: str | None
    repository: str
    level: str = HEALTHY
    out_of_sync: bool = False


class RolloutJudgement(msgspec.Struct, frozen=True):
    """What to make of an answer.

    ``going``: not there yet. ``idle``: nothing moves until Argo CD looks again. ``failing``: has
    failed if it stays so. ``manual``: nobody syncs it unless somebody starts it. ``unavailable``:
    Argo CD itself lacks something that may come back. ``reason`` says what is the case, and changes
    when that does. ``refresh``: only another comparison can tell. ``retry``: a sync that failed.
    ``blocked``: a sync should have begun. ``degraded``: the resources say why. ``stepped``: of a
    manual one, its ApplicationSet may start the sync.
    """

    state: State
    reason: str
    remedy: str = ""
    revision: str = ""
    refresh: bool = False
    retry: bool = False
    blocked: bool = False
    degraded: bool = False
    stepped: bool = False
