"""The Git tags that publish environments, as the repository has them or as they are pushed."""

from collections.abc import Iterable, Iterator, Sequence

from gitops_ci.core.audit import tags
from gitops_ci.core.audit.findings import TAG_MOVED
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.audit.tags import ClaimedTag
from gitops_ci.model.commits import TaggedCommit
from gitops_ci.model.ledger_views import VIOLATION, Finding
from gitops_ci.usecases.audit.history import AuditedHistory, Source


def all_claims(source: Source, history: AuditedHistory) -> Sequence[ClaimedTag]:
    """Return the tags of the repository whose names a template of the newest policy gives; fetches
    them.
    """
    config = history.config
    if not any(environment.tag for environment in config.environments.values()):
        return ()
    oids = source.tags(lambda name: bool(tags.environments_of(config, name)))
    return claims_of(source.archive().tags(oids), history)


def claims_of(
    tagged_commits: Iterable[TaggedCommit], history: AuditedHistory
) -> Sequence[ClaimedTag]:
    """Return those of some tags that publish environments."""
    branch = history.scope.policy_branch
    return tuple(tags.claims(tagged_commits, history.config, branch, _since(history)))


def tag_findings(
    claimed_tags: Iterable[ClaimedTag], replay: Replay, history: AuditedHistory
) -> Iterator[Finding]:
    """Yield what is wrong with the tags that are there."""
    for claimed in claimed_tags:
        finding = tags.finding(claimed, history.commits, replay.arrived, replay.times)
        if finding:
            yield finding


def pushed_findings(
    claimed_tags: Iterable[ClaimedTag], replay: Replay, history: AuditedHistory
) -> Iterator[Finding]:
    """Yield why new tags must not be made: old commits are no excuse, and what is published has to
    run now.
    """
    for claimed in claimed_tags:
        tag, environment = claimed.tag, claimed.environment
        remedy = "let gitops-ci make it: promote or roll back with --version"
        commit = tag.commit or tag.oid
        finding = tags.finding(claimed, history.commits, replay.arrived, replay.times)
        if finding:
            time, app, message = finding.time, finding.app, finding.message
        else:
            words = tags.outdated(claimed, replay.running(claimed.keys))
            if not words:
                continue
            time, app, message = tag.time, "", f"the Git tag {tag.name} {words}"
        yield Finding(VIOLATION, TAG_MOVED, commit, time, app, environment, message, remedy)


def _since(history: AuditedHistory) -> dict[str, int]:
    """Return since when each environment has had the template that it has now."""
    since: dict[str, int] = {}
    environments = history.config.environments.values()
    for step in history.policy:
        policy = history.policy_at(step.commit)
        if policy is None:
            continue
        for environment in environments:
            former = policy.environments.get(environment.name)
            if former and former.tag == environment.tag:
                since.setdefault(environment.name, step.arrived)
            else:
                since.pop(environment.name, None)
    return since
