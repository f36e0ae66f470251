"""Judges what is being pushed, inside of a pre-receive hook: only what a person should not have
done is refused.
"""

import re
from collections.abc import Sequence

import msgspec

from gitops_ci.adapters.git import clean_url
from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.adapters.git.local import open_history
from gitops_ci.adapters.git.publish.note_tree import REFERENCE
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.findings import HAND_EDIT, LOST, TAG_MOVED
from gitops_ci.core.audit.tags import published
from gitops_ci.model.config import Config
from gitops_ci.model.ledger_views import VIOLATION, Audit, Finding
from gitops_ci.usecases.audit import git_tags, history
from gitops_ci.usecases.audit.history import AuditScope, Source
from gitops_ci.usecases.audit.run import AuditRequest, Bounds, settled_findings
from gitops_ci.usecases.location import RepositoryLocation

_LINE = re.compile(rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([^\x00-\x20]+)")
_HEADS = "refs/heads/"
_TAGS = "refs/tags/"
_OPERATE = (
    "nothing was taken: make the change with gitops-ci (update, promote, rollback), in haste with"
    " --override GATE --reason TEXT by whom gitops.yaml names for it"
)


class PushedReference(msgspec.Struct, frozen=True):
    """One reference that is pushed: object ids before and after, None where there is none."""

    old: str | None
    new: str | None
    name: str


def judge_push(location: RepositoryLocation, lines: bytes, deadline: Deadline) -> Audit:
    """Return what is wrong with a push; raises UsageError for input that no hook gets."""
    pushed = _read(lines)
    url, _ = clean_url(location.url)
    with open_history(url, credentials=None, ca_file=None, deadline=deadline) as source:
        archive = source.archive()
        policy = location.branch or source.default_branch()
        heads = {
            pushed_reference.name.removeprefix(_HEADS): pushed_reference.new
            for pushed_reference in pushed
            if pushed_reference.new and pushed_reference.name.startswith(_HEADS)
        }
        before = _head(archive, policy)
        rules = _rules(source, policy, before)
        protected = _protected(policy, rules)
        wrong = [
            finding
            for each in pushed
            for finding in (*_wrong(archive, each, protected), *_moved(each, rules))
        ]
        # whoever pushes gitops.yaml for the first time brings the rules with it
        head = heads.get(policy) or before
        if head is None or wrong:
            return Audit(None, "", 0, 0, tuple(wrong))
        span = AuditScope(policy, {policy: head})
        new = {name: commit for name, commit in heads.items() if name in protected | {policy}}
        tags = {
            each.name.removeprefix(_TAGS): each.new
            for each in pushed
            if each.new and each.name.startswith(_TAGS)
        }
        if not new and not any(_published(name, rules) for name in tags):
            return Audit(None, head, 0, 0, ())
        old = {
            each.name.removeprefix(_HEADS): each.old
            for each in pushed
            if each.old and each.name.startswith(_HEADS)
        }
        reading = history.read(source, AuditScope(policy, {**span.heads, **new}, old))
        claimeds = git_tags.claims_of(archive.tags(tags), reading)
        ranges = {
            each.name.removeprefix(_HEADS): _range(archive, each)
            for each in pushed
            if each.name.startswith(_HEADS)
        }
        bounds = Bounds(None, ranges=ranges)
        return _for_pushers(
            settled_findings(source, reading, bounds, AuditRequest(), location, deadline, claimeds)
        )


def _for_pushers(found: Audit) -> Audit:
    """Return what was found with what to do about it here: what is refused is on no branch, so that
    nobody can adopt it.
    """
    findings = tuple(
        msgspec.structs.replace(finding, remedy=_OPERATE)
        if finding.kind in {HAND_EDIT, LOST}
        else finding
        for finding in found.findings
    )
    return msgspec.structs.replace(found, findings=findings)


def _read(lines: bytes) -> list[PushedReference]:
    pushed = []
    for line in lines.split(b"\n"):
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise UsageError(
                "--hook reads lines of OLD NEW REF",
                remedy="run it in a pre-receive hook, which gets them on stdin",
            )
        old, new, name = match.groups()
        pushed.append(PushedReference(_id(old), _id(new), name.decode("utf-8", "surrogateescape")))
    return pushed


def _id(raw: bytes) -> str | None:
    return raw.decode("ascii") if raw.strip(b"0") else None


def _head(archive: Archive, branch: str) -> str | None:
    return archive.commit(f"{_HEADS}{branch}")


def _rules(source: Source, policy: str, head: str | None) -> Config | None:
    """Return the rules as they are."""
    return history.read(source, AuditScope(policy, {policy: head})).config if head else None


def _protected(policy: str, rules: Config | None) -> frozenset[str]:
    """Return the branches on which environments live under the rules as they are."""
    environments = rules.environments.values() if rules else ()
    return frozenset(
        {policy, *(environment.branch for environment in environments if environment.branch)}
    )


def _published(name: str, rules: Config | None) -> bool:
    """Tell whether a tag publishes an environment under the rules as they are."""
    return rules is not None and bool(published(rules, name))


def _moved(pushed: PushedReference, rules: Config | None) -> Sequence[Finding]:
    """Return that a tag which publishes an environment is moved or deleted."""
    name = pushed.name.removeprefix(_TAGS)
    if not (pushed.old and pushed.name.startswith(_TAGS) and _published(name, rules)):
        return ()
    how = "deleted" if pushed.new is None else "moved"
    message = f"the Git tag {one_line(name)}, which publishes an environment, can't be {how}"
    return (
        Finding(
            VIOLATION,
            TAG_MOVED,
            pushed.old,
            0,
            "",
            "",
            message,
            "publish under a new version instead",
        ),
    )


def _wrong(
    archive: Archive, pushed: PushedReference, protected: frozenset[str]
) -> Sequence[Finding]:
    """Return what must not happen to a reference, whatever its commits are."""
    branch = pushed.name.removeprefix(_HEADS) if pushed.name.startswith(_HEADS) else None
    if branch not in protected and pushed.name != REFERENCE:
        return ()
    what = (
        f"branch {one_line(branch)}, on which environments live,"
        if branch
        else f"{REFERENCE}, the recorded checks,"
    )
    if pushed.new is None:
        return (_finding("deleted", pushed, f"{what} can't be deleted"),)
    if pushed.old and not archive.contains(pushed.new, pushed.old):
        return (
            _finding(
                "rewritten",
                pushed,
                f"{what} can't be rewritten: the new commits don't stand on the old ones",
            ),
        )
    return ()


def _finding(kind: str, pushed: PushedReference, message: str) -> Finding:
    return Finding(
        VIOLATION,
        kind,
        pushed.new or pushed.old or "",
        0,
        "",
        "",
        message,
        "push new commits instead, without --force",
    )


def _range(archive: Archive, pushed: PushedReference) -> frozenset[str]:
    return (
        archive.between([pushed.new], [pushed.old] if pushed.old else [])
        if pushed.new
        else frozenset()
    )
