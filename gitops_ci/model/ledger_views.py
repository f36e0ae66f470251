"""What is read from the ledger: where each application stands, what happened, and what an audit
found.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from gitops_ci.model.acknowledgement import FindingName
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.config import Config
from gitops_ci.model.operation import Record, Verdict
from gitops_ci.model.release import Release

VIOLATION: Literal["violation"] = "violation"
NOTICE: Literal["notice"] = "notice"


class LiveStatus(msgspec.Struct, frozen=True):
    """What Argo CD says of an application: ``application`` is its name there, ``page`` the one for
    people.

    ``problem`` says what keeps it from being told, or compared.
    """

    application: str
    sync: str = ""
    health: str = ""
    revision: str = ""
    images: tuple[str, ...] = ()
    problem: str = ""
    page: str = ""


class DeploymentStatus(msgspec.Struct, frozen=True):
    """One application in one environment.

    ``release`` is None where there is no values file (``problem`` says so, or why it can't be
    read). ``record`` is the operation that put the release there, None where none did; ``since``
    the time in seconds since the epoch at which it arrived. ``drift`` says in words that, and how,
    the value was not put there by an operation. ``behind`` counts the releases that ``from`` has
    had since, as commits claim; None where there is no ``from`` or it is not known. ``waiting`` are
    the gates that keep what runs in ``from`` from being promoted here, empty when it runs here too
    or nothing keeps it. ``adopted``: the value was there before gitops.yaml was, and counts without
    a record. ``source`` is the environment named by ``from``. ``live`` is what Argo CD says, None
    where it was not asked.
    """

    app: str
    environment: str
    branch: str
    file: str
    release: Release | None
    problem: str = ""
    record: Record | None = None
    since: int | None = None
    drift: str = ""
    behind: int | None = None
    waiting: tuple[Verdict, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    adopted: bool = False
    source: str | None = None
    live: LiveStatus | None = None


class HistoryEntry(msgspec.Struct, frozen=True):
    """One operation on one application, as the history has it.

    ``arrived`` is the time at which it reached the environment's branch (that of the merge, for a
    proposal), in seconds since the epoch; ``problem`` says why the record does not count, when the
    commit's own diff does not make the change. ``gone``: nobody can tell, because gitops.yaml does
    not have the place any more. ``by_hand``: no operation claims it; the record is
    what the files say. ``author`` and ``committer`` are the commit's.
    """

    record: Record
    arrived: int
    problem: str = ""
    checks: tuple[CheckResult, ...] = ()
    by_hand: bool = False
    gone: bool = False
    author: str = ""
    committer: str = ""


class Overview(msgspec.Struct, frozen=True):
    """Every application in every environment, in the order of the configuration; ``notes`` say what
    could not be asked, and what is no application.
    """

    config: Config
    policy_commit: str
    standings: tuple[DeploymentStatus, ...]
    notes: tuple[str, ...] = ()


class History(msgspec.Struct, frozen=True):
    """What was found, newest first; ``more``: the limit left some out."""

    config: Config
    policy_commit: str
    entries: tuple[HistoryEntry, ...]
    more: bool = False


class Finding(msgspec.Struct, frozen=True):
    """What an audit has to say of one commit; ``kind`` is a short stable word such as ``hand-edit``
    or ``override``.

    ``remedy`` is for whoever reads an audit, ``at_push`` for whoever pushes to a hook, where
    nothing was taken yet. ``by`` are author and committer of a commit in the history; a finding
    without them is about what is there now. ``stands``: what was written there without an operation
    is still there.
    """

    severity: Literal["violation", "notice"]
    kind: str
    commit: str
    time: int
    app: str
    environment: str
    message: str
    remedy: str = ""
    at_push: str = ""
    by: tuple[str, ...] = ()
    stands: bool = False

    @property
    def name(self) -> FindingName:
        """Return what it is called: all findings of one kind on one commit in one place are one."""
        return FindingName(self.kind, self.commit, self.app, self.environment)


class Audit(msgspec.Struct, frozen=True):
    """An audit's result: what was looked at and what was found, oldest first.

    ``start`` and ``end`` are commits; ``commits`` and ``changes`` count what was looked at.
    ``acknowledged`` are the newest plans of acknowledgements, by the finding's id.
    """

    start: str | None
    end: str
    commits: int
    changes: int
    findings: tuple[Finding, ...]
    acknowledged: Mapping[str, str] = {}

    @property
    def passed(self) -> bool:
        """Tell whether nothing violates the policy."""
        return all(finding.severity == NOTICE for finding in self.findings)
