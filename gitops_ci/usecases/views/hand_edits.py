"""What people wrote into values files past the operations: who, when, and over what."""

from collections.abc import Iterator, Sequence

import msgspec

from gitops_ci.adapters.git import Commit
from gitops_ci.base.redaction import one_line
from gitops_ci.model.ledger_views import HistoryEntry
from gitops_ci.model.operation import Record, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.ledger.reader import LedgerReader

BY_HAND = "by hand"  # in the place of an operation
_MOST = 500  # commits of a branch that are looked at for one of them


class HandEdit(msgspec.Struct, frozen=True):
    """A commit that changed what a target runs, from one release to another (None: no file)."""

    commit: Commit
    before: Release | None
    after: Release | None

    @property
    def who(self) -> str:
        """Return its author, and the committer where that is somebody else."""
        author, committer = self.commit.author_email, self.commit.committer_email
        words = author if committer in {"", author} else f"{author} (committed by {committer})"
        return one_line(words)


def edits_since(
    ledger_reader: LedgerReader, target: Target, record: Record | None, until: str | None = None
) -> list[HandEdit]:
    """Return what changed a target after a record came, newest first; up to and without the commit
    ``until``.
    """
    commits = _line(ledger_reader, target, record)
    if until is not None:
        arrival = ledger_reader.branches.arrival(target.branch, until)
        ids = [commit.id for commit in commits]
        commits = commits[ids.index(arrival) + 1 :] if arrival in ids else []
    parents = [commit.parents[0] for commit in commits]
    ledger_reader.releases.of(target, [*(commit.id for commit in commits), *parents])
    edits = (
        HandEdit(
            commit,
            ledger_reader.releases.at(target, parent),
            ledger_reader.releases.at(target, commit.id),
        )
        for commit, parent in zip(commits, parents, strict=True)
    )
    return [edit for edit in edits if _differ(edit.before, edit.after)]


def _line(ledger_reader: LedgerReader, target: Target, record: Record | None) -> list[Commit]:
    if record:
        return ledger_reader.branches.since(target.branch, record, _MOST)
    commits: list[Commit] = []
    for commit in ledger_reader.branches.line(target.branch):
        if not commit.parents or len(commits) == _MOST:
            break
        commits.append(commit)
    return commits


def _differ(before: Release | None, after: Release | None) -> bool:
    if before is None or after is None:
        return before is not after
    return not before.same_text(after)


def between(
    ledger_reader: LedgerReader, target: Target, records: Sequence[Record]
) -> Iterator[tuple[Record, HistoryEntry]]:
    """Yield what was written by hand after each of a target's records, newest first, with the
    record.

    The history is looked at only where what a record left is not what the next one found, or what
    stands there now: what was written and taken back by hand in between is told by the audit.
    """
    newer: Record | None = None
    for record in records:
        found = Release(newer.previous) if newer else ledger_reader.running(target)
        if found is None or not found.same_content(record.release):
            until = newer.commit if newer else None
            for edit in edits_since(ledger_reader, target, record, until):
                yield record, _entry(target, edit)
        newer = record


def _entry(target: Target, edit: HandEdit) -> HistoryEntry:
    commit = edit.commit
    record = Record(
        commit.id,
        commit.parents[0],
        commit.committer_time,
        BY_HAND,
        target.app.name,
        target.environment.name,
        edit.after or Release(()),
        previous=edit.before.images if edit.before else (),
    )
    problem = f"written by {edit.who} by hand: no operation put it there"
    return HistoryEntry(record, commit.committer_time, problem, by_hand=True)
