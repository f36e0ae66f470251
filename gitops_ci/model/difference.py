"""What a promotion from one environment to another would bring: the values that ``diff`` shows.
Pure.
"""

import re
from typing import Literal
from urllib.parse import quote

import msgspec

from gitops_ci.base.redaction import one_line
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.config import App
from gitops_ci.model.operation import Chart, Record
from gitops_ci.model.release import Release

Direction = Literal["same", "forward", "backward", "apart", "empty"]
SAME: Literal["same"] = "same"
# the first environment went on from what runs in the second one
FORWARD: Literal["forward"] = "forward"
# the second environment is ahead: what runs in the first one ran there before
BACKWARD: Literal["backward"] = "backward"
APART: Literal["apart"] = "apart"  # neither ran what the other one runs
EMPTY: Literal["empty"] = "empty"  # nothing runs in the first environment
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class ReleaseChange(msgspec.Struct, frozen=True):
    """A release that an environment had; ``record`` is None for what was written by hand,
    ``checks`` the newest of each name.
    """

    release: Release
    record: Record | None
    checks: tuple[CheckResult, ...] = ()


class SourceChange(msgspec.Struct, frozen=True):
    """One commit of the source; ``time`` in seconds since the epoch."""

    id: str
    time: int
    author: str
    subject: str
    merge: bool


class Sources(msgspec.Struct, frozen=True):
    """What a promotion brings of the source, from the revision of what runs in the second
    environment to the first one's.

    ``added`` and ``removed`` count commits (None where the history is not at hand), ``commits`` are
    the newest of those added. ``note`` says why something is not known, ``link`` is a page that
    compares the revisions.
    """

    old: str | None
    new: str | None
    added: int | None = None
    removed: int | None = None
    commits: tuple[SourceChange, ...] = ()
    link: str | None = None
    note: str = ""


class Touch(msgspec.Struct, frozen=True):
    """A commit of the GitOps repository and the files in question that it changed; ``commit`` None
    where it is not looked up.
    """

    commit: str | None
    time: int
    author: str
    subject: str
    paths: tuple[str, ...]


class AppDifference(msgspec.Struct, frozen=True):
    """One application: what runs in both environments, and what a promotion would bring.

    ``steps`` are the releases since, newest first: of the first environment, or those that a
    promotion would take away where the second one is ahead; ``more`` counts the ones left out.
    ``since`` is the operation that brought what runs in the second environment. ``unpromoted`` are
    changes of the chart that reached the second environment without a promotion, ``by_hand`` those
    of values files which no promotion brings; ``carried`` is what a promotion takes along to
    another branch.
    """

    app: str
    first: Release
    second: Release
    direction: Direction
    steps: tuple[ReleaseChange, ...] = ()
    more: bool = False
    since: Record | None = None
    sources: Sources | None = None
    unpromoted: tuple[Touch, ...] = ()
    by_hand: tuple[Touch, ...] = ()
    carried: Chart | None = None


class Difference(msgspec.Struct, frozen=True):
    """From the ``first`` environment to the ``second``, application by application."""

    first: str
    second: str
    one_branch: bool
    apps: tuple[AppDifference, ...]
    notices: tuple[str, ...] = ()


def revision_of(release: Release) -> str | None:
    """Return a release's source revision if it is one: what a commit claims may be any text."""
    revision = release.source_revision
    return revision if revision and _REVISION.fullmatch(revision) else None


def compare_link(app: App, old: str, new: str) -> str | None:
    """Return the URL of the page that compares two revisions, None where gitops.yaml has no
    template.
    """
    if app.compare is None:
        return None
    places = {"{from}": old, "{to}": new, "{app}": app.name}
    return re.sub(r"\{(from|to|app)\}", lambda match: quote(places[match[0]], safe=""), app.compare)


def subject(message: str) -> str:
    """Return the first line of a commit message as one printable line of at most 200 characters."""
    line = one_line(message.strip().partition("\n")[0])
    return line if len(line) <= 200 else line[:199] + "…"
