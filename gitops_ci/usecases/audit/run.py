"""The audit as it is asked for: from the beginning, since a commit or a time, a range of commits,
or what is being pushed.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from gitops_ci.adapters.git import clean_url
from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.adapters.git.local import open_history
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.audit.tags import Claimed
from gitops_ci.model.ledger_views import NOTICE, Audit, Finding
from gitops_ci.usecases.audit import git_tags, history
from gitops_ci.usecases.audit.history import AuditScope, HistoryReader, Source
from gitops_ci.usecases.location import RepositoryLocation

_NONE = re.compile(r"0+")


class AuditRequest(msgspec.Struct, frozen=True):
    """What is asked: applications and environments (empty: all), from when on or which range, and
    whether images still exist.
    """

    apps: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    since: str | None = None
    range: str | None = None
    images: bool = False


class Bounds(msgspec.Struct, frozen=True):
    """Which steps are reported: all, those after a time and a commit, or those of a branch's
    range.
    """

    start: str | None
    since: int | None = None
    after: int = -1  # place on the policy branch
    ranges: Mapping[str, frozenset[str]] | None = None

    def holds(self, reading: HistoryReader) -> history.Reported:
        """Return what tells of a branch and a commit whether they are reported."""
        if self.ranges is not None:
            ranges = self.ranges
            return lambda branch, commit: commit in ranges.get(branch, ())
        if self.since is None:
            return lambda branch, commit: True
        policy = reading.span.policy_branch
        wanted = {
            (branch, step.commit.id)
            for branch, steps in reading.chains.items()
            for place, step in enumerate(steps)
            if (
                place > self.after
                if branch == policy and self.after >= 0
                else step.arrived > self.since
            )
        }
        return lambda branch, commit: (branch, commit) in wanted


def audit(location: RepositoryLocation, request: AuditRequest, deadline: Deadline) -> Audit:
    """Return what the history proves and what it does not; raises GitopsError when it can't be
    read.
    """
    url, git_credentials = clean_url(location.url)
    if request.since and request.range:
        raise UsageError("either --since or --range", remedy="leave one of them out")
    with open_history(
        url,
        credentials=location.credentials or git_credentials,
        ca_file=location.ca_file,
        deadline=deadline,
    ) as source:
        if request.range:
            span, ranges = _range(source, location, request.range)
            reading = history.read(source, span, request.apps)
            bounds = Bounds(
                ranges[1],
                ranges={
                    ranges[0]: source.archive().between(
                        [ranges[2]], [ranges[1]] if ranges[1] else []
                    )
                },
            )
        else:
            head = source.whole_history(location.branch)
            reading = history.read(
                source, AuditScope(head.branch, {head.branch: head.commit}), request.apps
            )
            bounds = (
                _since(source.archive(), reading, request.since)
                if request.since
                else Bounds(reading.start)
            )
        _check_names(reading, request)
        return settled_findings(source, reading, bounds, request, location, deadline)


def settled_findings(
    source: Source,
    reading: HistoryReader,
    bounds: Bounds,
    request: AuditRequest,
    location: RepositoryLocation,
    deadline: Deadline,
    pushed: Sequence[Claimed] = (),
) -> Audit:
    """Replay, and complete the findings with what Git and the registries say; ``pushed`` are tags
    that are to be made.
    """
    archive = source.archive()
    narrow = bounds.ranges is not None and not request.images
    reported = bounds.holds(reading)
    there = git_tags.all_claims(source, reading) if bounds.ranges is None else ()
    replay = history.replay(
        archive,
        reading,
        source.whole_notes(),
        reported,
        since=bounds.since,
        narrow=narrow,
        tags=(*there, *pushed),
    )
    _verify_signatures(archive, replay, reading)
    _verify_charts(archive, replay)
    findings = [
        *_absent(reading),
        *replay.collector.findings,
        *git_tags.pushed_findings(pushed, replay, reading),
    ]
    late = [
        claimed
        for claimed in there
        if bounds.start == reading.start or _after(claimed, reading, reported)
    ]
    findings += git_tags.tag_findings(late, replay, reading)
    if request.images:
        from gitops_ci.usecases.audit.images import image_findings

        findings += image_findings(replay, location, deadline)
    order = {commit: place for place, commit in enumerate(reading.commits)}
    findings.sort(key=lambda finding: order.get(finding.commit, len(order)))
    return Audit(
        start=bounds.start,
        end=reading.span.heads[reading.span.policy_branch]
        if bounds.ranges is None
        else _end(reading, bounds),
        commits=replay.collector.commits,
        changes=replay.collector.changes,
        findings=tuple(finding for finding in findings if _asked(finding, request)),
    )


def _after(claimed: Claimed, reading: HistoryReader, reported: history.Reported) -> bool:
    """Tell whether a tag is on a commit that is reported, or on none that is known."""
    branch, commit = claimed.publishing.branch, claimed.tag.commit or ""
    return commit not in reading.commits or reported(branch, commit)


def _end(reading: HistoryReader, bounds: Bounds) -> str:
    branch = next(iter(bounds.ranges or {}), reading.span.policy_branch)
    return reading.span.heads.get(branch, reading.span.heads[reading.span.policy_branch])


def _range(
    source: Source, location: RepositoryLocation, text: str
) -> tuple[AuditScope, tuple[str, str | None, str]]:
    """Return the span of a range OLD..NEW, and its branch with both commits; NEW stands for what
    that branch would be.
    """
    old_name, dots, new_name = text.partition("..")
    if (
        not (dots and old_name)
        or "..." in text
        or old_name.startswith(".")
        or text.split() != [text]
    ):
        raise UsageError(
            f"--range {one_line(text)!r} is not OLD..NEW",
            remedy="give for example --range origin/main..HEAD",
        )
    new_name = new_name or "HEAD"
    default = (
        None
        if isinstance(source.default_branch(), str) and source.default_branch() == "HEAD"
        else source.default_branch()
    )
    named = _branch_named(source, old_name)
    policy = location.branch or named or default
    branch = named or policy
    if branch is None:
        raise UsageError(
            "it is not clear which branch the range is meant for", remedy="name it with --branch"
        )
    archive = source.archive()
    heads: dict[str, str] = {}
    if policy and policy != branch:
        heads[policy] = source.whole_history(policy).commit
    elif not _NONE.fullmatch(old_name):
        _at_hand(source, archive, branch, old_name)
    new = _commit(source, archive, new_name)
    old = None if _NONE.fullmatch(old_name) else _commit(source, archive, old_name)
    published = {branch: old} if old else {}
    return AuditScope(policy or branch, {**heads, branch: new}, published), (branch, old, new)


def _branch_named(source: Source, name: str) -> str | None:
    """Return the branch that a name like ``origin/main`` or ``main`` stands for, None for ids and
    other names.
    """
    if _NONE.fullmatch(name) or re.fullmatch(r"[0-9a-f]{7,64}|HEAD.*|.*[~^:@{].*", name):
        return None
    return (
        name.removeprefix("refs/")
        .removeprefix("heads/")
        .removeprefix("remotes/")
        .removeprefix("origin/")
    )


def _at_hand(source: Source, archive: Archive, branch: str, name: str) -> None:
    if archive.commit(name) is None:
        source.whole_history(branch)


def _commit(source: Source, archive: Archive, name: str) -> str:
    found = archive.commit(name)
    branch = _branch_named(source, name)
    if found is None and branch:
        found = source.whole_history(branch).commit
    if found is None:
        raise GitError(
            f"there is no commit {one_line(name)} in the history",
            remedy="check the name, and fetch the whole history (not a shallow clone)",
        )
    return found


def _since(archive: Archive, reading: HistoryReader, text: str) -> Bounds:
    """Return the bounds for a commit of the policy branch, or for a time."""
    time = _time(text)
    if time is not None:
        first = next((step.commit.id for step in reading.policy if step.arrived > time), None)
        return Bounds(first, since=time)
    commit = archive.commit(text)
    for place, step in enumerate(reading.policy):
        if step.commit.id == commit:
            return Bounds(commit, since=step.arrived, after=place)
    raise GitError(
        f"{one_line(text)} is no time, and no commit in the history of "
        f"{reading.span.policy_branch}",
        remedy="was the history rewritten? Give a commit of that branch, or a time such as "
        "2026-11-24T16:00:00Z",
    )


def _time(text: str) -> int | None:
    """Return a time in ISO 8601 (UTC where it names no zone) in seconds since the epoch, None for
    anything else.
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _check_names(reading: HistoryReader, request: AuditRequest) -> None:
    config = reading.config
    for name in request.environments:
        config.require_environment(name)
    for name in request.apps:
        config.require_app(name)


def _asked(finding: Finding, request: AuditRequest) -> bool:
    environments = {name.strip() for name in finding.environment.split(",")}
    return (not request.apps or finding.app in {"", *request.apps}) and (
        not request.environments or bool(environments & {"", *request.environments})
    )


def _verify_signatures(archive: Archive, replay: Replay, reading: HistoryReader) -> None:
    wanted: dict[str, set[str]] = {}
    for signed in replay.collector.required_signatures:
        if signed.signers:
            wanted.setdefault(signed.signers, set()).update(signed.commits)
    archive.bring(wanted)
    files = archive.contents(wanted)
    found = {
        oid: archive.signatures(sorted(commits), files[oid] or b"")
        for oid, commits in wanted.items()
    }
    for signed in replay.collector.required_signatures:
        replay.collector.add_signature_findings(
            signed, found.get(signed.signers or "", {}), reading.commits
        )


def _verify_charts(archive: Archive, replay: Replay) -> None:
    places = [
        (chart.source, path)
        for chart in replay.collector.required_charts
        for path in chart.expected
    ]
    found: dict[tuple[str, str], str | None] = archive.ids(places) if places else {}
    for chart in replay.collector.required_charts:
        replay.collector.add_chart_findings(
            chart, {path: found.get((chart.source, path)) for path in chart.expected}
        )


def _absent(reading: HistoryReader) -> Sequence[Finding]:
    """Return the environments whose branch is not there."""
    head = reading.span.heads[reading.span.policy_branch]
    return [
        Finding(
            NOTICE,
            "branch-missing",
            head,
            reading.commits[head].time,
            "",
            ", ".join(names),
            f"branch {one_line(branch)} does not exist: {', '.join(names)} can't be audited",
        )
        for branch, names in reading.missing.items()
    ]
