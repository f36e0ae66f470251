"""The Git tags that publish environments, as the repository has them or as they are pushed."""

from collections.abc import Iterable, Iterator, Sequence

from gitops_ci.core.audit import tags
from gitops_ci.core.audit.findings import TAG_MOVED
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.audit.tags import Claimed
from gitops_ci.model.commits import TaggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.ledger_views import VIOLATION, Finding
from gitops_ci.usecases.audit.history import HistoryReader, Source


def all_claims(source: Source, reading: HistoryReader) -> Sequence[Claimed]:
    """Return the tags of the repository whose names a template of the newest policy gives; fetches
    them.
    """
    if not any(environment.tag for environment in reading.config.environments.values()):
        return ()
    found = source.tags(lambda name: bool(tags.published(reading.config, name)))
    return claims_of(source.archive().tags(found), reading)


def claims_of(found: Iterable[TaggedCommit], reading: HistoryReader) -> Sequence[Claimed]:
    """Return those of some tags that publish environments."""
    return tuple(tags.claims(found, reading.config, reading.span.policy_branch, _since(reading)))


def tag_findings(
    claimeds: Sequence[Claimed], replay: Replay, reading: HistoryReader
) -> Iterator[Finding]:
    """Yield what is wrong with the tags that are there."""
    for each in claimeds:
        finding = tags.finding(each, reading.commits, replay.arrived)
        if finding:
            yield finding


def pushed_findings(
    claimeds: Sequence[Claimed], replay: Replay, reading: HistoryReader
) -> Iterator[Finding]:
    """Yield why new tags must not be made: old commits are no excuse, and what is published has to
    run now.
    """
    for each in claimeds:
        finding = tags.finding(each, reading.commits, replay.arrived)
        words = "" if finding else tags.outdated(each, replay.running(each.keys))
        if finding or words:
            yield Finding(
                VIOLATION,
                TAG_MOVED,
                each.tag.commit or each.tag.oid,
                finding.time if finding else each.tag.time,
                finding.app if finding else "",
                each.publishing.environment.name,
                finding.message if finding else f"the Git tag {each.tag.name} {words}",
                "let gitops-ci make it: promote or roll back with --version",
            )


def _since(reading: HistoryReader) -> dict[str, int]:
    """Return since when each environment has had the template that it has now."""
    found: dict[str, int] = {}
    wanted = {name: environment.tag for name, environment in reading.config.environments.items()}
    for config, time in _policies(reading):
        for name, template in wanted.items():
            environment = config.environments.get(name)
            if environment is None or environment.tag != template:
                found.pop(name, None)
            else:
                found.setdefault(name, time)
    return found


def _policies(reading: HistoryReader) -> Iterator[tuple[Config, int]]:
    for step in reading.policy:
        policy = reading.policy_at(step.commit)
        if policy:
            yield policy, step.arrived
