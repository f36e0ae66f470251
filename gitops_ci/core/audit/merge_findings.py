"""Notes what merges took back: operations, rules and signers that a parent had and nobody changed
since.
"""

from collections.abc import Callable, Mapping

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.findings import BEGINNINGS, LOST, FindingCollector, Signed
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, files
from gitops_ci.core.audit.history.merges import MergedFile, Merges, Read
from gitops_ci.core.audit.rebuilt_operation import release_words
from gitops_ci.core.audit.state import policies
from gitops_ci.core.audit.state.environment_states import State
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, Tree, ValuesIndex
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.commits import Delta, LoggedCommit
from gitops_ci.model.config import Config


class _Parent:
    """The files of a merge's parent: what the merge changed, and all else as it is after the
    merge.
    """

    def __init__(self, deltas: Mapping[str, Delta | None], tree: Tree) -> None:
        self._deltas = deltas
        self._tree = tree

    def oid(self, path: str) -> str | None:
        """Return the object id of a file, None where there is none."""
        delta = self._deltas.get(path)
        if delta:
            return delta.before
        return self._tree[path][1] if path in self._tree else None


class Merging:
    """Holds merges against every parent; what differs from the line that a branch follows is judged
    elsewhere.
    """

    def __init__(
        self,
        merges: Merges,
        policy: Callable[[str], Config | str],
        read: Read,
        state: Callable[[AuditedTarget], State],
        collector: FindingCollector,
    ) -> None:
        self._merges = merges
        self._policy = policy
        self._read = read
        self._state = state
        self._book = collector

    def values(
        self,
        step: ArrivedCommit,
        changed: frozenset[Key],
        places: ValuesIndex,
        concerns: Callable[[AuditedTarget], bool],
    ) -> None:
        """Judge managed values; ``changed`` are those that a step changed on the branch's own
        line.
        """
        self._strange(step, places)
        for merge in self._merges.of(step):
            for merged_file in self._merges.places(merge):
                for target in filter(concerns, places.at(step.branch, merged_file.path)):
                    if merge is not step.commit or target.key not in changed:
                        self._value(step, merge, merged_file, target)

    def rules(self, step: ArrivedCommit, tree: Tree, config: Config) -> None:
        """Say, and ask for signatures, where a merge drops rules that one of its parents had."""
        signers = (environment.signers for environment in config.environments.values())
        watched = {FILE, *filter(None, signers)}
        for merge in self._merges.of(step):
            places = {merged_file.path: merged_file for merged_file in self._merges.places(merge)}
            for path in sorted(places.keys() & watched):
                if places[path].after != tree.get(path):
                    continue
                for parent in self._merges.dropped(places[path], merge.parents[0]):
                    deltas = {each: place.others.get(parent) for each, place in places.items()}
                    before = _Parent(deltas, tree)
                    self._dropped(step, merge, path, before, config)

    def _value(
        self,
        step: ArrivedCommit,
        merge: LoggedCommit,
        merged_file: MergedFile,
        target: AuditedTarget,
    ) -> None:
        lost = self._merges.lost(merged_file, target, self._read)
        who = one_line(merge.author)
        if lost:
            gone = (
                f"{one_line(lost.operation)} of {one_line(release_words(lost.release))} (commit "
                f"{lost.commit[:12]})"
            )
            words = f"the merge by {who} takes back {gone} without an operation"
            state = self._state(target)
            self._book.hand_edit(step, merge, target, state.value, words, "", LOST)
            state.note(
                lost
            )  # what comes next was planned by who saw that it is no longer what stands there
        elif self._merges.unexplained(merge, merged_file, target, self._read):
            words = f"the merge by {who} takes the value of a history with a {FILE} of its own"
            self._book.hand_edit(step, merge, target, self._state(target).value, words, "")

    def _strange(self, step: ArrivedCommit, places: ValuesIndex) -> None:
        """A history of its own that a merge brings must not have rules or managed values."""
        for commit in self._merges.strange(step):
            paths = [delta.path for delta in files(commit)]
            own = next(
                (path for path in paths if path == FILE or any(places.at(step.branch, path))), None
            )
            if own:
                words = (
                    f"the history has two beginnings: the merge brings commit {commit.id[:12]}, "
                    f"which has {one_line(own)} too"
                )
                remedy = "take the merge back, and bring what is needed of it as changes"
                self._book.add(BEGINNINGS, step.commit, ("", ""), words, remedy=remedy)
                return

    def _dropped(
        self, step: ArrivedCommit, merge: LoggedCommit, path: str, before: _Parent, config: Config
    ) -> None:
        who = f"taken back by a merge by {one_line(merge.author)}"
        if path != FILE:
            for name, environment in config.environments.items():
                if environment.signers == path:
                    self._book.policy(step, name, f"{one_line(path)} was {who}")
                    self._signed(step, merge, name, before.oid(path), f"{one_line(path)} was {who}")
            return
        oid = before.oid(FILE)
        old = self._policy(oid) if oid else None
        if not isinstance(old, Config):
            return
        for environment_name, words in policies.differences(old, config):
            self._book.policy(step, environment_name, f"{one_line(words)} ({who})")
        for name, environment in old.environments.items():
            if environment.signers:
                self._signed(
                    step, merge, name, before.oid(environment.signers), f"{FILE} was {who}"
                )

    def _signed(
        self,
        step: ArrivedCommit,
        merge: LoggedCommit,
        environment: str,
        signers: str | None,
        words: str,
    ) -> None:
        self._book.signed(Signed((merge.id,), signers, "", environment, step, words))
