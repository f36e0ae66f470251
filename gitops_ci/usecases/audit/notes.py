"""The notes with the results of checks: what an audit reads of them, and what a push may do to
them.
"""

from collections.abc import Iterator

from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.core.audit.history.check_timeline import CheckTimeline, blobs, noted_commit
from gitops_ci.core.gates.checks import NAMES
from gitops_ci.model.commits import Delta
from gitops_ci.model.config import Config
from gitops_ci.model.git_modes import REGULAR
from gitops_ci.usecases import clock
from gitops_ci.usecases.audit.history import AuditedHistory


def read_timeline(archive: Archive, history: AuditedHistory, notes: str | None) -> CheckTimeline:
    """Return the results as they were recorded; none where no rule ever asked for a check."""
    policies = (policy for policy in history.policies.values() if isinstance(policy, Config))
    environments = (each for policy in policies for each in policy.environments.values())
    if notes is None or not any(map(NAMES.of, environments)):
        return CheckTimeline()
    commits = list(archive.walk([notes]))
    oids = list(dict.fromkeys(blobs(commits)))
    archive.bring(oids)
    return CheckTimeline(commits, archive.contents(oids), clock.now())


def lost_lines(archive: Archive, old: str, new: str) -> Iterator[str]:
    """Yield the commits whose notes would lose a line by a push."""
    deltas = archive.differences([(new, old)])[new, old]
    before, after = (_lines(archive, deltas, side) for side in ("before", "after"))
    for commit, lines in before.items():
        if not lines <= after.get(commit, set()):
            yield commit


def _lines(archive: Archive, deltas: tuple[Delta, ...], side: str) -> dict[str, set[bytes]]:
    """Return the lines of the notes that differ, before or after a push, by commit."""
    files = [
        (noted_commit(delta.path), delta.before if side == "before" else delta.after)
        for delta in deltas
        if (delta.mode_before if side == "before" else delta.mode) in REGULAR
    ]
    contents = archive.contents(dict.fromkeys(oid for _, oid in files if oid))
    lines: dict[str, set[bytes]] = {}
    for commit, oid in files:
        text = contents.get(oid or "") or b""
        lines.setdefault(commit, set()).update(filter(None, text.split(b"\n")))
    return lines
