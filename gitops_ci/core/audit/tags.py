"""Holds the Git tags that publish environments against the operations that they claim to
publish.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core import ledger
from gitops_ci.core.audit.findings import TAG_MOVED
from gitops_ci.core.audit.state.values_index import Key
from gitops_ci.core.ref_template import names
from gitops_ci.model.commits import LoggedCommit, TaggedCommit
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.ledger_views import NOTICE, VIOLATION, Finding
from gitops_ci.model.operation import Record
from gitops_ci.model.release import Release

Arrived = Mapping[
    tuple[str, str], Mapping[Key, Release]
]  # by branch and commit: what operations had put there
REMEDY = "delete the tag on the server, and publish again: gitops-ci promote with a new --version"


class Publishing(msgspec.Struct, frozen=True):
    """One environment that is published as a tag, its branch, and when that became the rule, in
    seconds since the epoch.
    """

    environment: Environment
    branch: str
    since: int


class Claimed(msgspec.Struct, frozen=True):
    """A tag whose name an environment's template gives, and what its message claims of that
    environment.
    """

    tag: TaggedCommit
    publishing: Publishing
    records: Sequence[Record]

    @property
    def keys(self) -> frozenset[Key]:
        """Return the applications that it claims to publish, each with the environment."""
        return frozenset((record.app, record.environment) for record in self.records)


def published(config: Config, name: str) -> list[Environment]:
    """Return the environments whose template can give a name."""
    return [
        environment
        for environment in config.environments.values()
        if environment.tag and names(environment.tag, environment.name).fullmatch(name)
    ]


def claims(
    tags: Iterable[TaggedCommit], config: Config, policy_branch: str, since: Mapping[str, int]
) -> Iterator[Claimed]:
    """Yield the tags that publish environments, by the templates of a policy; ``since`` are times
    by environment.
    """
    for tag in tags:
        records = ledger.records(tag.oid, (), tag.time, tag.message) if tag.inner else []
        fitting = published(config, tag.name)
        environments = [
            each for each in fitting if any(record.environment == each.name for record in records)
        ]
        for environment in (environments or fitting)[:1]:
            publishing = Publishing(
                environment, environment.branch_on(policy_branch), since.get(environment.name, 0)
            )
            yield Claimed(
                tag,
                publishing,
                [record for record in records if record.environment == environment.name],
            )


def finding(
    claimed: Claimed, commits: Mapping[str, LoggedCommit], arrived: Arrived
) -> Finding | None:
    """Return what is wrong with a tag; a notice where its commit is older than the rule."""
    words = _wrong(claimed, commits, arrived)
    if not words:
        return None
    tag, there = claimed.tag, commits.get(claimed.tag.commit or "")
    old = there is not None and there.time < claimed.publishing.since
    words += "; its commit is older than the rule that there are tags" if old else ""
    apps = {record.app for record in claimed.records}
    return Finding(
        NOTICE if old else VIOLATION,
        TAG_MOVED,
        tag.commit or tag.oid,
        there.time if there else tag.time,
        apps.pop() if len(apps) == 1 else "",
        claimed.publishing.environment.name,
        f"the Git tag {one_line(tag.name)} {words}",
        "" if old else REMEDY,
    )


def outdated(claimed: Claimed, now: Mapping[Key, Release]) -> str:
    """Return in words where a new tag publishes something else than what runs, '' where it does
    not.
    """
    for record in claimed.records:
        release = now.get((record.app, record.environment))
        if release is None or not release.satisfies(record.release):
            return (
                f"publishes {one_line(str(record.release))} of {one_line(record.app)}, which "
                "does not run there now"
            )
    return ""


def _wrong(claimed: Claimed, commits: Mapping[str, LoggedCommit], arrived: Arrived) -> str:
    tag, publishing = claimed.tag, claimed.publishing
    if tag.commit is None:
        return "names no commit"
    short, name = tag.commit[:12], publishing.environment.name
    if tag.inner is None:
        return f"is a lightweight one on commit {short}: no operation made it"
    if tag.inner != tag.name:
        return f"is the tag {one_line(tag.inner)} under another name"
    if not claimed.records:
        return f"was made by hand on commit {short}: its message names no operation of {name}"
    there = arrived.get((publishing.branch, tag.commit))
    if there is None:
        return f"names commit {short}, which is not in the history of {one_line(publishing.branch)}"
    plan = claimed.records[-1].plan
    records = ledger.records(
        tag.commit, commits[tag.commit].parents, 0, commits[tag.commit].message
    )
    if plan and not any(record.plan == plan and record.environment == name for record in records):
        return f"names commit {short}, which is not the one of its operation"
    return next(
        (words for record in claimed.records if (words := _other(record, there, short))), ""
    )


def _other(record: Record, there: Mapping[Key, Release], short: str) -> str:
    release = there.get((record.app, record.environment))
    if release is not None and release.satisfies(record.release):
        return ""
    runs = one_line(str(release)) if release else "nothing that an operation put there"
    return (
        f"names commit {short}, where {one_line(record.app)} has {runs} and not "
        f"{one_line(str(record.release))}"
    )
