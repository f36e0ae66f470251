"""The audit: from the beginning, since a commit or a time, or of a range of commits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import clean_url
from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.adapters.git.open_history import open_history
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.findings import REWRITTEN
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.audit.tags import ClaimedTag
from gitops_ci.model.ledger_views import NOTICE, VIOLATION, Audit, Finding
from gitops_ci.usecases.audit import git_tags
from gitops_ci.usecases.audit.history import (
    AuditedHistory,
    AuditScope,
    Reported,
    Source,
    read_history,
)
from gitops_ci.usecases.audit.replay import ReplayRequest, replay_history
from gitops_ci.usecases.audit.signed_commits import verify_signatures
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
    """Which steps are reported: all, those after a time and a commit, or those of ranges by branch.

    ``since`` is in seconds since the epoch, ``after`` a position on the policy branch.
    ``pushed_tags`` are to be made; ``notes`` is where those with the results of checks will stand,
    None: where they stand.
    """

    start: str | None
    since: int | None = None
    after: int = -1
    ranges: Mapping[str, frozenset[str]] | None = None
    pushed_tags: Sequence[ClaimedTag] = ()
    notes: str | None = None

    def reported_in(self, history: AuditedHistory) -> Reported:
        """Return what tells of a branch and a commit whether they are reported."""
        if self.ranges is not None:
            ranges = self.ranges
            return lambda branch, commit: commit in ranges.get(branch, ())
        if self.since is None:
            return lambda branch, commit: True
        since, policy_branch = self.since, history.scope.policy_branch
        reported: set[tuple[str, str]] = set()
        for branch, steps in history.chains.items():
            newer = [step for step in steps if step.arrived > since]
            if branch == policy_branch and self.after >= 0:
                # commits of one second are told apart by their position alone
                newer = list(steps[self.after + 1 :])
            reported |= {(branch, step.commit.id) for step in newer}
        return lambda branch, commit: (branch, commit) in reported


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
        history, bounds = _bounded_history(source, location, request)
        for name in request.environments:
            history.config.require_environment(name)
        for name in request.apps:
            history.config.require_app(name)
        found = settled_findings(source, history, bounds, request, location, deadline)
        return replace(found, findings=(*_rewritten(source, history.scope), *found.findings))


def _bounded_history(
    source: Source, location: RepositoryLocation, request: AuditRequest
) -> tuple[AuditedHistory, Bounds]:
    if request.range:
        scope, branch = _range(source, location, request.range)
        history = read_history(source, scope, request.apps)
        commits = source.archive().between([scope.heads[branch]], scope.published.values())
        return history, Bounds(scope.published.get(branch), ranges={branch: commits})
    head = source.whole_history(location.branch)
    scope = AuditScope(head.branch, {head.branch: head.commit})
    history = read_history(source, scope, request.apps)
    if request.since:
        return history, _since(source.archive(), history, request.since)
    return history, Bounds(history.start)


def settled_findings(
    source: Source,
    history: AuditedHistory,
    bounds: Bounds,
    request: AuditRequest,
    location: RepositoryLocation,
    deadline: Deadline,
) -> Audit:
    """Replay, and complete the findings with what Git and the registries say."""
    archive = source.archive()
    ranged = bounds.ranges is not None
    reported = bounds.reported_in(history)
    claimed_tags = () if ranged else git_tags.all_claims(source, history)
    replay = replay_history(
        archive,
        history,
        ReplayRequest(
            reported,
            bounds.notes or source.whole_notes(),
            bounds.since,
            narrow=ranged and not request.images,
            tags=(*claimed_tags, *bounds.pushed_tags),
        ),
    )
    verify_signatures(archive, replay, history)
    _verify_charts(archive, replay)
    replay.close()
    if bounds.start != history.start:
        claimed_tags = [each for each in claimed_tags if _on_reported(each, history, reported)]
    findings = [
        *_missing_branches(history),
        *replay.collector.findings,
        *git_tags.pushed_findings(bounds.pushed_tags, replay, history),
        *git_tags.tag_findings(claimed_tags, replay, history),
    ]
    if request.images:
        from gitops_ci.usecases.audit.images import image_findings

        findings += image_findings(replay, location, deadline)
    order = {commit: position for position, commit in enumerate(history.commits)}
    findings.sort(key=lambda finding: order.get(finding.commit, len(order)))
    return Audit(
        start=bounds.start,
        end=_end(history, bounds),
        commits=replay.collector.commits,
        changes=replay.collector.changes,
        findings=tuple(finding for finding in findings if _is_asked_for(finding, request)),
        acknowledged=replay.acknowledgements.plans,
    )


def _on_reported(claimed: ClaimedTag, history: AuditedHistory, reported: Reported) -> bool:
    """Tell whether a tag is on a commit that is reported, or on none that is known."""
    branch, commit = claimed.branch, claimed.tag.commit or ""
    return commit not in history.commits or reported(branch, commit)


def _end(history: AuditedHistory, bounds: Bounds) -> str:
    """Return where the first branch that is looked at stands."""
    heads, policy_branch = history.scope.heads, history.scope.policy_branch
    branch = next(iter(bounds.ranges or {}), policy_branch)
    return heads.get(branch, heads[policy_branch])


def _range(source: Source, location: RepositoryLocation, text: str) -> tuple[AuditScope, str]:
    """Return the scope of a range OLD..NEW, and its branch; NEW stands for what that would be.

    A branch as OLD stands for where NEW left it: what is proposed is judged before it is merged.
    Zeros as OLD, as hooks give them, stand for no commit.
    """
    old_name, new_name = _ends(text)
    archive = source.archive()
    has_old = not _NONE.fullmatch(old_name)
    named = _branch_named(old_name)
    policy_branch, branch = _branches(source, location, named)
    if has_old and not named:
        branch = _standing_at(archive, old_name, policy_branch)
    heads: dict[str, str] = {}
    if policy_branch != branch:
        heads[policy_branch] = source.whole_history(policy_branch).commit
    elif has_old and archive.commit(old_name) is None:
        source.whole_history(branch)
    new = _commit(source, archive, new_name)
    old = _commit(source, archive, old_name) if has_old else None
    if old and _branch_named(old_name) and not archive.contains(new, old):
        # a proposal from before the branch went on; ids are ends of a push, which has to go on
        old = archive.merge_base(new, old) or old
    published = {branch: old} if old else {}
    return AuditScope(policy_branch, {**heads, branch: new}, published), branch


def _standing_at(archive: Archive, old_name: str, policy_branch: str) -> str:
    """Return the branch that a push is about, by where it stands: hooks give ids alone. In doubt it
    is the policy branch.
    """
    old = archive.commit(old_name)
    branches = archive.branches_at(old) if old else []
    return branches[0] if len(branches) == 1 else policy_branch


def _branches(source: Source, location: RepositoryLocation, named: str | None) -> tuple[str, str]:
    """Return the policy branch, and the branch that a range is meant for."""
    default = source.default_branch()
    policy_branch = location.branch or named or default
    if default == "HEAD" and not (location.branch or named):
        raise UsageError(
            "it is not clear which branch the range is meant for", remedy="name it with --branch"
        )
    return policy_branch, named or policy_branch


def _ends(text: str) -> tuple[str, str]:
    """Return the names on both ends of OLD..NEW; raises UsageError for anything else."""
    old, dots, new = text.partition("..")
    blanks = text.split() != [text]
    if not (dots and old) or "..." in text or old.startswith(".") or blanks:
        raise UsageError(
            f"--range {one_line(text)!r} is not OLD..NEW",
            remedy="give for example --range origin/main..HEAD",
        )
    return old, new or "HEAD"


def _branch_named(name: str) -> str | None:
    """Return the branch that a name like ``origin/main`` or ``main`` stands for, None for ids and
    other names.
    """
    if _NONE.fullmatch(name) or re.fullmatch(r"[0-9a-f]{7,64}|HEAD.*|.*[~^:@{].*", name):
        return None
    for prefix in ("refs/", "heads/", "remotes/", "origin/"):
        name = name.removeprefix(prefix)
    return name


def _commit(source: Source, archive: Archive, name: str) -> str:
    commit = archive.commit(name)
    branch = _branch_named(name)
    if commit is None and branch:
        commit = source.whole_history(branch).commit
    if commit is None:
        raise GitError(
            f"there is no commit {one_line(name)} in the history",
            remedy="check the name, and fetch the whole history (not a shallow clone)",
        )
    return commit


def _since(archive: Archive, history: AuditedHistory, text: str) -> Bounds:
    """Return the bounds for a commit of the policy branch, or for a time."""
    time = _time(text)
    if time is not None:
        first = next((step.commit.id for step in history.policy if step.arrived > time), None)
        return Bounds(first, since=time)
    commit = archive.commit(text)
    for position, step in enumerate(history.policy):
        if step.commit.id == commit:
            return Bounds(commit, since=step.arrived, after=position)
    raise GitError(
        f"{one_line(text)} is no time, and no commit in the history of "
        f"{history.scope.policy_branch}",
        remedy="was the history rewritten? Give a commit of that branch, or a time such as "
        "2026-11-24T16:00:00Z",
    )


def _time(text: str) -> int | None:
    """Return a time in ISO 8601 (UTC where it names no zone) in seconds since the epoch, None for
    anything else.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def _is_asked_for(finding: Finding, request: AuditRequest) -> bool:
    """Tell whether a finding concerns what was named; '' as a name concerns everything."""
    if request.apps and finding.app not in {"", *request.apps}:
        return False
    environments = {name.strip() for name in finding.environment.split(",")}
    return not request.environments or bool(environments & {"", *request.environments})


def _verify_charts(archive: Archive, replay: Replay) -> None:
    charts = replay.collector.required_charts
    paths = [(chart.source, path) for chart in charts for path in chart.expected]
    oids: dict[tuple[str, str], str | None] = archive.ids(paths) if paths else {}
    for chart in charts:
        own = {path: oids.get((chart.source, path)) for path in chart.expected}
        replay.collector.add_chart_findings(chart, own)


def _rewritten(source: Source, scope: AuditScope) -> Iterator[Finding]:
    """Yield that a range does not lead from one end to the other: what is in it proves nothing of
    what is gone.
    """
    for branch, old in scope.published.items():
        new = scope.heads[branch]
        if source.archive().contains(new, old):
            continue
        message = (
            f"commit {new[:12]} does not stand on {old[:12]}: {one_line(branch)} went back, was "
            "rewritten, or has gone on since"
        )
        remedy = f"where it has gone on, merge {old[:12]} or rebase onto it; else bring it back"
        yield Finding(VIOLATION, REWRITTEN, new, 0, "", "", message, remedy)


def _missing_branches(history: AuditedHistory) -> Sequence[Finding]:
    head = history.commits[history.scope.heads[history.scope.policy_branch]]
    findings = []
    for branch, environments in history.missing.items():
        names = ", ".join(environments)
        message = f"branch {one_line(branch)} does not exist: {names} can't be audited there"
        findings.append(Finding(NOTICE, "branch-missing", head.id, head.time, "", names, message))
    return findings
