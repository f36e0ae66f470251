"""One answer of Argo CD and what its revisions stand for -> a judgement."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from gitops_ci.core.rollout import comparing
from gitops_ci.core.rollout.document import ApplicationSource, Live, Operation
from gitops_ci.core.rollout.sources import same_repository

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


def sources_of_repository(live: Live, repository: str) -> tuple[int, ...]:
    """Return which sources are the GitOps repository: of several, those that the values files are
    taken from.

    A single source needs no comparison of URLs: that it is this repository shows in its commits.
    """
    if len(live.sources) == 1:
        return () if live.sources[0].packed else (0,)
    fitting = [
        index
        for index, source in enumerate(live.sources)
        if same_repository(source.repository, repository)
    ]
    used = {
        value.partition("/")[0].removeprefix("$")
        for source in live.sources
        for value in source.values
        if value[:1] == "$"
    }
    referred = [
        index for index in fitting if live.sources[index].ref in used and live.sources[index].ref
    ]
    return tuple(referred or fitting)


def revisions(live: Live, repository: str) -> tuple[str, ...]:
    """Return every commit that has to be looked up to judge an answer."""
    places = sources_of_repository(live, repository)
    found = [live.sources[index].revision for index in places]
    for several in (live.operation.revisions if live.operation else (), live.pending_revisions):
        found += _at(several, places, live.sources)
    return tuple(dict.fromkeys(each for each in found if comparing.is_commit(each)))


def judge(
    live: Live, expectation: Expectation, relations: Mapping[str, Relation]
) -> RolloutJudgement:
    """Judge one answer; what is not a commit, or not in ``relations``, is never the release."""
    places = sources_of_repository(live, expectation.repository)
    if live.deleting:
        return RolloutJudgement(
            "failing", "the application is being deleted", "wait until it is made again"
        )
    if not places:
        return _no_source(live, expectation)
    revision = live.sources[places[0]].revision
    trouble = comparing.comparison_error(live.conditions)
    if trouble or live.sync == "Unknown":
        words = trouble.words if trouble else "Argo CD does not know the state of its resources"
        state: State = (
            "failing" if trouble and trouble.definite else "unavailable" if trouble else "going"
        )
        return RolloutJudgement(state, words, comparing.REMEDY, refresh=True)
    kinds = [relations.get(live.sources[index].revision, UNKNOWN) for index in places]
    failed = _failed_operation(live, expectation, relations, places)
    if failed:
        return msgspec.structs.replace(failed, revision=revision)
    replaced = next((relation for relation in kinds if relation.kind == "replaced"), None)
    if replaced:
        other = replaced.release or "another release"
        return RolloutJudgement(
            "failed",
            f"{expectation.release} was replaced by {other} before it arrived (commit "
            f"{revision[:12]})",
            "wait for the newer one, or see who brought it: gitops-ci history",
            revision,
        )
    if any(each.kind != "ours" for each in kinds):
        return _not_there(live, expectation, kinds, places)
    return msgspec.structs.replace(_ours(live, expectation, relations, places), revision=revision)


def _no_source(live: Live, expectation: Expectation) -> RolloutJudgement:
    if not live.sources:
        return RolloutJudgement("going", "the application has no source yet")
    names = ", ".join(source.repository for source in live.sources)
    return RolloutJudgement(
        "failed",
        f"none of its sources is {expectation.repository}: {names}",
        "say under argocd: in gitops.yaml how Argo CD calls the repository (repository: URL)",
    )


def _failed_operation(
    live: Live, expectation: Expectation, relations: Mapping[str, Relation], places: Sequence[int]
) -> RolloutJudgement | None:
    """A failure belongs to the revision of its operation: an old one stays for ever after a
    revert.
    """
    operation = live.operation
    if (
        operation is None
        or live.running
        or not operation.whole
        or operation.phase not in {"Failed", "Error"}
    ):
        return None
    own = _at(operation.revisions, places, live.sources)
    if not _are_ours(own, relations):
        return None
    now = [live.sources[index].revision for index in places]
    state: State = "failed" if own == now else "failing"  # a newer commit may be synced next
    words = (
        f"the sync {'failed' if operation.phase == 'Failed' else 'ended with an error'}: "
        f"{operation.message}"
    )
    return RolloutJudgement(
        state,
        words,
        "see the application in Argo CD; a new commit, or a sync there, tries again",
        retry=True,
    )


def _not_there(
    live: Live, expectation: Expectation, kinds: Sequence[Relation], places: Sequence[int]
) -> RolloutJudgement:
    """The commit was not compared yet, or cannot be, because the application looks elsewhere."""
    place = next(
        index for index, relation in zip(places, kinds, strict=True) if relation.kind != "ours"
    )
    source, kind = live.sources[place], kinds[list(places).index(place)]
    if live.operation and live.running and live.operation.between:
        return RolloutJudgement(
            "idle", _retrying(live.operation, live.name, own=False), revision=source.revision
        )
    if not comparing.is_commit(source.revision):
        return RolloutJudgement("idle", f"not compared yet ({source.revision or 'no revision'})")
    runs = f" with {kind.release}" if kind.release else ""
    at = f"at {source.revision[:12]}{runs}"
    if kind.kind == "foreign" and live.hydrated:
        words = f"{at}, which was not made of {expectation.release} as far as Argo CD tells"
        return RolloutJudgement(
            "idle", words, "see what the source hydrator says of it", source.revision
        )
    if kind.kind == "foreign":
        words = (
            f"{at}, which is not in the history of the environment's branch: it follows "
            f"{source.target}"
        )
        return RolloutJudgement(
            "idle", words, "check targetRevision of the application", source.revision
        )
    if kind.kind == "unknown":
        return RolloutJudgement(
            "idle",
            f"{at}, and whether that has {expectation.release} is not known yet",
            revision=source.revision,
        )
    commit = f"commit {expectation.commit[:12]} with " if expectation.commit else ""
    follows = f"; it follows {source.target}" if comparing.is_commit(source.target) else ""
    gone = ", which is not in the history of the environment's branch" if kind.missing else ""
    return RolloutJudgement(
        "idle",
        f"{at}, waits for {commit}{expectation.release}{gone}{follows}",
        revision=source.revision,
    )


def _ours(
    live: Live, expectation: Expectation, relations: Mapping[str, Relation], places: Sequence[int]
) -> RolloutJudgement:
    """Judge an answer that is about our commit."""
    if live.running:
        return _under_way(live, relations, places)
    if live.refreshing:
        return RolloutJudgement("going", "a comparison is asked for and not done yet")
    applied = _applied(live, relations, places) or _only_to_prune(live)
    if live.sync != "Synced" and not (
        expectation.out_of_sync and live.sync == "OutOfSync" and applied
    ):
        return _out_of_sync(live, live.sources[places[0]].revision, applied=applied)
    finished = live.operation.finished if live.operation else ""
    if live.sync != "Synced" and live.compared <= finished:
        return RolloutJudgement("going", "applied, and not compared again yet", refresh=True)
    if expectation.level == SYNCED:
        return RolloutJudgement("done", f"{live.sync} at our commit")
    if live.health == "Healthy":
        return RolloutJudgement("done", f"{live.sync} and Healthy")
    if live.health == "Degraded":
        parts = _unwell(live)
        words = f"{live.sync}, but Degraded" + (f": {parts}" if parts else "")
        return RolloutJudgement(
            "failing",
            words,
            "see the resources in Argo CD; roll back if users feel it",
            degraded=True,
        )
    if live.health == "Suspended":
        named = f" ({_unwell(live)})" if _unwell(live) else ""
        return RolloutJudgement(
            "going", f"Suspended{named}: a rollout pauses until it goes on or somebody resumes it"
        )
    parts = _unwell(live)
    return RolloutJudgement(
        "going", f"{live.sync}, {live.health or 'no health yet'}" + (f": {parts}" if parts else "")
    )


def _under_way(
    live: Live, relations: Mapping[str, Relation], places: Sequence[int]
) -> RolloutJudgement:
    operation = live.operation
    if operation is None or operation.phase not in {"Running", "Terminating"}:
        return RolloutJudgement("going", "a sync is asked for")
    own = _are_ours(_at(operation.revisions, places, live.sources), relations)
    if operation.between:
        return RolloutJudgement("going", _retrying(operation, live.name, own=own))
    again = f" (try {operation.retries + 1})" if operation.retries else ""
    words = f": {operation.message}" if operation.message else ""
    what = "syncing" if operation.phase == "Running" else "the operation is being terminated"
    return RolloutJudgement(
        "going", f"{what}{again}{words}" if own else f"another revision is {what}{again}{words}"
    )


def _retrying(operation: Operation, name: str, *, own: bool) -> str:
    words = f"the sync fails and is tried again (retry {operation.retries}): {operation.message}"
    if own:
        return words
    if operation.renews:
        return f"an older revision is being synced, and the next try takes this one: {words}"
    return (
        "an older revision keeps this one from being synced until its retries end (argocd app "
        f"terminate-op {name}): {words}"
    )


def _out_of_sync(live: Live, revision: str, *, applied: bool) -> RolloutJudgement:
    differing = [part.name for part in live.parts if part.sync == "OutOfSync"]
    named = (
        f": {', '.join(differing[:5])}" + (" ..." if len(differing) > 5 else "")
        if differing
        else ""
    )
    if live.sync != "OutOfSync":
        return RolloutJudgement("idle", f"not compared yet (sync {live.sync or 'unknown'})")
    if applied:
        pruned = any(part.pruned for part in live.parts)
        remedy = (
            "some of it would have to be pruned"
            if pruned
            else "--allow-out-of-sync accepts it where it is always so"
        )
        return RolloutJudgement(
            "going", f"applied, but still OutOfSync{named}", remedy, refresh=True
        )
    # "to []": a sync that ended without any result keeps every later commit from being synced by
    # itself
    about = (revision, "last sync attempt to []")
    skipped = next(
        (
            words
            for kind, words in live.conditions
            if kind == "SyncError" and any(each in words for each in about)
        ),
        None,
    )
    if skipped:
        return RolloutJudgement(
            "failing", f"OutOfSync{named}: {skipped}", "see the application in Argo CD", retry=True
        )
    if live.stepped:
        words = (
            f"OutOfSync{named}: its ApplicationSet syncs it when its step comes (RollingSync), "
            "or somebody does"
        )
        return RolloutJudgement(
            "manual", words, "see the steps of the ApplicationSet", stepped=True
        )
    if not live.automated:
        return RolloutJudgement(
            "manual",
            f"OutOfSync{named}: it does not sync by itself",
            "start the sync with --sync (the token needs applications,sync), or in Argo CD",
        )
    return RolloutJudgement("idle", f"OutOfSync{named}, and no sync has begun", blocked=True)


def _applied(live: Live, relations: Mapping[str, Relation], places: Sequence[int]) -> bool:
    operation = live.operation
    return (
        operation is not None
        and operation.whole
        and operation.phase == "Succeeded"
        and _are_ours(_at(operation.revisions, places, live.sources), relations)
    )


def _only_to_prune(live: Live) -> bool:
    """Tell whether nothing is left to be applied: who syncs without pruning never begins a sync for
    that.
    """
    left = [part for part in live.parts if part.sync not in {"Synced", ""}]
    return live.automated and not live.prunes and bool(left) and all(part.pruned for part in left)


def _unwell(live: Live) -> str:
    telling = live.health in {"Degraded", "Progressing", "Missing", "Suspended"}
    parts = [part for part in live.parts if telling and part.health == live.health]
    return "; ".join(
        f"{part.name}{f' ({part.message})' if part.message else ''}" for part in parts[:3]
    )


def _are_ours(found: Sequence[str], relations: Mapping[str, Relation]) -> bool:
    return bool(found) and all(relations.get(each, UNKNOWN).kind == "ours" for each in found)


def _at(
    several: Sequence[str], places: Sequence[int], sources: Sequence[ApplicationSource]
) -> list[str]:
    """Return the revisions of the chosen sources: they stand beside the sources, or there is one
    for the only one.
    """
    if len(several) != len(sources):
        return []
    return [several[place] for place in places]
