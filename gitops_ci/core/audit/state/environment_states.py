"""What each application ran in each environment, one release after the other, as the replay found
it.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core import plan_id
from gitops_ci.core.audit.state.values_index import AuditedTarget, Tree, hiding
from gitops_ci.core.release_values import Texts, read_texts, release_of, without_configured
from gitops_ci.model.deployment import Deployment, Withdrawal
from gitops_ci.model.git_modes import SUBMODULE, SYMLINK
from gitops_ci.model.operation import Record
from gitops_ci.model.release import Release


class Value(msgspec.Struct, frozen=True):
    """What a values file says of an application: ``texts`` by key; None, with ``problem``, where it
    can't be read.
    """

    texts: Texts | None
    release: Release | None
    problem: str = ""

    @property
    def empty(self) -> bool:
        """Tell whether nothing is deployed: no file, or no tag and no digest in it."""
        return self.release is None or not self.release.deployed


class State(msgspec.Struct):
    """One application in one environment: its value now, and all its deployments, the oldest first.

    ``good`` are the texts of the last value that could be read; ``recorded`` is the newest record,
    ``formed`` the newest one of the highest form that this version knows.
    """

    value: Value
    deployments: list[Deployment] = []
    good: Texts | None = None
    recorded: Record | None = None
    formed: Record | None = None

    def note(self, record: Record) -> None:
        """Note the newest record.

        One of an older form than another before it counts for nobody, and one of a form that is not
        known says nothing of the forms that are in use here.
        """
        form = plan_id.form_of(record)
        if plan_id.goes_back(form, self.formed):
            return
        self.recorded = record
        if form and form <= plan_id.FORM:
            self.formed = record

    def priors(self) -> list[str]:
        """Return what plans have had to say of the records before them, the newest first."""
        records = [
            deployment.record for deployment in reversed(self.deployments) if deployment.record
        ]
        names = [str(plan_id.read(record.plan)) for record in records]
        return [*names, *(f"{plan_id.NOBODY} since {name}" for name in names), plan_id.NOBODY]

    def arrive(
        self, value: Value, time: int, record: Record | None = None, *, adopted: bool = False
    ) -> None:
        """Note a new value; a release without tags ends what ran."""
        self.value = value
        self.good = value.texts if value.texts is not None else self.good
        current = self.current
        release = value.release
        if release and record:
            release = release.completed_by(record.release)
        if release is None or value.empty:
            self.change_current(until=time)
        elif current and current.of(release):
            newer = {"release": release, "record": record} if record else {}
            self.change_current(adopted=adopted or current.adopted, **newer)
        else:
            self.change_current(until=time)
            self.deployments.append(Deployment(release, time, record=record, adopted=adopted))

    def change_current(self, **changes: Any) -> None:
        """Note something else of the release that runs now, if one does."""
        if self.current:
            self.deployments[-1] = replace(self.current, **changes)

    @property
    def current(self) -> Deployment | None:
        """Return the release that runs now."""
        last = self.deployments[-1] if self.deployments else None
        return last if last and last.until is None else None

    def ran(self, release: Release) -> Deployment | None:
        """Return the newest deployment of a release: the one that runs, else one that an operation
        brought.
        """
        deployments = [
            deployment for deployment in reversed(self.deployments) if deployment.of(release)
        ]
        preferred = (
            *(each for each in deployments if each.until is None),
            *(each for each in deployments if each.record),
            *deployments,
        )
        return preferred[0] if preferred else None

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """Note that the release that runs now is rolled back."""
        self.change_current(withdrawal=withdrawal)


States = dict[str, dict[str, State]]  # by application and environment
NOTHING = Value(None, None)
TOO_LARGE = Value(None, None, "it is larger than any values file")
_KINDS = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}


def value_of_missing(target: AuditedTarget, tree: Tree) -> Value:
    """Return the value of a file that a tree does not have: nothing, or what nobody can tell behind
    a link or a submodule.
    """
    found = hiding(target.file, tree)
    if found is None:
        return NOTHING
    folder, mode, oid = found
    return Value(None, None, f"{folder} is {_KINDS.get(mode, 'no folder')} ({oid[:12]})")


def read_value(data: bytes | None, target: AuditedTarget) -> Value:
    """Return what a values file says; None for no file."""
    if data is None:
        return NOTHING
    try:
        texts = read_texts(data, target.app, target.file)
    except GitopsError as error:
        return Value(None, None, error.message)
    return value_of(texts, target)


def value_of(texts: Texts, target: AuditedTarget) -> Value:
    """Return the value that texts make."""
    texts = without_configured(texts, target.app, target.environment.name)
    try:
        return Value(texts, release_of(texts, target.app, target.environment.name, target.file))
    except GitopsError as error:
        return Value(texts, None, error.message)
