"""Judges what is being pushed, inside of a pre-receive hook."""

import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import clean_url
from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.adapters.git.open_history import open_history
from gitops_ci.adapters.git.publish.note_tree import REFERENCE
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.dates import from_the_future
from gitops_ci.core.audit.findings import REWRITTEN, TAG_MOVED
from gitops_ci.core.audit.remedies import at_push
from gitops_ci.core.audit.tags import environments_of
from gitops_ci.core.config.implicit import NoRulesError
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.config import Config
from gitops_ci.model.ledger_views import VIOLATION, Audit, Finding
from gitops_ci.usecases import clock
from gitops_ci.usecases.audit import git_tags
from gitops_ci.usecases.audit.history import (
    AuditedHistory,
    AuditScope,
    Source,
    read_history,
    read_policy,
)
from gitops_ci.usecases.audit.notes import lost_lines
from gitops_ci.usecases.audit.run import AuditRequest, Bounds, settled_findings
from gitops_ci.usecases.location import RepositoryLocation

_LINE = re.compile(rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (refs/[^\x00-\x20]+)")
_HEADS = "refs/heads/"
_TAGS = "refs/tags/"


class PushedReference(msgspec.Struct, frozen=True):
    """One reference that is pushed: object ids before and after, None where there is none."""

    old: str | None
    new: str | None
    name: str

    @property
    def branch(self) -> str | None:
        return self.name.removeprefix(_HEADS) if self.name.startswith(_HEADS) else None

    @property
    def tag(self) -> str | None:
        return self.name.removeprefix(_TAGS) if self.name.startswith(_TAGS) else None


def judge_push(location: RepositoryLocation, lines: bytes, deadline: Deadline) -> Audit:
    """Return what is wrong with a push; raises UsageError for input that no hook gets."""
    pushed = _parsed(lines)
    url, _ = clean_url(location.url)
    with open_history(url, credentials=None, ca_file=None, deadline=deadline) as source:
        archive = source.archive()
        policy_branch = location.branch or source.default_branch()
        before = archive.commit(f"{_HEADS}{policy_branch}")
        rules = _rules(source, policy_branch, before)
        protected = _protected(policy_branch, rules)
        findings = _refused(archive, pushed, protected, rules)
        # whoever pushes gitops.yaml for the first time brings the rules with it
        head = _heads(pushed).get(policy_branch) or before
        if head is None or findings:
            return Audit(None, "", 0, 0, tuple(findings))
        watched = protected | _named(archive, policy_branch, head)
        heads = {name: new for name, new in _heads(pushed).items() if name in watched}
        if not heads and not any(_publishes(tag, rules) for tag in _tags(pushed)):
            return Audit(None, head, 0, 0, ())
        ranges = _ranges(archive, pushed, heads)
        scope = AuditScope(
            policy_branch,
            {policy_branch: head, **heads},
            _former_heads(pushed),
            _arriving(pushed, ranges),
        )
        try:
            history = read_history(source, scope)
        except (
            NoRulesError
        ):  # and nobody has recorded anything: there is nothing to hold it against
            return Audit(None, head, 0, 0, ())
        tags = git_tags.claims_of(archive.tags(_tags(pushed)), history)
        bounds = Bounds(None, ranges=ranges, pushed_tags=tags, notes=_notes(pushed))
        audit = settled_findings(source, history, bounds, AuditRequest(), location, deadline)
        return _for_pushers(_with_dates(audit, history, ranges))


def _ranges(
    archive: Archive, pushed: Iterable[PushedReference], heads: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    """Return the commits that branches of environments do not have yet; what other branches get is
    judged when it comes to one of these.
    """
    return {
        each.branch: archive.between([each.new], [each.old] if each.old else [])
        for each in pushed
        if each.branch in heads and each.branch and each.new
    }


def _notes(pushed: Iterable[PushedReference]) -> str | None:
    """Return where the recorded checks will stand, None where nobody pushes them."""
    return next((each.new for each in pushed if each.name == REFERENCE), None)


def _arriving(
    pushed: Iterable[PushedReference], ranges: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Return the commits that come to branches which are there: with a new branch comes the past of
    another place.
    """
    existing = _former_heads(pushed)
    return {branch: commits for branch, commits in ranges.items() if branch in existing}


def _with_dates(
    audit: Audit, history: AuditedHistory, ranges: Mapping[str, frozenset[str]]
) -> Audit:
    """Return an audit with what is pushed too early, first."""
    new = frozenset().union(*ranges.values())
    commits = (commit for name, commit in history.commits.items() if name in new)
    early = from_the_future(commits, clock.now())
    return replace(audit, findings=(*early, *audit.findings))


def _rules(source: Source, policy_branch: str, head: str | None) -> Config | None:
    """Return the rules as they are, None where there is no policy branch yet, or nothing on it."""
    if head is None:
        return None
    policy = _policy(source.archive(), head)
    if policy:
        return policy
    # the newest one that can be read, or what holds without any
    try:
        return read_history(source, AuditScope(policy_branch, {policy_branch: head})).config
    except NoRulesError:
        return None


def _policy(archive: Archive, commit: str) -> Config | None:
    """Return the policy of a commit, None where it has none that can be read."""
    file = (commit, FILE)
    oid = archive.ids([file])[file]
    policy = read_policy(archive.contents([oid])[oid]) if oid else None
    return policy if isinstance(policy, Config) else None


def _named(archive: Archive, policy_branch: str, head: str) -> frozenset[str]:
    """Return the branches that the rules of a commit name: one may be pushed together with them."""
    return _protected(policy_branch, _policy(archive, head))


def _heads(pushed: Iterable[PushedReference]) -> dict[str, str]:
    """Return where branches will stand that are not deleted."""
    return {each.branch: each.new for each in pushed if each.branch and each.new}


def _former_heads(pushed: Iterable[PushedReference]) -> dict[str, str]:
    return {each.branch: each.old for each in pushed if each.branch and each.old}


def _tags(pushed: Iterable[PushedReference]) -> dict[str, str]:
    return {each.tag: each.new for each in pushed if each.tag and each.new}


def _for_pushers(audit: Audit) -> Audit:
    """Return an audit with what to do here."""
    findings = tuple(
        replace(finding, remedy=at_push(finding)) if finding.severity == VIOLATION else finding
        for finding in audit.findings
    )
    return replace(audit, findings=findings)


def _parsed(lines: bytes) -> list[PushedReference]:
    """Return what is pushed; nothing at all is no push, but a hook whose stdin somebody has read
    before us.
    """
    matches = [_LINE.fullmatch(line) for line in lines.split(b"\n") if line]
    pushed = [
        PushedReference(_oid(old), _oid(new), name.decode("utf-8", "surrogateescape"))
        for old, new, name in (match.groups() for match in matches if match)
    ]
    if not pushed or len(pushed) < len(matches):
        raise UsageError(
            "--hook reads lines of OLD NEW REF" + ("" if matches else ", and got none"),
            remedy="run it in a pre-receive hook, which gets them on stdin, before anything else "
            "that reads them",
        )
    return pushed


def _oid(raw: bytes) -> str | None:
    """Return an object id; None for zeros, with which Git says that there is none."""
    return raw.decode("ascii") if raw.strip(b"0") else None


def _protected(policy_branch: str, rules: Config | None) -> frozenset[str]:
    """Return the branches on which environments live under some rules."""
    environments = rules.environments.values() if rules else ()
    return frozenset(
        {policy_branch, *(environment.branch_on(policy_branch) for environment in environments)}
    )


def _publishes(tag: str, rules: Config | None) -> bool:
    """Tell whether a tag publishes an environment under the rules as they are."""
    return rules is not None and bool(environments_of(rules, tag))


def _refused(
    archive: Archive,
    pushed: Iterable[PushedReference],
    protected: frozenset[str],
    rules: Config | None,
) -> list[Finding]:
    """Return what must not happen to references, whatever their commits are."""
    return [
        finding
        for each in pushed
        for finding in (
            _changed_reference(archive, each, protected),
            _changed_notes(archive, each),
            _changed_tag(each, rules),
        )
        if finding
    ]


def _changed_tag(pushed: PushedReference, rules: Config | None) -> Finding | None:
    """Return that a tag which publishes an environment is moved or deleted."""
    if not (pushed.old and pushed.tag and _publishes(pushed.tag, rules)):
        return None
    how = "deleted" if pushed.new is None else "moved"
    message = f"the Git tag {one_line(pushed.tag)}, which publishes an environment, can't be {how}"
    remedy = "publish under a new version instead"
    return Finding(VIOLATION, TAG_MOVED, pushed.old, 0, "", "", message, remedy)


def _changed_notes(archive: Archive, pushed: PushedReference) -> Finding | None:
    """Return that recorded checks are taken out of the notes, by new commits on the old ones."""
    if pushed.name != REFERENCE or not (pushed.old and pushed.new):
        return None
    lost = next(lost_lines(archive, pushed.old, pushed.new), None)
    if lost is None:
        return None
    message = f"{REFERENCE} only grows: lines of the note of commit {lost[:12]} are gone or altered"
    remedy = "record another result instead: gitops-ci check"
    return Finding(VIOLATION, "rewritten", pushed.new, 0, "", "", message, remedy)


def _changed_reference(
    archive: Archive, pushed: PushedReference, protected: frozenset[str]
) -> Finding | None:
    """Return that a branch or the notes are deleted or rewritten."""
    if pushed.branch in protected:
        what = f"branch {one_line(pushed.branch or '')}, on which environments live,"
    elif pushed.name == REFERENCE:
        what = f"{REFERENCE}, the recorded checks,"
    else:
        return None
    if pushed.new is None:
        kind, message = "deleted", f"{what} can't be deleted"
    elif pushed.old and not archive.contains(pushed.new, pushed.old):
        kind = REWRITTEN
        message = f"{what} can't be rewritten: the new commits don't stand on the old ones"
    else:
        return None
    remedy = "push new commits instead, without --force"
    return Finding(VIOLATION, kind, pushed.new or pushed.old or "", 0, "", "", message, remedy)
