"""What each application ran in each environment, one release after the other, by the replay."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core import plan_id
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key, Tree, hiding
from gitops_ci.core.release_values import release_of, without_configured
from gitops_ci.core.written_texts import Texts, read_written
from gitops_ci.model.deployment import Deployment, Withdrawal
from gitops_ci.model.git_modes import SUBMODULE, SYMLINK
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.operation import Record
from gitops_ci.model.release import Release


class Value(msgspec.Struct, frozen=True):
    """What a values file says of an application: ``texts`` by key; None, with ``problem``, where it
    can't be read.

    ``misread`` is what Helm reads in place of a text, by key.
    """

    texts: Texts | None
    release: Release | None
    problem: str = ""
    misread: dict[KeyPath, str] = {}

    @property
    def empty(self) -> bool:
        """Tell whether nothing is deployed: no file, or no tag and no digest in it."""
        return self.release is None or not self.release.deployed

    @property
    def missing(self) -> bool:
        """Tell whether there is no file, and nothing that stands for one."""
        return self.texts is None and not self.problem

    def satisfies(self, record: Record) -> bool:
        """Tell whether it is what a record claims to leave."""
        if record.kind.removes:
            return self.missing
        return self.release is not None and self.release.satisfies(record.release)

    def reads_like(self, other: "Value") -> bool:
        """Tell whether two files say the same, whatever the release is in which that was read."""
        same = self.texts == other.texts and self.misread == other.misread
        return same and self.problem == other.problem

    def is_left_by(self, rebuilt: "Value", before: "Value") -> bool:
        """Tell whether an operation that was made again leaves this value: none writes what Helm
        misreads.
        """
        same = self.texts == rebuilt.texts and self.problem == rebuilt.problem
        return same and self.misread.items() <= before.misread.items()


class ValueChange(msgspec.Struct, frozen=True):
    """The value of a target before and after a step: one object where the step changes nothing."""

    target: AuditedTarget
    before: Value
    after: Value

    @property
    def stayed(self) -> bool:
        return self.before is self.after

    @property
    def changed_texts(self) -> Texts:
        """Return the texts that are not as before, by key."""
        before, after = self.before.texts or {}, self.after.texts or {}
        return {key: text for key, text in after.items() if before.get(key) != text}


class State(msgspec.Struct):
    """One application in one environment: its value now, and all its deployments, the oldest first.

    ``last`` is the last value that could be read: what comes back is compared with it. ``retired``:
    an operation took it away. ``gone`` is the step since which there is no file. ``newest_of_form``
    is the newest record of the highest form of plan ids that this version knows. ``brought`` are
    releases with the commits that deployed them, ``found`` the one that was there before all
    operations. ``operation`` is the commit of the operation that left the value, None where none
    did; ``accounted`` is the last value that came by an operation or with the rules, with its
    record; ``done`` are the commits whose operations had no fault.
    """

    value: Value
    deployments: list[Deployment] = []
    last: Value | None = None
    retired: bool = False
    gone: ArrivedCommit | None = None
    brought: list[tuple[Release, str]] = []
    found: tuple[Release, str] | None = None
    newest_record: Record | None = None
    newest_of_form: Record | None = None
    operation: str | None = None
    accounted: tuple[Value, Record | None] | None = None
    done: set[str] = set()

    def note_record(self, record: Record) -> None:
        """Take the newest record.

        One of an older form than another before it counts for nobody, and one of a form that is not
        known says nothing of the forms that are in use here.
        """
        form = plan_id.form_of(record)
        if plan_id.goes_back(form, self.newest_of_form):
            return
        self.newest_record = record
        if form and form <= plan_id.FORM:
            self.newest_of_form = record

    def end(self, step: ArrivedCommit) -> None:
        """Take that no policy names it any more; what comes back is held against what was left."""
        self.arrive(NOTHING, step)

    def priors(self) -> list[str]:
        """Return what plans have had to say of the records before them, the newest first."""
        records = (deployment.record for deployment in reversed(self.deployments))
        names = [str(plan_id.read(record.plan)) for record in records if record]
        return [*names, *(f"{plan_id.NOBODY} since {name}" for name in names), plan_id.NOBODY]

    def arrive(
        self,
        value: Value,
        step: ArrivedCommit,
        record: Record | None = None,
        *,
        adopted: bool = False,
        fault: str = "",
    ) -> None:
        """Take a new value from a step; an empty one ends what ran.

        Where nobody knows when exactly, what ran ends early and what runs begins late. ``fault``
        is that of the record's operation.
        """
        self.value = value
        self.gone = step if value.missing else None
        self.operation = record.commit if record else None
        if value.texts is not None:
            self.last = value
        self.retired = value.missing and (self.retired or bool(record and record.kind.removes))
        if record or adopted:
            self.accounted = None if self.retired else (value, record)
        release = value.release
        if release and record:
            release = release.completed_by(record.release)
            self.brought.append((release, record.commit))
        if release is None or value.empty:
            self.change_current(until=step.arrived)
        elif not self._goes_on(release, record, adopted=adopted):
            self.change_current(until=step.arrived)
            began = Deployment(
                release, step.latest, commit=step.commit.id, record=record, adopted=adopted
            )
            self.deployments.append(began)
        if record:
            self.change_current(fault=fault)

    def _goes_on(self, release: Release, record: Record | None, *, adopted: bool) -> bool:
        """Tell whether a release is what runs already, and complete it with what is new."""
        current = self.current
        if not (current and current.of(release)):
            return False
        had = current.had(release)
        if not (record or adopted or had):
            return False
        self.change_current(adopted=adopted or current.adopted)
        if record:
            former = current.former if had else (*current.former, current.release)
            self.change_current(release=release, record=record, former=former)
        return True

    @property
    def left(self) -> Release | None:
        """Return what was left here last, also where it is gone now; None where nothing was."""
        return None if self.last is None or self.last.empty else self.last.release

    def restores(self, value: Value) -> bool:
        """Tell whether a value brings back what could be read last, where nothing can be now."""
        return bool(self.last and self.value.texts is None and value.reads_like(self.last))

    def takes_back(self, value: Value) -> bool:
        """Tell whether a value is again what the last operation left, where somebody wrote another
        one since.
        """
        if self.accounted is None or self.retired or value.missing:
            return False
        left, _ = self.accounted
        return value.reads_like(left) and not self.value.reads_like(left)

    def read_again(self, value: Value) -> None:
        """Take what Helm misreads as the file has it: operations of 0.3 left such values there."""
        if replace(self.value, misread=value.misread).reads_like(value):
            self.value = value
            self.last = self.last if value.texts is None else value

    def change_current(self, **changes: Any) -> None:
        """Replace fields of the deployment that runs now, if one does."""
        if self.current:
            self.deployments[-1] = replace(self.current, **changes)

    def resume(self) -> None:
        """Let what ran last run on: it never stopped."""
        if self.deployments:
            self.deployments[-1] = replace(self.deployments[-1], until=None)

    @property
    def current(self) -> Deployment | None:
        """Return the release that runs now."""
        last = self.deployments[-1] if self.deployments else None
        return last if last and last.until is None else None

    def deployment_of(self, release: Release) -> Deployment | None:
        """Return the newest deployment of a release under its tags: one that an operation without a
        fault brought, else the one that runs.
        """

        def rank(deployment: Deployment) -> tuple[bool, bool]:
            brought = bool(deployment.record or deployment.adopted) and not deployment.fault
            return brought, deployment.until is None

        deployments = (
            each for each in reversed(self.deployments) if each.of(release) and each.had(release)
        )
        return max(deployments, key=rank, default=None)

    def find(self, commit: str) -> None:
        """Note that what runs now was found there, on a branch that stands at a commit."""
        self.found = (self.value.release, commit) if self.value.release else None

    def commits_of(self, release: Release) -> list[str]:
        """Return the commits that deployed a release, where results of checks are recorded."""
        deploying = [*self.brought, self.found] if self.found else self.brought
        return [commit for each, commit in deploying if each.same_content(release)]

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """Take the rollback that ends the release which runs now."""
        self.change_current(withdrawal=withdrawal)


class States:
    """The states by application and environment, those of one application together."""

    def __init__(self) -> None:
        self._by_app: dict[str, dict[str, State]] = {}

    def __getitem__(self, key: Key) -> State:
        """Return the state of a target, a new one where the replay did not come to it yet."""
        app, environment = key
        return self._by_app.setdefault(app, {}).setdefault(environment, State(NOTHING))

    def get(self, key: Key) -> State | None:
        app, environment = key
        return self._by_app.get(app, {}).get(environment)

    def left(self, key: Key) -> Release | None:
        """Return what was left of a target last, None where the replay never saw anything there."""
        state = self.get(key)
        return state.left if state else None

    def rename(self, key: Key, successor: Key) -> None:
        """Let a target go on under another name."""
        app, environment = key
        new_app, new_environment = successor
        self._by_app.setdefault(new_app, {})[new_environment] = self._by_app[app].pop(environment)

    def items(self) -> Iterator[tuple[Key, State]]:
        for app, environments in self._by_app.items():
            for environment, state in environments.items():
                yield (app, environment), state


NOTHING = Value(None, None)
TOO_LARGE = Value(None, None, "it is larger than any values file")
_KINDS = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}


def value_of_missing(target: AuditedTarget, tree: Tree) -> Value:
    """Return the value of a file that a tree does not have: nothing, or what nobody can tell behind
    a link or a submodule.
    """
    hidden = hiding(target.file, tree)
    if hidden is None:
        return NOTHING
    folder, mode, oid = hidden
    return Value(None, None, f"{folder} is {_KINDS.get(mode, 'no folder')} ({oid[:12]})")


def read_value(data: bytes | None, target: AuditedTarget) -> Value:
    """Return what a values file says; None for no file."""
    if data is None:
        return NOTHING
    try:
        written = read_written(data, target.app, target.file)
    except GitopsError as error:
        return Value(None, None, error.message)
    return value_of(written.texts, target, written.seen)


def value_of(texts: Texts, target: AuditedTarget, seen: Mapping[KeyPath, str]) -> Value:
    """Return what texts say; ``seen`` is what Helm reads in the place of some."""
    texts = without_configured(texts, target.app, target.environment.name)
    misread = {key: text for key, text in seen.items() if texts[key] is not None}
    try:
        release = release_of(texts, target.app, target.environment.name, target.file)
    except GitopsError as error:
        return Value(texts, None, error.message, misread)
    return Value(texts, release, misread=misread)
