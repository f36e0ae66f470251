"""One answer of Argo CD and what its revisions stand for -> a judgement."""

from collections.abc import Mapping

from msgspec.structs import replace

from gitops_ci.core.rollout import comparing
from gitops_ci.core.rollout.answer import Answer, revisions_at
from gitops_ci.core.rollout.document import ApplicationSource, Live
from gitops_ci.core.rollout.expectation import (
    SYNCED,
    Expectation,
    Relation,
    RolloutJudgement,
    State,
)
from gitops_ci.core.rollout.out_of_sync import only_to_prune, out_of_sync
from gitops_ci.core.rollout.sources import sources_of_repository
from gitops_ci.core.rollout.syncing import failed_sync, retrying, running_sync

_TELLING = frozenset({"Degraded", "Progressing", "Missing", "Suspended"})


def revisions(live: Live, repository: str) -> tuple[str, ...]:
    """Return every commit that has to be looked up to judge an answer."""
    places = sources_of_repository(live, repository)
    operated = live.operation.revisions if live.operation else ()
    candidates = [
        *(live.sources[place].revision for place in places),
        *revisions_at(places, operated, live),
        *revisions_at(places, live.pending_revisions, live),
    ]
    return tuple(dict.fromkeys(filter(comparing.is_commit, candidates)))


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
    not_compared = _not_compared(live)
    if not_compared:
        return not_compared
    answer = Answer(live, expectation, relations, places)
    failed = failed_sync(answer) or _replaced(answer)
    if failed:
        return replace(failed, revision=answer.revision)
    return _elsewhere(answer) or replace(
        _under_way(answer) or _at_rest(answer), revision=answer.revision
    )


def _no_source(live: Live, expectation: Expectation) -> RolloutJudgement:
    if not live.sources:
        return RolloutJudgement("going", "the application has no source yet")
    names = ", ".join(source.repository for source in live.sources)
    return RolloutJudgement(
        "failed",
        f"none of its sources is {expectation.repository}: {names}",
        "say under argocd: in gitops.yaml how Argo CD calls the repository (repository: URL)",
    )


def _not_compared(live: Live) -> RolloutJudgement | None:
    error = comparing.comparison_error(live.conditions)
    if error:
        state: State = "failing" if error.definite else "unavailable"
        return RolloutJudgement(state, error.words, comparing.REMEDY, refresh=True)
    if live.sync == "Unknown":
        words = "Argo CD does not know the state of its resources"
        return RolloutJudgement("going", words, comparing.REMEDY, refresh=True)
    return None


def _replaced(answer: Answer) -> RolloutJudgement | None:
    relations = [answer.relation(source.revision) for source in answer.sources]
    replaced = [relation for relation in relations if relation.kind == "replaced"]
    if not replaced:
        return None
    return RolloutJudgement(
        "failed",
        f"{answer.expectation.release} was replaced by {replaced[0].release or 'another release'} "
        f"before it arrived (commit {answer.revision[:12]})",
        "wait for the newer one, or see who brought it: gitops-ci history",
    )


def _elsewhere(answer: Answer) -> RolloutJudgement | None:
    """Judge an answer about another commit: ours was not compared yet, or cannot be, because the
    application looks elsewhere.
    """
    others = [
        source for source in answer.sources if answer.relation(source.revision).kind != "ours"
    ]
    if not others:
        return None
    source, live, operation = others[0], answer.live, answer.live.operation
    if operation and live.running and operation.between:
        words = retrying(operation, live.name, own=False)
        return RolloutJudgement("idle", words, revision=source.revision)
    if not comparing.is_commit(source.revision):
        return RolloutJudgement("idle", f"not compared yet ({source.revision or 'no revision'})")
    relation = answer.relation(source.revision)
    runs = f" with {relation.release}" if relation.release else ""
    words, remedy = _why_elsewhere(answer, source, relation)
    words = f"at {source.revision[:12]}{runs}, {words}"
    return RolloutJudgement("idle", words, remedy, source.revision)


def _why_elsewhere(
    answer: Answer, source: ApplicationSource, relation: Relation
) -> tuple[str, str]:
    """Return words and remedy for a commit that is not ours."""
    release = answer.expectation.release
    if relation.kind == "foreign" and answer.live.hydrated:
        words = f"which was not made of {release} as far as Argo CD tells"
        return words, "see what the source hydrator says of it"
    outside = "which is not in the history of the environment's branch"
    if relation.kind == "foreign":
        words = f"{outside}: it follows {source.target}"
        return words, "check targetRevision of the application"
    if relation.kind == "unknown":
        return f"and whether that has {release} is not known yet", ""
    commit = answer.expectation.commit
    waited_for = f"commit {commit[:12]} with {release}" if commit else release
    gone = f", {outside}" if relation.missing else ""
    follows = f"; it follows {source.target}" if comparing.is_commit(source.target) else ""
    return f"waits for {waited_for}{gone}{follows}", ""


def _under_way(answer: Answer) -> RolloutJudgement | None:
    """Judge an answer at our commit while a sync or a comparison is asked for or goes on."""
    if answer.live.running:
        return running_sync(answer)
    if answer.live.refreshing:
        return RolloutJudgement("going", "a comparison is asked for and not done yet")
    return None


def _at_rest(answer: Answer) -> RolloutJudgement:
    """Judge an answer at our commit that only its state of sync and health is about."""
    live = answer.live
    applied = answer.applied or only_to_prune(live)
    accepted = applied and answer.expectation.out_of_sync and live.sync == "OutOfSync"
    if live.sync != "Synced" and not accepted:
        return out_of_sync(live, answer.revision, applied=applied)
    if accepted and answer.compared_before_end:
        return RolloutJudgement("going", "applied, and not compared again yet", refresh=True)
    if answer.expectation.level == SYNCED:
        return RolloutJudgement("done", f"{live.sync} at our commit")
    return _by_health(live)


def _by_health(live: Live) -> RolloutJudgement:
    if live.health == "Healthy":
        return RolloutJudgement("done", f"{live.sync} and Healthy")
    telling = _telling_parts(live)
    if live.health == "Suspended":
        named = f" ({telling})" if telling else ""
        return RolloutJudgement(
            "going", f"Suspended{named}: a rollout pauses until it goes on or somebody resumes it"
        )
    named = f": {telling}" if telling else ""
    if live.health == "Degraded":
        return RolloutJudgement(
            "failing",
            f"{live.sync}, but Degraded{named}",
            "see the resources in Argo CD; roll back if users feel it",
            degraded=True,
        )
    return RolloutJudgement("going", f"{live.sync}, {live.health or 'no health yet'}{named}")


def _telling_parts(live: Live) -> str:
    """Return the first resources that have the application's health, with what they say of it."""
    if live.health not in _TELLING:
        return ""
    parts = [part for part in live.parts if part.health == live.health][:3]
    return "; ".join(
        f"{part.name} ({part.message})" if part.message else part.name for part in parts
    )
