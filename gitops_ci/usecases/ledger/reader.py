"""What the ledger says: records read from the history lazily, and counted only when the commit's
own diff makes them.
"""

from collections.abc import Iterable, Iterator, Sequence

from gitops_ci.adapters.git import Repository
from gitops_ci.core import ledger
from gitops_ci.model.operation import Record, Snapshot, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.ledger.adoption import AdoptionFinder, ancestors
from gitops_ci.usecases.ledger.arrivals import LedgerArrival
from gitops_ci.usecases.ledger.branch_history import BranchHistories
from gitops_ci.usecases.ledger.claims import Claim, Claims
from gitops_ci.usecases.ledger.recorded_plans import RecordedPlans
from gitops_ci.usecases.ledger.releases_at import ReleasesAt

_BATCH = 4  # candidates of one application that are verified in one fetch


class LedgerReader:
    """The ledger of a snapshot's branches, read as far as anybody asked.

    ``branches`` are their histories, ``claims`` what messages say, ``releases`` what files say, and
    ``plans`` what verified records did.
    """

    def __init__(self, repository: Repository, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.branches = BranchHistories(repository, snapshot)
        self.claims = Claims(self.branches)
        self.releases = ReleasesAt(repository)
        self.plans = RecordedPlans(repository, snapshot, self.claims, self.releases)
        self._undone: dict[tuple[str, str], Record] = {}
        self._adoptions = AdoptionFinder(repository, snapshot, self.branches)

    def newest(self, targets: Sequence[Target]) -> dict[str, Record]:
        """Return the newest verified record of each target that has one, by application; all of one
        environment.
        """
        return {app: record for (app, _), record in self.newest_by_target(targets).items()}

    def newest_by_target(self, targets: Sequence[Target]) -> dict[tuple[str, str], Record]:
        """Return the newest verified record of each target that has one, by application and
        environment.

        There is none where a merge took back a later operation: see `undone`.
        """
        newest: dict[tuple[str, str], Record] = {}
        lost: dict[tuple[str, str], list[Record]] = {}
        waiting = {_key(target): (target, self.claims.of(target)) for target in targets}
        while waiting:
            claims = _next_claims(waiting.values())
            effective, ineffective = self._verified(claims)
            newest.update({_key(target): record for target, record in effective})
            for target, record in ineffective:
                lost.setdefault(_key(target), []).append(record)
            claimed = {_key(target) for target, _ in claims}
            waiting = {key: waiting[key] for key in waiting if key in claimed and key not in newest}
        for target in targets:
            self._note_undone(target, lost.get(_key(target), ()), newest)
        return newest

    def undone(self, target: Target) -> Record | None:
        """Return the operation that a merge took back, so that what stands in a target was put
        there by none; after `newest`.
        """
        return self._undone.get(_key(target))

    def _note_undone(
        self, target: Target, lost: Sequence[Record], newest: dict[tuple[str, str], Record]
    ) -> None:
        """Take a target out of ``newest`` where a merge took back a later operation.

        An operation gives way only to one that has it in its history, or that is the same one.
        """
        key = _key(target)
        record = newest.get(key)
        # where clocks differ, what was there long before may seem to have come with the merge
        older = (
            ancestors(self.branches.whole(target.branch), record.commit)
            if lost and record
            else set()
        )
        for undone in lost:
            if record and undone.release.same_content(record.release):
                continue
            if record and self._came_too_late(target, undone, record):
                continue
            if undone.commit not in older and not self._twin(target, undone):
                self._undone[key] = undone
                newest.pop(key, None)
                return

    def _came_too_late(self, target: Target, record: Record, stands: Record) -> bool:
        """Tell whether a record was proposed, and another one had come to the branch before it was
        merged.
        """
        commits = self.branches.whole(target.branch)
        proposed = commits[record.commit]
        return stands.commit not in ancestors(commits, proposed.id) and ledger.came_too_late(
            record, proposed.committer_time, stands, stands.time
        )

    def _twin(self, target: Target, record: Record) -> bool:
        """Tell whether the plan of a record was carried out on another line too: it was rebased or
        squashed.
        """
        if not record.plan:
            return False
        older = ancestors(self.branches.known(target.branch), record.commit)
        twins = [
            (target, twin)
            for twin in self.claims.of(target)
            if twin.plan == record.plan and twin.commit not in older
        ]
        return bool(self.verified(twins))

    def records(self, target: Target, **criteria: str) -> Iterator[Record]:
        """Yield a target's verified records, newest first: all, or those with this tag, commit or
        source revision.
        """
        batch: list[Claim] = []
        for record in self.claims.of(target):
            if _fits(record, **criteria):
                batch.append((target, record))
            if len(batch) == _BATCH:
                yield from (record for _, record in self.verified(batch))
                batch = []
        yield from (record for _, record in self.verified(batch))

    def bringing(self, target: Target, release: Release, **criteria: str) -> Record | None:
        """Return the newest of these records that brought a release, None where none did."""
        records = self.records(target, **criteria)
        brought = (record for record in records if not record.kind.removes)
        return next((record for record in brought if record.release.same_content(release)), None)

    def before(self, target: Target, record: Record) -> Release | None:
        """Return what the target ran before a verified record, with the digests that the record
        names.
        """
        release = self.releases.at(target, self._parent(target, record))
        if release is None or release.has_tag(""):
            return None
        return release.completed_by(Release(record.previous)) if record.previous else release

    def running(self, target: Target) -> Release | None:
        """Return what stands in the target's values file now; None where there is no such file."""
        return self.releases.at(target, self._snapshot.heads[target.branch])

    def first(self, target: Target) -> Release | None:
        """Return what the target ran before gitops.yaml was added, which counts as adopted; None
        where there was no file.

        None too where a merge brought a history with a beginning of its own, in which something
        else ran.
        """
        commit = self._adoptions.before(target.branch)
        rivals = self._adoptions.rivals(target.branch)
        release, *others = self.releases.of(target, (commit, *rivals))
        if release is None or any(other and not release.same_content(other) for other in others):
            return None
        return release

    def read_first(self, targets: Sequence[Target]) -> None:
        """Read what `first` is going to be asked for, all in one go."""
        self.releases.fetch([(target, self._adoptions.before(target.branch)) for target in targets])

    def adopted(self, target: Target) -> bool:
        """Tell whether the running release stood there already when gitops.yaml was added."""
        release = self.first(target)
        return (
            self.undone(target) is None
            and release is not None
            and release.same_content(target.release)
        )

    def verified(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return those claims that their commit's own diff makes, looked up all in one go."""
        return self._verified(claims)[0]

    def bootstrap(self, branch: str) -> str:
        """Return the commit that added gitops.yaml, or what a branch was then; reads its whole
        history.
        """
        return self._adoptions.of(branch)

    def _verified(self, claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
        """Return the claims that their commit's own diff makes.

        First those that took effect, then those of which the merge that brought them kept nothing.
        """
        ends = [
            (target, commit)
            for target, record in claims
            for commit in (record.commit, record.parent)
        ]
        self.releases.fetch(ends, self.plans.rules(claims))
        made = self.plans.of([claim for claim in claims if self._made(*claim)])
        self._fetch_merges(made)
        effective: list[Claim] = []
        ineffective: list[Claim] = []
        for claim in made:
            took_effect = self._took_effect(*claim)
            (effective if took_effect else ineffective).append(claim)
        return effective, ineffective

    def _fetch_merges(self, claims: Sequence[Claim]) -> None:
        """Read in one go what `_took_effect` looks at."""
        self.releases.fetch(
            [
                (target, commit)
                for target, record in claims
                if (arrived := self.branches.merged(target.branch, record.commit))
                for commit in _around_merge(arrived)
            ]
        )

    def _made(self, target: Target, record: Record) -> bool:
        before, after = self.releases.of(target, (record.parent, record.commit))
        return ledger.carried_out(record, target.app, before, after)

    def _took_effect(self, target: Target, record: Record) -> bool:
        """Tell whether the merge that brought a record took its line's value over: it may have kept
        the branch's own.
        """
        arrived = self.branches.merged(target.branch, record.commit)
        if arrived is None:
            return True
        if self._made_by_merge(target, record, arrived):
            return True
        _, merge, side = self.releases.of(target, _around_merge(arrived))
        return merge is not None and side is not None and merge.same_text(side)

    def _made_by_merge(self, target: Target, record: Record, arrived: LedgerArrival) -> bool:
        own, merge, _ = self.releases.of(target, _around_merge(arrived))
        return ledger.carried_out(record, target.app, own, merge)

    def _parent(self, target: Target, record: Record) -> str | None:
        """Return the commit before a verified record: for the first one of a side line, that before
        its merge.
        """
        arrived = self.branches.merged(target.branch, record.commit)
        if arrived is None or self.branches.merged(target.branch, record.parent):
            return record.parent
        if self._made_by_merge(target, record, arrived):
            return arrived.arrival.parents[0]
        return record.parent


def _next_claims(unread: Iterable[tuple[Target, Iterator[Record]]]) -> list[Claim]:
    return [(target, record) for target, records in unread if (record := next(records, None))]


def _fits(
    record: Record, tag: str | None = None, commit: str | None = None, revision: str | None = None
) -> bool:
    if tag and not record.release.has_tag(tag):
        return False
    if commit and not record.commit.startswith(commit):
        return False
    return not revision or record.release.source_revision == revision


def _key(target: Target) -> tuple[str, str]:
    return target.app.name, target.environment.name


def _around_merge(arrived: LedgerArrival) -> tuple[str, str, str]:
    """Return the branch's commit before a merge, the merge, and what was merged."""
    return arrived.arrival.parents[0], arrived.arrival.id, arrived.through or arrived.commit.id
