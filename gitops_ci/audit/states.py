"""What each application ran in each environment, one release after the other, as the replay found it."""

import msgspec

from gitops_ci import plan_id
from gitops_ci.audit.places import Spot, Tree, hiding
from gitops_ci.errors import GitopsError
from gitops_ci.gates import Soak, Withdrawal
from gitops_ci.git_modes import SUBMODULE, SYMLINK
from gitops_ci.model import Release
from gitops_ci.operation import Record
from gitops_ci.release_values import Texts, read_texts, release_of, without_configured


class Value(msgspec.Struct, frozen=True):
    """What a values file says of an application: ``texts`` by key; None, with ``problem``, where it can't be read."""

    texts: Texts | None
    release: Release | None
    problem: str = ""

    @property
    def empty(self) -> bool:
        """Tell whether nothing is deployed: no file, or no tag and no digest in it."""
        return self.release is None or not self.release.deployed


class Stay(msgspec.Struct):
    """A release that runs or ran: since and until in seconds since the epoch, and the operation that brought it.

    ``adopted``: it was there when the audit began; without that and without a record a person wrote it.
    """

    release: Release
    since: int
    record: Record | None = None
    adopted: bool = False
    until: int | None = None


class State(msgspec.Struct):
    """One application in one environment: its value now, all its stays, and which releases were rolled back from it.

    ``good`` are the texts of the last value that could be read; ``recorded`` is the newest record, ``formed`` the newest one of
    the highest form that this version knows.
    """

    value: Value
    stays: list[Stay] = []
    good: Texts | None = None
    withdrawn: list[tuple[Release, Withdrawal]] = []
    recorded: Record | None = None
    formed: Record | None = None

    def note(self, record: Record) -> None:
        """Note the newest record.

        One of an older form than another before it counts for nobody, and one of a form that is not known says nothing of the
        forms that are in use here.
        """
        form = plan_id.form_of(record)
        if plan_id.goes_back(form, self.formed):
            return
        self.recorded = record
        if form and form <= plan_id.FORM:
            self.formed = record

    def priors(self) -> list[str]:
        """Return what plans have had to say of the records before them, the newest first."""
        names = [str(plan_id.read(stay.record.plan)) for stay in reversed(self.stays) if stay.record]
        return [*names, *(f"{plan_id.NOBODY} since {name}" for name in names), plan_id.NOBODY]

    def arrive(self, value: Value, time: int, record: Record | None = None, *, adopted: bool = False) -> None:
        """Note a new value; a release without tags ends what ran."""
        self.value = value
        self.good = value.texts if value.texts is not None else self.good
        current = self.current
        release = value.release
        if release and record:
            release = release.completed_by(record.release)
        if current and (value.empty or release is None or not current.release.same_content(release)):
            current.until = time
            current = None
        if release is None or value.empty:
            return
        if current:
            current.release = release if record else current.release
            current.record, current.adopted = record or current.record, adopted or current.adopted
        else:
            self.stays.append(Stay(release, time, record, adopted))

    @property
    def current(self) -> Stay | None:
        """Return the release that runs now."""
        return self.stays[-1] if self.stays and self.stays[-1].until is None else None

    def ran(self, release: Release) -> Stay | None:
        """Return the newest stay of a release, one that an operation brought where there is one."""
        found = [stay for stay in reversed(self.stays) if stay.release.same_content(release)]
        present = [stay for stay in found if stay.until is None]
        return next(iter(present), None) or next((stay for stay in found if stay.record), None) or next(iter(found), None)

    def soaked(self, release: Release, now: int) -> Soak:
        """Return for how long a release ran here without interruption, at most."""
        longest, since = 0, None
        for stay in self.stays:
            if stay.release.same_content(release):
                longest = max(longest, (now if stay.until is None else min(stay.until, now)) - stay.since)
                since = stay.since if stay.until is None else None
        return Soak(max(0, longest), since)

    def withdraw(self, release: Release, withdrawal: Withdrawal) -> None:
        """Note that a release was rolled back from here."""
        self.withdrawn.append((release, withdrawal))

    def withdrawal(self, release: Release) -> Withdrawal | None:
        """Return how a release was rolled back from here, None when it was not, or came back since."""
        return next((how for gone, how in reversed(self.withdrawn) if gone.same_content(release)), None)

    def came_back(self, release: Release) -> None:
        """Forget that a release was rolled back: it was deployed again."""
        self.withdrawn = [(gone, how) for gone, how in self.withdrawn if not gone.same_content(release)]


States = dict[str, dict[str, State]]  # by application and environment
NOTHING = Value(None, None)
TOO_LARGE = Value(None, None, "it is larger than any values file")
_KINDS = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}


def hidden(spot: Spot, tree: Tree) -> Value:
    """Return the value of a file that a tree does not have: nothing, or what nobody can tell behind a link or a submodule."""
    found = hiding(spot.file, tree)
    if found is None:
        return NOTHING
    folder, mode, oid = found
    return Value(None, None, f"{folder} is {_KINDS.get(mode, 'no folder')} ({oid[:12]})")


def read_value(data: bytes | None, spot: Spot) -> Value:
    """Return what a values file says; None for no file."""
    if data is None:
        return NOTHING
    try:
        texts = read_texts(data, spot.app, spot.file)
    except GitopsError as error:
        return Value(None, None, error.message)
    return value_of(texts, spot)


def value_of(texts: Texts, spot: Spot) -> Value:
    """Return the value that texts make."""
    texts = without_configured(texts, spot.app, spot.environment.name)
    try:
        return Value(texts, release_of(texts, spot.app, spot.environment.name, spot.file))
    except GitopsError as error:
        return Value(texts, None, error.message)
