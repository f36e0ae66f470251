"""What a person reads of an audit: violations, the newest first, then notices by their kind."""

from collections.abc import Iterable, Sequence

from gitops_ci.model.ledger_views import VIOLATION, Audit, Finding
from gitops_ci.report.formats.times import time_words

_MOST = 10  # of one kind of notices: --output json has them all
# what notices of one kind and environment have in common, where that is all there is to say
_ALIKE = {
    "approver-unverified": (
        "approval",
        "{environment} has no signers, so the publishing account alone vouches",
    ),
    "approval-again": ("approval", "of plans that were carried out before, in {environment}"),
}


def text(audit: Audit) -> str:
    """Return the findings and, in one sentence, their number."""
    newest = audit.findings[::-1]
    violations = [finding for finding in newest if finding.severity == VIOLATION]
    notices = [finding for finding in newest if finding.severity != VIOLATION]
    blocks = [*map(_violation, violations), *map(_notices, _by_kind(notices))]
    return "".join(blocks) + f"{message(audit)}\n"


def message(audit: Audit) -> str:
    """Return in one sentence what was found."""
    violations = sum(finding.severity == VIOLATION for finding in audit.findings)
    notices = len(audit.findings) - violations
    looked = (
        f"{counted(audit.commits, 'commit')}, {counted(audit.changes, 'change')} of managed values"
    )
    return f"audit: {counted(violations, 'violation')}, {counted(notices, 'notice')} in {looked}"


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _violation(finding: Finding) -> str:
    lines = [finding.message, *filter(None, [finding.remedy])]
    return _block("NO", finding.kind, _place(finding), lines)


def _by_kind(notices: Iterable[Finding]) -> Iterable[Sequence[Finding]]:
    """Return notices of one kind together; those that say the same by environment too."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for notice in notices:
        same = notice.environment if notice.kind in _ALIKE else ""
        groups.setdefault((notice.kind, same), []).append(notice)
    return groups.values()


def _notices(group: Sequence[Finding]) -> str:
    first, *others = group
    if not others:
        return _block("note", first.kind, _place(first), [first.message])
    if first.kind in _ALIKE:
        noun, words = _ALIKE[first.kind]
        said = f"{counted(len(group), noun)}: {words.format(environment=first.environment)}"
        return _block("note", first.kind, said, [])
    lines = [f"{_place(finding)}: {finding.message}" for finding in group[:_MOST]]
    if len(group) > _MOST:
        lines.append(f"and {len(group) - _MOST} more: --output json has them all")
    return _block("note", first.kind, f"{len(group)} of them", lines)


def _block(mark: str, kind: str, head: str, lines: Iterable[str]) -> str:
    return "".join(
        [
            f"{mark:<4} {kind:<14} {head}".rstrip() + "\n",
            *(f"       {line}\n" for line in lines),
        ]
    )


def _place(finding: Finding) -> str:
    """Return commit, time and place; what a push would do to a reference has no time."""
    when = time_words(finding.time or None)
    where = " in ".join(name for name in (finding.app, finding.environment) if name)
    parts = (finding.commit[:12], when, where)
    return "  ".join(filter(None, parts))
