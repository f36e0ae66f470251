"""What the ledger says: records read from the history lazily, and counted only when the commit's
own diff makes them.
"""

from collections.abc import Iterator, Sequence

from gitops_ci.adapters.git import Repository
from gitops_ci.core import ledger
from gitops_ci.model.operation import Record, Snapshot, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.ledger.adoption import AdoptionFinder, ancestors
from gitops_ci.usecases.ledger.arrivals import ArrivedRecord
from gitops_ci.usecases.ledger.branch_history import BranchHistories
from gitops_ci.usecases.ledger.claims import Claim, Claims
from gitops_ci.usecases.ledger.recorded_plans import RecordedPlans
from gitops_ci.usecases.ledger.releases_at import ReleasesAt

_BATCH = 4  # candidates of one application that are verified in one fetch


class LedgerReader:
    """The ledger of a snapshot's branches, read as far as anybody asked.

    ``branches`` are their histories, ``claims`` what messages say, ``releases`` what files say.
    """

    def __init__(self, repository: Repository, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.branches = BranchHistories(repository, snapshot)
        self.claims = Claims(self.branches)
        self.releases = ReleasesAt(repository)
        self._genuine = RecordedPlans(
            repository, snapshot, self.releases.files, self.claims.by, self._older
        )
        self._undone: dict[tuple[str, str], Record] = {}
        self._beginnings = AdoptionFinder(repository, snapshot, self.branches)

    def newest(self, targets: Sequence[Target]) -> dict[str, Record]:
        """Return the newest verified record of each target that has one, by application; all of one
        environment.
        """
        return {app: record for (app, _), record in self.newest_by_place(targets).items()}

    def newest_by_place(self, targets: Sequence[Target]) -> dict[tuple[str, str], Record]:
        """Return the newest verified record of each target that has one, by application and
        environment.

        There is none where a merge took back a later operation: see `undone`.
        """
        found: dict[tuple[str, str], Record] = {}
        lost: dict[tuple[str, str], list[Record]] = {}
        waiting = {_place(target): (target, self.claims.of(target)) for target in targets}
        while waiting:
            claims = [
                (target, record)
                for target, records in waiting.values()
                if (record := next(records, None))
            ]
            verified, without_effect = self._judged(claims)
            found.update({_place(target): record for target, record in verified})
            for target, record in without_effect:
                lost.setdefault(_place(target), []).append(record)
            exhausted = waiting.keys() - {_place(target) for target, _ in claims}
            for place in [*found.keys() & waiting.keys(), *exhausted]:
                waiting.pop(place, None)
        for target in targets:
            self._note_undone(target, lost.get(_place(target), ()), found)
        return found

    def undone(self, target: Target) -> Record | None:
        """Return the operation that a merge took back, so that what stands in a target was put
        there by none; after `newest`.
        """
        return self._undone.get(_place(target))

    def _note_undone(
        self, target: Target, lost: Sequence[Record], found: dict[tuple[str, str], Record]
    ) -> None:
        """An operation gives way only to one that has it in its history, or that is the same
        one.
        """
        place = _place(target)
        newest = found.get(place)
        # where clocks differ, what was there long before may seem to have come with the merge
        older = (
            ancestors(self.branches.whole(target.branch), newest.commit)
            if lost and newest
            else set()
        )
        for record in lost:
            if newest and record.release.same_content(newest.release):
                continue
            if record.commit not in older and not self._twin(target, record):
                self._undone[place] = record
                found.pop(place, None)
                return

    def _twin(self, target: Target, record: Record) -> bool:
        """Tell whether the plan of a record was carried out on another line too: it was rebased or
        squashed.
        """
        if not record.plan:
            return False
        older = ancestors(self.branches.known(target.branch), record.commit)
        others = (
            each
            for each in self.claims.of(target)
            if each.plan == record.plan and each.commit not in older
        )
        return bool(self._judged([(target, each) for each in others])[0])

    def records(self, target: Target, **wanted: str) -> Iterator[Record]:
        """Yield a target's verified records, newest first: all, or those with this tag, commit or
        source revision.
        """
        batch: list[Claim] = []
        for record in self.claims.of(target):
            if _fits(record, **wanted):
                batch.append((target, record))
            if len(batch) == _BATCH:
                yield from (record for _, record in self.verified(batch))
                batch = []
        yield from (record for _, record in self.verified(batch))

    def bringing(self, target: Target, release: Release, **wanted: str) -> Record | None:
        """Return the newest of these records that brought a release, None where none did."""
        records = self.records(target, **wanted)
        return next((record for record in records if record.release.same_content(release)), None)

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
        """Return what the target ran when gitops.yaml was added, which counts as adopted; None
        where there was no file.

        None too where a merge brought a history with a beginning of its own, in which something
        else ran.
        """
        commit = self._beginnings.of(target.branch)
        rivals = self._beginnings.rivals(target.branch)
        self.releases.fetch([(target, each) for each in (commit, *rivals)])
        release = self.releases.at(target, commit)
        others = [other for each in rivals if (other := self.releases.at(target, each))]
        if release is None or any(not release.same_content(other) for other in others):
            return None
        return release

    def read_first(self, targets: Sequence[Target]) -> None:
        """Read what `first` is going to be asked for, all in one go."""
        self.releases.fetch([(target, self._beginnings.of(target.branch)) for target in targets])

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
        return self._judged(claims)[0]

    def bootstrap(self, branch: str) -> str:
        """Return the commit that added gitops.yaml, or what a branch was then; reads its whole
        history.
        """
        return self._beginnings.of(branch)

    def _judged(self, claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
        """Return the claims that their commit's own diff makes.

        First those that took effect, then those of which the merge that brought them kept nothing.
        """
        places = [
            (target, each) for target, record in claims for each in (record.commit, record.parent)
        ]
        self.releases.fetch(places, self._genuine.rules(claims))
        true = self._genuine.of([claim for claim in claims if self._made(*claim)])
        merges = [
            (target, self.branches.merged(target.branch, record.commit)) for target, record in true
        ]
        around = [(target, each) for target, merge in merges if merge for each in _around(merge)]
        self.releases.fetch(around)
        effective: list[Claim] = []
        without: list[Claim] = []
        for claim in true:
            (effective if self._took_effect(*claim) else without).append(claim)
        return effective, without

    def _made(self, target: Target, record: Record) -> bool:
        before, after = self.releases.of(target, (record.parent, record.commit))
        return ledger.made_by(record, before, after)

    def _took_effect(self, target: Target, record: Record) -> bool:
        """Tell whether the merge that brought a record took its line's value over: it may have kept
        the branch's own.
        """
        arrived = self.branches.merged(target.branch, record.commit)
        if arrived is None:
            return True
        _, merge, side = (self.releases.at(target, commit) for commit in _around(arrived))
        return self._made_by_merge(target, record, arrived) or bool(
            merge and side and merge.same_text(side)
        )

    def _made_by_merge(self, target: Target, record: Record, arrived: ArrivedRecord) -> bool:
        own, merge, _ = (self.releases.at(target, commit) for commit in _around(arrived))
        return ledger.made_by(record, own, merge)

    def _parent(self, target: Target, record: Record) -> str | None:
        """Return the commit before a verified record: for the first one of a side line, that before
        its merge.
        """
        arrived = self.branches.merged(target.branch, record.commit)
        if arrived is None or self.branches.merged(target.branch, record.parent):
            return record.parent
        return (
            arrived.arrival.parents[0]
            if self._made_by_merge(target, record, arrived)
            else record.parent
        )

    def _older(self, target: Target, commit: str) -> Iterator[Record]:
        """Yield the records of a target before a commit, newest first, that are what their commits
        do.
        """
        passed = False
        for record in self.claims.of(target):
            if passed and record.commit != commit:
                before, after = self.releases.of(target, (record.parent, record.commit))
                if ledger.does(record, before, after):
                    yield record
            passed = passed or record.commit == commit


def _fits(
    record: Record, tag: str | None = None, commit: str | None = None, revision: str | None = None
) -> bool:
    if tag and not record.release.has_tag(tag):
        return False
    if commit and not record.commit.startswith(commit):
        return False
    return not revision or record.release.source_revision == revision


def _place(target: Target) -> tuple[str, str]:
    return target.app.name, target.environment.name


def _around(arrived: ArrivedRecord) -> tuple[str, str, str]:
    """Return the branch's commit before a merge, the merge, and what was merged."""
    return arrived.arrival.parents[0], arrived.arrival.id, arrived.through or arrived.commit.id
