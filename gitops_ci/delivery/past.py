"""What the ledger says: records read from the history lazily, and counted only when the commit's own diff makes them."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from gitops_ci import ledger
from gitops_ci.delivery.arrivals import Arrivals, Arrived
from gitops_ci.delivery.beginnings import Beginnings, ancestors
from gitops_ci.delivery.genuine import Genuine
from gitops_ci.errors import GitopsError, UnavailableError
from gitops_ci.model import Release
from gitops_ci.operation import Record, Snapshot, Target
from gitops_ci.release_values import try_read
from gitops_ci.repository import Commit, Repository

_BATCH = 4  # candidates of one application that are verified in one fetch

Claim = tuple[Target, Record]


class Past:
    """The histories of a snapshot's branches, read as far as anybody asked."""

    def __init__(self, repository: Repository, snapshot: Snapshot) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._histories: dict[str, Iterator[Commit]] = {}
        self._commits: dict[str, list[Commit]] = {}
        self._index: dict[tuple[str, str, str], list[Record]] = {}
        self._releases: dict[tuple[str, str, str], Release | None] = {}
        self._claimed: dict[str, list[Record]] = {}
        self._arrivals: dict[str, Arrivals] = {}
        self._merged: dict[tuple[str, str | None], Arrived] = {}
        self._by_id: dict[str, dict[str, Commit]] = {}
        self._contents: dict[tuple[str, str], bytes | None] = {}
        self._of_commit: dict[tuple[str, str], list[Record]] = {}
        self._genuine = Genuine(repository, snapshot, self._known_files, self._records_of, self._older)
        self._undone: dict[tuple[str, str], Record] = {}
        self._beginnings = Beginnings(repository, snapshot, self)

    def newest(self, targets: Sequence[Target]) -> dict[str, Record]:
        """Return the newest verified record of each target that has one, by application; all of one environment."""
        return {app: record for (app, _), record in self.newest_by_place(targets).items()}

    def newest_by_place(self, targets: Sequence[Target]) -> dict[tuple[str, str], Record]:
        """Return the newest verified record of each target that has one, by application and environment.

        There is none where a merge took back a later operation: see `undone`.
        """
        found: dict[tuple[str, str], Record] = {}
        lost: dict[tuple[str, str], list[Record]] = {}
        waiting = {_place(target): (target, self._claims(target)) for target in targets}
        while waiting:
            claims = [(target, record) for target, records in waiting.values() if (record := next(records, None))]
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
        """Return the operation that a merge took back, so that what stands in a target was put there by none; after `newest`."""
        return self._undone.get(_place(target))

    def _note_undone(self, target: Target, lost: Sequence[Record], found: dict[tuple[str, str], Record]) -> None:
        """An operation gives way only to one that has it in its history, or that is the same one."""
        place = _place(target)
        newest = found.get(place)
        # where clocks differ, what was there long before may seem to have come with the merge
        older = ancestors(self.whole(target.branch), newest.commit) if lost and newest else set()
        for record in lost:
            if newest and record.release.same_content(newest.release):
                continue
            if record.commit not in older and not self._twin(target, record):
                self._undone[place] = record
                found.pop(place, None)
                return

    def _twin(self, target: Target, record: Record) -> bool:
        """Tell whether the plan of a record was carried out on another line too: it was rebased or squashed."""
        if not record.plan:
            return False
        older = ancestors(self._by_id[target.branch], record.commit)
        others = (each for each in self._claims(target) if each.plan == record.plan and each.commit not in older)
        return bool(self._judged([(target, each) for each in others])[0])

    def records(self, target: Target, **wanted: str) -> Iterator[Record]:
        """Yield a target's verified records, newest first: all, or those with this tag, commit or source revision."""
        batch: list[Claim] = []
        for record in self._claims(target):
            if _fits(record, **wanted):
                batch.append((target, record))
            if len(batch) == _BATCH:
                yield from (record for _, record in self._verified(batch))
                batch = []
        yield from (record for _, record in self._verified(batch))

    def before(self, target: Target, record: Record) -> Release | None:
        """Return what the target ran before a verified record, with the digests that the record names."""
        release = self._release(target, self._parent(target, record))
        if release is None or release.has_tag(""):
            return None
        return release.completed_by(Release(record.previous)) if record.previous else release

    def running(self, target: Target) -> Release | None:
        """Return what stands in the target's values file now; None where there is no such file."""
        head = self._snapshot.heads[target.branch]
        self._read([(target, head)])
        return self._release(target, head)

    def first(self, target: Target) -> Release | None:
        """Return what the target ran when gitops.yaml was added, which counts as adopted; None where there was no file.

        None too where a merge brought a history with a beginning of its own, in which something else ran.
        """
        commit = self._beginnings.of(target.branch)
        rivals = self._beginnings.rivals(target.branch)
        self._read([(target, each) for each in (commit, *rivals)])
        release = self._release(target, commit)
        others = [other for each in rivals if (other := self._release(target, each))]
        if release is None or any(not release.same_content(other) for other in others):
            return None
        return release

    def read_first(self, targets: Sequence[Target]) -> None:
        """Read what `first` is going to be asked for, all in one go."""
        self._read([(target, self._beginnings.of(target.branch)) for target in targets])

    def adopted(self, target: Target) -> bool:
        """Tell whether the running release stood there already when gitops.yaml was added."""
        release = self.first(target)
        return self.undone(target) is None and release is not None and release.same_content(target.release)

    def claims(self, branch: str) -> Iterator[Record]:
        """Yield what the commits of a branch claim of any application, newest first; nothing is verified here."""
        position = 0
        while True:
            known = self._claimed.get(branch, ())
            if position < len(known):
                yield known[position]
                position += 1
            elif not self._advance(branch):
                return

    def claims_of(self, target: Target) -> Iterator[Record]:
        """Yield what commits claim of one target, newest first; nothing is verified here."""
        return self._claims(target)

    def verified(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return those claims that their commit's own diff makes, looked up all in one go."""
        return self._verified(claims)

    def at(self, target: Target, commit: str | None) -> Release | None:
        """Return what the target ran at a commit; None where there is no file that can be read."""
        self._read([(target, commit)])
        return self._release(target, commit)

    def read_so_far(self, branch: str) -> int:
        """Return how many commits of a branch have been read."""
        return len(self._commits.get(branch, ()))

    def look(self, places: Sequence[tuple[Target, str]]) -> None:
        """Read what targets ran at commits, all in one go, for `releases`, `at` and `verified`."""
        self._read(places)

    def releases(self, target: Target, commits: Sequence[str]) -> dict[str, Release | None]:
        """Return what stood in the target's values file at commits; None where it could not be read."""
        self._read([(target, commit) for commit in commits])
        return {commit: self._release(target, commit) for commit in commits}

    def line(self, branch: str) -> Iterator[Commit]:
        """Yield the commits that a branch went through (first parents), the newest first, reading as far as is asked for."""
        wanted: str | None = self._snapshot.heads[branch]
        while wanted:
            while wanted not in self._by_id.get(branch, {}):
                if not self._advance(branch):
                    return
            commit = self._by_id[branch][wanted]
            yield commit
            wanted = commit.parents[0] if commit.parents else None

    def parents(self, branch: str, commit: Commit) -> list[Commit]:
        """Return those parents of a commit that have been read."""
        known = self._by_id.get(branch, {})
        return [known[each] for each in commit.parents if each in known]

    def whole(self, branch: str) -> dict[str, Commit]:
        """Return the whole history of a branch by id, children before parents."""
        while self._advance(branch):
            pass
        return self._by_id[branch]

    def bootstrap(self, branch: str) -> str:
        """Return the commit that added gitops.yaml, or what a branch was then; reads its whole history."""
        return self._beginnings.of(branch)

    def has(self, branch: str, commit: str) -> bool:
        """Tell whether a commit is in the history of a branch."""
        return any(each.id == commit for each in self._history(branch))

    def arrival(self, branch: str, commit: str) -> str:
        """Return the commit of a branch's own line with which a commit that was read reached it."""
        arrived = self._merged.get((branch, commit))
        return arrived.arrival.id if arrived else commit

    def chain(self, branch: str, since: Record, limit: int) -> list[Commit]:
        """Return a branch's own line of commits after a record came to it, newest first, without a root commit."""
        stop = self.arrival(branch, since.commit)
        found: list[Commit] = []
        wanted = self._snapshot.heads[branch]
        for commit in self._history(branch):
            if commit.id != wanted:
                continue
            if commit.id == stop or not commit.parents or len(found) == limit:
                return found
            found.append(commit)
            wanted = commit.parents[0]
        return found

    def newest_of(self, branch: str, commits: Container[str]) -> str | None:
        """Return the newest commit of a branch that is among some; None where none is."""
        return next((each.id for each in self._history(branch) if each.id in commits), None)

    def common(self, one: str, two: str) -> str | None:
        """Return the newest commit that is in the history of both branches; reads no further than to that one."""
        seen: dict[str, set[str]] = {one: set(), two: set()}
        for pair in zip_longest(self._history(one), self._history(two)):
            for commit, branch, other in zip(pair, (one, two), (two, one), strict=True):
                if commit and commit.id in seen[other]:
                    return commit.id
                seen[branch] |= {commit.id} if commit else set()
        return None

    def _history(self, branch: str) -> Iterator[Commit]:
        position = 0
        while position < len(self._commits.get(branch, ())) or self._advance(branch):
            yield self._commits[branch][position]
            position += 1

    def _claims(self, target: Target) -> Iterator[Record]:
        key = (target.branch, target.app.name, target.environment.name)
        position = 0
        while True:
            known = self._index.get(key, ())
            if position < len(known):
                yield known[position]
                position += 1
            elif not self._advance(target.branch):
                return

    def _advance(self, branch: str) -> bool:
        """Read one more commit of a branch's history into the index."""
        if branch not in self._histories:
            self._histories[branch] = self._repository.history(self._snapshot.heads[branch])
            self._commits[branch] = []
            self._arrivals[branch] = Arrivals()
        commit = next(self._histories[branch], None)
        settled = self._arrivals[branch].add(commit) if commit else self._arrivals[branch].rest()
        if commit:
            self._commits[branch].append(commit)
            self._by_id.setdefault(branch, {})[commit.id] = commit
        for arrived in settled:
            self._take(branch, arrived)
        return bool(commit or settled)

    def _take(self, branch: str, arrived: Arrived) -> None:
        """Put what a commit claims into the index; what came with a merge counts from the merge on."""
        commit = arrived.commit
        for record in ledger.records(commit.id, commit.parents, arrived.arrival.committer_time, commit.message):
            self._index.setdefault((branch, record.app, record.environment), []).append(record)
            self._claimed.setdefault(branch, []).append(record)
            self._of_commit.setdefault((branch, record.commit), []).append(record)
        if arrived.through:
            self._merged[branch, commit.id] = arrived

    def _verified(self, claims: Sequence[Claim]) -> list[Claim]:
        return self._judged(claims)[0]

    def _judged(self, claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
        """Return the claims that their commit's own diff makes: those that took effect, and those whose merge kept none of it."""
        places = [(target, commit) for target, record in claims for commit in (record.commit, record.parent)]
        self._read(places, self._genuine.rules(claims))
        made = [
            (target, record)
            for target, record in claims
            if ledger.made_by(record, self._release(target, record.parent), self._release(target, record.commit))
        ]
        true = self._genuine.of(made)
        merges = [(target, arrived) for target, record in true if (arrived := self._merged.get((target.branch, record.commit)))]
        self._read([(target, commit) for target, each in merges for commit in _around(each)])
        effective = [self._took_effect(target, record) for target, record in true]
        pairs = list(zip(true, effective, strict=True))
        return [claim for claim, took in pairs if took], [claim for claim, took in pairs if not took]

    def _took_effect(self, target: Target, record: Record) -> bool:
        """Tell whether the merge that brought a record took its line's value over: it may have kept the branch's own."""
        arrived = self._merged.get((target.branch, record.commit))
        if arrived is None:
            return True
        _, merge, side = (self._release(target, commit) for commit in _around(arrived))
        return self._made_by_merge(target, record, arrived) or bool(merge and side and merge.same_text(side))

    def _made_by_merge(self, target: Target, record: Record, arrived: Arrived) -> bool:
        own, merge, _ = (self._release(target, commit) for commit in _around(arrived))
        return ledger.made_by(record, own, merge)

    def _parent(self, target: Target, record: Record) -> str | None:
        """Return the commit before a verified record: for the first one of a side line, that before its merge."""
        arrived = self._merged.get((target.branch, record.commit))
        if arrived is None or (target.branch, record.parent) in self._merged:
            return record.parent
        return arrived.arrival.parents[0] if self._made_by_merge(target, record, arrived) else record.parent

    def _read(self, places: Sequence[tuple[Target, str | None]], others: Iterable[tuple[str, str]] = ()) -> None:
        """Read releases at commits, all missing files in one go, and with them ``others`` by commit and path."""
        wanted = {
            (commit, target.file, target.app.name): target
            for target, commit in places
            if commit and (commit, target.file, target.app.name) not in self._releases
        }
        files = self._known_files({*others, *((commit, file) for commit, file, _ in wanted)})
        for (commit, file, name), target in wanted.items():
            content = files[commit, file]
            self._releases[commit, file, name] = try_read(content, target.app, target.environment.name, file)

    def _known_files(self, places: set[tuple[str, str]]) -> Mapping[tuple[str, str], bytes | None]:
        missing = {place for place in places if place[0] and place not in self._contents}
        self._contents |= self._files(missing) if missing else {}
        return {place: self._contents.get(place) for place in places}

    def _records_of(self, branch: str, commit: str) -> Sequence[Record]:
        return self._of_commit.get((branch, commit), ())

    def _older(self, target: Target, commit: str) -> Iterator[Record]:
        """Yield the records of a target before a commit, newest first, that are what their commits do."""
        passed = False
        for record in self._claims(target):
            if passed and record.commit != commit:
                self._read([(target, record.parent), (target, record.commit)])
                before, after = (self._release(target, each) for each in (record.parent, record.commit))
                if ledger.does(record, before, after):
                    yield record
            passed = passed or record.commit == commit

    def _files(self, places: set[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
        """Read files; one that is a link or too large can't prove anything, as if it was not there."""
        found = self._repository.read_each(places)
        for each in found.values():
            if isinstance(each, UnavailableError):
                raise each
        return {place: None if isinstance(each, GitopsError) else each for place, each in found.items()}

    def _release(self, target: Target, commit: str | None) -> Release | None:
        return self._releases.get((commit, target.file, target.app.name)) if commit else None


def _fits(record: Record, tag: str | None = None, commit: str | None = None, revision: str | None = None) -> bool:
    if tag and not record.release.has_tag(tag):
        return False
    if commit and not record.commit.startswith(commit):
        return False
    return not revision or record.release.source_revision == revision


def _place(target: Target) -> tuple[str, str]:
    return target.app.name, target.environment.name


def _around(arrived: Arrived) -> tuple[str, str, str]:
    """Return the branch's commit before a merge, the merge, and what was merged."""
    return arrived.arrival.parents[0], arrived.arrival.id, arrived.through or arrived.commit.id
