"""Operations of honest histories: carried out by the program, or written as it writes them.

The program takes a tenth of a second and is what is tried; a commit of its form takes a tenth of
that, so that the same time is enough for more histories.
"""

import functools
from collections.abc import Mapping

from msgspec import Struct

from gitops_ci.core import ledger, plan_id
from gitops_ci.core.config import reader
from gitops_ci.core.release_values import edits_for, read_release
from gitops_ci.core.yaml_edit import set_values
from gitops_ci.model.config import Config
from gitops_ci.model.operation import Actor, Change, Plan, Record
from gitops_ci.model.release import Image, Release
from tests.fuzz.history import History, LawBroken
from tests.fuzz.oracle import Place
from tests.fuzz.server import HEADS, Answer, File, NewCommit

BY = "carol"
NOTES = "refs/notes/gitops-ci"
_BY_THE_PROGRAM = 3  # one operation of so many


class Operation(Struct, frozen=True):
    """An operation that an oracle wants: the releases by application, and who approves."""

    kind: str
    environment: str
    tags: Mapping[str, str]
    approver: str = "nobody"

    @property
    def words(self) -> list[str]:
        """Return the command line."""
        words = [self.kind, *self.tags]
        words += ["--to" if self.kind == "promote" else "--env", self.environment]
        option = {"update": "--tag", "rollback": "--to-tag"}.get(self.kind)
        words += [option, *self.tags.values()] if option else []
        words += ["--reason", "in haste"] if self.kind == "adopt" else []
        return [*words, "--requested-by", BY, *self._approved]

    @property
    def _approved(self) -> list[str]:
        return ["--approved-by", approver] if (approver := self.approved_by) else []

    @property
    def approved_by(self) -> str:
        """Return who approves, '' where nobody does or nobody has to."""
        return "" if self.environment != "prod" or self.approver == "nobody" else self.approver

    @property
    def places(self) -> list[Place]:
        return [(app, self.environment) for app in self.tags]


def carry_out(history: History, operation: Operation) -> None:
    """Carry out an operation that nothing is in the way of."""
    for app, tag in operation.tags.items():
        history.registry.digest(app, tag)
    crosses = history.rules.release and operation.environment == "stage"
    if operation.kind == "adopt" or crosses or history.every(_BY_THE_PROGRAM):
        _by_the_program(history, operation)
    else:
        history.server.move({f"{HEADS}{_branch(history, operation)}": written(history, operation)})
    for app, tag in operation.tags.items():
        arrive = history.oracle.arrive
        if operation.kind == "rollback":
            arrive = history.oracle.roll_back
        arrive((app, operation.environment), tag, history.server.now)


def _by_the_program(history: History, operation: Operation) -> None:
    """Have the program do it: plan and command agree that it may be done, and the hook takes it."""
    server, words = history.server, operation.words
    plan = server.run("plan", *words)
    before = server.references()
    answer = server.run(*words)
    if plan.code or answer.code or not answer.result["changed"]:
        raise LawBroken(f"{' '.join(words)}: {answer.result['message']}\n{answer.err}")
    # where nobody approves, the id of what is carried out names no record before it
    if operation.approved_by and plan.result["plan_id"] != answer.result["plan_id"]:
        raise LawBroken(f"{' '.join(words)}: the plan was another one")
    after = server.references()
    changed = {name: new for name, new in after.items() if before.get(name) != new}
    with server.moved({name: before.get(name) for name in changed}):
        hooked = server.hook(changed)
    if hooked.code:
        raise LawBroken(f"the hook refused {' '.join(words)}: {hooked.err}")


def check_refused(history: History, operation: Operation, gates: frozenset[str]) -> Answer:
    """Expect that plan and command refuse an operation, because of the same gates."""
    server, words = history.server, operation.words
    plan = server.run("plan", *words)
    before = server.references()
    answer = server.run(*words)
    if answer.code != 3 or server.references() != before:
        raise LawBroken(
            f"{' '.join(words)} ends with {answer.code}, not refused by {sorted(gates)}"
        )
    for each in (plan, answer):
        if each.refused_gates != gates:
            found = sorted(each.refused_gates)
            raise LawBroken(f"{' '.join(words)} is refused by {found}, not by {sorted(gates)}")
    return answer


def written(history: History, operation: Operation, *, signed: bool = True) -> str:
    """Return a commit as the program makes it, on top of its branch."""
    server, branch = history.server, _branch(history, operation)
    config = _config(server.content(server.head("main"), "gitops.yaml"))
    changes = {place: _change(history, config, operation, place) for place in operation.places}
    environment = config.environments[operation.environment]
    identity = plan_id.identity(operation.kind, (), environment, tuple(changes.values()))
    source = environment.source if operation.kind == "promote" else None
    plan = Plan(operation.kind, environment, source, tuple(changes.values()), (), identity)
    approved = (operation.approved_by,) if operation.approved_by else ()
    files: dict[str, File] = {
        change.file: set_values(
            history.text(place).encode(),
            {edit.key: edit.after for edit in change.edits},
            name=change.file,
        )
        for place, change in changes.items()
    }
    checks = server.references().get(NOTES) if operation.environment == "prod" else None
    message = ledger.message(plan, [], Actor((BY,), approved), server.head("main"), checks=checks)
    return server.commit(
        NewCommit(
            files=files,
            message=message,
            parents=(server.head(branch),),
            signed=signed and history.rules.signers,
        )
    )


def _branch(history: History, operation: Operation) -> str:
    return history.rules.branch(operation.environment)


def _change(history: History, config: Config, operation: Operation, place: Place) -> Change:
    name, file = place[0], history.file(place)
    app = config.app(name)
    assert app, name
    environment = config.environments[operation.environment]
    content = history.text(place).encode()
    before = read_release(content, app, environment.name, file)
    tag = operation.tags[name]
    repository = f"{history.registry.address}/{name}"
    after = Release((Image(repository, tag, history.registry.digest(name, tag)),))
    edits = edits_for(content, app, after, branch=history.branch(place), file=file)
    prior = None
    if environment.approval:
        prior = plan_id.prior_of(_newest_record(history, place), before)
    return Change(
        app, environment, history.branch(place), file, before, after, edits, None, prior=prior
    )


def _newest_record(history: History, place: Place) -> Record | None:
    """Return the newest record of a place; those of a squash stand in its message."""
    patterns = (f"--grep=^Gitops-App: {place[0]}$", f"--grep=^Gitops-Environment: {place[1]}$")
    # without its path: an adoption may change nothing in the file
    words = ("log", "-1", "--format=%H%n%B", "--no-merges", "--all-match", *patterns)
    text = history.server.git(*words, history.head(place))
    commit, _, message = text.partition("\n")
    records = ledger.records(commit, (), 0, message)
    return next((record for record in records if record.app == place[0]), None)


@functools.lru_cache(maxsize=64)
def _config(text: str) -> Config:
    return reader.read(text.encode())
