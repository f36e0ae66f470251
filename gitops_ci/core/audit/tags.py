"""Holds the Git tags that publish environments against the operations that they claim."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.core import ledger
from gitops_ci.core.audit.findings import TAG_MOVED
from gitops_ci.core.audit.history.arrivals import records
from gitops_ci.core.audit.state.values_index import Key
from gitops_ci.core.ref_template import names
from gitops_ci.model.commits import LoggedCommit, TaggedCommit
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.ledger_views import NOTICE, VIOLATION, Finding
from gitops_ci.model.operation import Record
from gitops_ci.model.release import Release

# what operations had put there, by branch and commit
Arrived = Mapping[tuple[str, str], Mapping[Key, Release]]
REMEDY = "delete the tag on the server, and publish again: gitops-ci promote with a new --version"


class ClaimedTag(msgspec.Struct, frozen=True):
    """A tag whose name the template of an environment on a branch gives, and what its message
    claims of that environment.

    ``since`` is when the template became the rule, in seconds since the epoch.
    """

    tag: TaggedCommit
    environment: str
    branch: str
    since: int
    records: Sequence[Record]

    @property
    def keys(self) -> frozenset[Key]:
        """Return the targets that it claims to publish."""
        return frozenset((record.app, record.environment) for record in self.records)

    @property
    def app(self) -> str:
        """Return the application that it claims to publish, '' for several."""
        apps = {record.app for record in self.records}
        return apps.pop() if len(apps) == 1 else ""


def environments_of(config: Config, name: str) -> list[Environment]:
    """Return the environments whose template can give a name."""
    return [
        environment
        for environment in config.environments.values()
        if environment.tag and names(environment.tag, environment.name).fullmatch(name)
    ]


def claims(
    tags: Iterable[TaggedCommit], config: Config, policy_branch: str, since: Mapping[str, int]
) -> Iterator[ClaimedTag]:
    """Yield the tags that publish environments, by the templates of a policy; ``since`` are times
    by environment.
    """
    for tag in tags:
        records = ledger.records(tag.oid, (), tag.time, tag.message) if tag.inner else []
        recorded = {record.environment for record in records}
        environments = environments_of(config, tag.name)
        # several templates may give one name: the records say which of them is meant
        environments.sort(key=lambda environment: environment.name not in recorded)
        for environment in environments[:1]:
            name = environment.name
            branch = environment.branch_on(policy_branch)
            own = [record for record in records if record.environment == name]
            yield ClaimedTag(tag, name, branch, since.get(name, 0), own)


def finding(
    claimed: ClaimedTag,
    commits: Mapping[str, LoggedCommit],
    arrived: Arrived,
    times: Mapping[tuple[str, str], int],
) -> Finding | None:
    """Return what is wrong with a tag; a notice where its commit arrived before the rule did.

    ``times`` are those of arrivals, in seconds since the epoch, by branch and commit.
    """
    words = _wrong(claimed, commits, arrived)
    if not words:
        return None
    tag, commit = claimed.tag, commits.get(claimed.tag.commit or "")
    older = times.get((claimed.branch, tag.commit or ""), claimed.since) < claimed.since
    if older:
        words += "; its commit is older than the rule that there are tags"
    return Finding(
        NOTICE if older else VIOLATION,
        TAG_MOVED,
        tag.commit or tag.oid,
        commit.time if commit else tag.time,
        claimed.app,
        claimed.environment,
        f"the Git tag {one_line(tag.name)} {words}",
        "" if older else REMEDY,
    )


def outdated(claimed: ClaimedTag, running: Mapping[Key, Release]) -> str:
    """Return in words where a new tag publishes something else than what runs, '' where it does
    not.
    """
    for record in claimed.records:
        release = running.get((record.app, record.environment))
        if release is None or not release.satisfies(record.release):
            return (
                f"publishes {one_line(str(record.release))} of {one_line(record.app)}, which "
                "does not run there now"
            )
    return ""


def _wrong(claimed: ClaimedTag, commits: Mapping[str, LoggedCommit], arrived: Arrived) -> str:
    """Return in words what is wrong with a tag, '' for nothing."""
    tag = claimed.tag
    if tag.commit is None:
        return "names no commit"
    short = tag.commit[:12]
    if tag.inner is None:
        return f"is a lightweight one on commit {short}: no operation made it"
    if tag.inner != tag.name:
        return f"is the tag {one_line(tag.inner)} under another name"
    if not claimed.records:
        return (
            f"was made by hand on commit {short}: its message names no operation of "
            f"{claimed.environment}"
        )
    releases = arrived.get((claimed.branch, tag.commit))
    if releases is None:
        return f"names commit {short}, which is not in the history of {one_line(claimed.branch)}"
    if not _is_of_operation(claimed, commits[tag.commit]):
        return f"names commit {short}, which is not the one of its operation"
    return next(filter(None, (_other(each, releases, short) for each in claimed.records)), "")


def _is_of_operation(claimed: ClaimedTag, commit: LoggedCommit) -> bool:
    """Tell whether a commit records the plan that a tag names, if it names one."""
    plan = claimed.records[-1].plan
    planned = [record.environment for record in records(commit) if record.plan == plan]
    return not plan or claimed.environment in planned


def _other(record: Record, releases: Mapping[Key, Release], short: str) -> str:
    """Return in words that a commit has another release than a record says, '' where it has it."""
    release = releases.get((record.app, record.environment))
    if release is not None and release.satisfies(record.release):
        return ""
    runs = one_line(str(release)) if release else "nothing that an operation put there"
    return (
        f"names commit {short}, where {one_line(record.app)} has {runs} and not "
        f"{one_line(str(record.release))}"
    )
