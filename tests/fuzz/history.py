"""A history while it is made, and the laws that hold in it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from tests.fuzz import values
from tests.fuzz.identities import Identities
from tests.fuzz.oracle import Oracle, Place
from tests.fuzz.rules import ENVIRONMENTS, SIGNERS_FILE, Rules
from tests.fuzz.server import HEADS, Answer, File, NewCommit, Server
from tests.fuzz.values import Registry

_MAIN = f"{HEADS}main"
_RANGED = 4  # one push of so many is judged as a range, too
_SOME_MINUTES = 611  # seconds from one step to the next
Violation = tuple[str, str, str, str]  # kind, commit, application and environment


class LawBroken(AssertionError):
    """The program did not say what has to be said of this history."""


class History(Struct):
    """The server, what the oracle knows of it, and how often each kind of thing came about."""

    server: Server
    oracle: Oracle
    registry: Registry
    counts: Counter[str] = field(default_factory=Counter)
    known: set[Violation] = field(default_factory=set)  # of attacks that are in the history
    _tags: int = 10
    _turns: int = 0

    @property
    def rules(self) -> Rules:
        return self.oracle.rules

    def pass_time(self, seconds: int = _SOME_MINUTES) -> None:
        """Let it be later."""
        self.server.now += seconds

    def every(self, number: int) -> bool:
        """Tell whether it is the turn of what is done once in so many times."""
        self._turns += 1
        return self._turns % number == 0

    def new_tag(self) -> str:
        """Return the tag of the next build."""
        self._tags += 1
        return self.registry.tag(self._tags)

    def file(self, place: Place) -> str:
        """Return the path of a values file."""
        return values.file(place)

    def branch(self, place: Place) -> str:
        return self.rules.branch(place[1])

    def head(self, place: Place) -> str:
        """Return where the branch of a place stands."""
        return self.server.head(self.branch(place))

    def text(self, place: Place) -> str:
        """Return a values file as it is."""
        return self.server.content(self.head(place), self.file(place))

    def push(self, branch: str, commit: str) -> None:
        """Push an honest commit: the hook has to take it."""
        pushed = {f"{HEADS}{branch}": commit}
        answer = self.server.hook(pushed)
        if answer.code:
            raise LawBroken(f"the hook refused an honest push to {branch}: {_told(answer)}")
        self._check_range(pushed, 0)
        self.server.move(pushed)

    def _check_range(self, pushed: Mapping[str, str | None], code: int) -> None:
        """Have the range judged, as a pipeline does before a merge: now and then, on main."""
        new = pushed.get(_MAIN)
        if new is None or len(pushed) > 1 or not self.every(_RANGED):
            return
        words = ("audit", "--branch", "main", "--range", f"{self.server.head('main')}..{new}")
        answer = self.server.run(*words)
        if answer.code != code:
            raise LawBroken(f"as a range it is {answer.code}: {_told(answer)}")
        self.counts["range"] += 1

    def write(
        self, branch: str, files: Mapping[str, File], *, signed: bool = False, judged: bool = True
    ) -> None:
        """Push what a person wrote; ``judged``: past the hook."""
        parents = (self.server.head(branch),)
        new = NewCommit(files=files, parents=parents, signed=signed and self.rules.signers)
        commit = self.server.commit(new)
        if judged:
            self.push(branch, commit)
        else:
            self.server.move({f"{HEADS}{branch}": commit})

    def check_clean(self) -> None:
        """Hold the audit against what was done: it knows the attacks so far, and nothing else."""
        answer = self.server.audit()
        found = violations(answer)
        if found - self.known:
            raise LawBroken(f"the audit condemns an honest history: {_told(answer)}")
        if self.known - found:
            raise LawBroken(f"the audit forgot {sorted(self.known - found)}")

    def check_values(self) -> None:
        """Hold the values files against what operations left: a test of the oracle itself."""
        for place in set(self.oracle.places()) - self.oracle.tainted:
            written = values.tag_in(self.text(place))
            if written != self.oracle.tag(place):
                raise LawBroken(f"{place} has {written}, the oracle {self.oracle.tag(place)}")

    def check_taken(self, pushed: Mapping[str, str | None]) -> None:
        """Expect that the hook takes what is honest, and the audit finds nothing in it."""
        answer = self.server.hook(pushed)
        if answer.code:
            raise LawBroken(f"the hook refused an honest change: {_told(answer)}")
        with self.server.moved(pushed):
            self.check_clean()

    def check_refused(
        self, pushed: Mapping[str, str | None], place: Place, *, audited: bool = True
    ) -> frozenset[str]:
        """Expect that the hook refuses an attack, and the audit finds it where there is no hook;
        return what the audit says of the place.
        """
        answer = self.server.hook(pushed)
        if answer.code != 3:
            raise LawBroken(f"the hook answers {answer.code}: {_told(answer)}")
        if not audited:
            return frozenset()
        self._check_range(pushed, 3)
        with self.server.moved(pushed):
            return self._found_by_audit(place)

    def _found_by_audit(self, place: Place) -> frozenset[str]:
        answer = self.server.audit()
        if answer.code != 3:
            raise LawBroken(f"the audit answers {answer.code}: {_told(answer)}")
        found = violations(answer) - self.known
        if not any(_concerns(each, place) for each in found):
            raise LawBroken(f"the audit does not name {place}: {_told(answer)}")
        new = (each for each in answer.violations if _key(each) not in self.known)
        return frozenset(each["message"] for each in new if _at(each, place))

    def land(self, pushed: Mapping[str, str | None], place: Place) -> None:
        """Let an attack be in the history, as where there is no hook, and stay in every audit."""
        self.server.move(pushed)
        self.known = violations(self.server.audit())
        self.oracle.tainted.add(place)


def begin(folder: Path, rules: Rules, identities: Identities, registry: Registry) -> History:
    """Make a repository with rules; its values files have no release, or one that was there before
    the rules.
    """
    server = Server(folder, identities, signing=rules.signers)
    history = History(server, Oracle(rules), registry)
    files: dict[str, File] = {"gitops.yaml": rules.text(registry.address).encode()}
    if rules.signers:
        files[SIGNERS_FILE] = identities.signers
    commit = server.commit(NewCommit(files=_files(history), message="begin"))
    commit = server.commit(NewCommit(files=files, message="rules", parents=(commit,)))
    server.move({f"{HEADS}{branch}": commit for branch in rules.branches})
    return history


def _files(history: History) -> dict[str, File]:
    """Return the files before there are rules, and have the oracle know of them."""
    rules, registry = history.rules, history.registry
    files: dict[str, File] = {"README.md": b"read me\n"}
    for app in rules.apps:
        files[f"apps/{app}/charts/Chart.yaml"] = f"name: {app}\nversion: 1\n".encode()
        text = rules.values(app, registry.address)
        if rules.inherited:
            text = values.with_tag(text, values.INHERITED_TAG)
            text = values.with_digest(text, registry.digest(app, values.INHERITED_TAG))
        for name in ENVIRONMENTS:
            files[values.file((app, name))] = text.encode()
            if rules.inherited:
                history.oracle.arrive((app, name), values.INHERITED_TAG, history.server.now)
    return files


def violations(answer: Answer) -> set[Violation]:
    """Return kind, commit and place of each violation."""
    return {_key(each) for each in answer.violations}


def _key(finding: Mapping[str, str]) -> Violation:
    return (finding["kind"], finding["commit"], finding["app"], finding["environment"])


def _concerns(violation: Violation, place: Place) -> bool:
    """Tell whether a violation is about a place, or about all of them."""
    _, _, app, environment = violation
    return app in {"", place[0]} and environment in {"", place[1]}


def _at(finding: Mapping[str, str], place: Place) -> bool:
    return (finding["app"], finding["environment"]) == place


def _told(answer: Answer) -> str:
    said: Sequence[Mapping[str, str]] = answer.result.get("findings", [])
    lines: Iterable[str] = (
        f"  {each['severity']} {each['kind']} {each['commit'][:12]} {each['app']} "
        f"{each['environment']}: {each['message']}"
        for each in said
        if each["severity"] == "violation"
    )
    return "\n".join([str(answer.result.get("message")), *lines])
