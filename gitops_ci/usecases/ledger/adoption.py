"""Where the history of a branch begins for the ledger: with gitops.yaml; and which other beginnings
merges brought.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from gitops_ci.adapters.git import Commit, Repository
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.operation import Snapshot

_PROBES = 12  # commits that are looked at in one fetch where a bisection needs many


class Histories(Protocol):
    """The commits of branches; see `LedgerReader`."""

    def whole(self, branch: str) -> dict[str, Commit]:
        """Return the whole history of a branch by id."""

    def line(self, branch: str) -> Iterator[Commit]:
        """Yield the commits that a branch went through."""


class AdoptionFinder:
    """Finds, once for each branch, the commit that added gitops.yaml, and what came from
    elsewhere.
    """

    def __init__(self, repository: Repository, snapshot: Snapshot, histories: Histories) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._histories = histories
        self._known: dict[str, str] = {}
        self._rivals: dict[str, list[str]] = {}

    def of(self, branch: str) -> str:
        """Return the commit that added gitops.yaml, or what a branch was then; reads its whole
        history.
        """
        if branch not in self._known:
            self._known[branch] = self._found(branch)
        return self._known[branch]

    def rivals(self, branch: str) -> list[str]:
        """Return what merges brought of histories that have a beginning of their own.

        No order of parents says which of them is true.
        """
        if branch not in self._rivals:
            born, commits = self.of(branch), self._histories.whole(branch)
            after = descendants(commits, born)
            merges = [
                commit
                for commit in commits.values()
                if len(commit.parents) > 1 and commit.id in after
            ]
            sides = dict.fromkeys(
                parent for commit in merges for parent in commit.parents if parent not in after
            )
            self._rivals[branch] = self._begun_apart(branch, born, list(sides)) if sides else []
        return self._rivals[branch]

    def _found(self, branch: str) -> str:
        self._histories.whole(branch)
        chain = list(self._histories.line(branch))
        policy = self._snapshot.policy_branch
        if branch == policy:
            return chain[self._first_with_config(chain)].id
        born = self._histories.whole(policy)[self.of(policy)]
        older = [commit for commit in chain if commit.committer_time <= born.committer_time]
        return (older or chain[-1:])[0].id

    def _begun_apart(self, branch: str, born: str, sides: Sequence[str]) -> list[str]:
        if branch == self._snapshot.policy_branch and not self._snapshot.config.implicit:
            found = self._repository.read((each, FILE) for each in sides)
            return [each for each in sides if found[each, FILE] is not None]
        commits = self._histories.whole(branch)
        own = ancestors(commits, born)
        return [each for each in sides if own.isdisjoint(ancestors(commits, each))]

    def _first_with_config(self, chain: Sequence[Commit]) -> int:
        """Return where gitops.yaml was added, by bisection: a few trees are fetched, never the
        whole history's.
        """
        if self._snapshot.config.implicit:
            return len(chain) - 1
        newest, oldest = 0, len(chain) - 1  # it is there at the one, and not before the other
        while newest < oldest:
            step = max(1, (oldest - newest) // _PROBES)
            probes = [*range(newest + step, oldest, step), oldest]
            found = self._repository.read((chain[each].id, FILE) for each in probes)
            without = next(
                (each for each in probes if found[chain[each].id, FILE] is None), oldest + 1
            )
            newest, oldest = (
                max([newest, *(each for each in probes if each < without)]),
                without - 1,
            )
        return newest


def ancestors(commits: Mapping[str, Commit], commit: str) -> set[str]:
    """Return a commit with everything in its history, of those that are given."""
    found = {commit}
    waiting = [commit]
    while waiting:
        known = commits.get(waiting.pop())
        fresh = [each for each in known.parents if each not in found] if known else []
        found.update(fresh)
        waiting += fresh
    return found


def descendants(commits: Mapping[str, Commit], commit: str) -> set[str]:
    """Return a commit with everything that has it in its history, of those that are given."""
    children: dict[str, list[str]] = {}
    for each in commits.values():
        for parent in each.parents:
            children.setdefault(parent, []).append(each.id)
    found = {commit}
    waiting = [commit]
    while waiting:
        fresh = [each for each in children.get(waiting.pop(), ()) if each not in found]
        found.update(fresh)
        waiting += fresh
    return found
