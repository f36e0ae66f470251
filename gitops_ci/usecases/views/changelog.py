"""What a planned promotion brings: releases of the environment before, and commits of the
source.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.difference import FORWARD, SAME, AppDifference, Difference
from gitops_ci.model.operation import Change, Plan, Record, Target
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.views.diff import with_checks, with_sources
from gitops_ci.usecases.views.releases_between import EnvironmentPair, releases_between


def changelog(
    repository: Repository,
    selection: Selection,
    ledger_reader: LedgerReader,
    planned: Plan,
    checkout: str | None,
    deadline: Deadline,
) -> Difference:
    """Return what the changes of a promotion bring; raises GitError when ``checkout`` is named and
    can't be read.
    """
    sources = {source.app.name: source for source in selection.sources}
    targets = {target.app.name: target for target in selection.targets}
    moving = [change for change in planned.changes if change.app.name in sources]
    since = ledger_reader.newest([targets[change.app.name] for change in moving])
    pairs = [
        _pair(change, sources[change.app.name], targets[change.app.name], since)
        for change in moving
    ]
    running = [
        pair
        for change, pair in zip(moving, pairs, strict=True)
        if change.origin and change.origin.present
    ]
    differences = {app.app: app for app in releases_between(running, ledger_reader)}
    # an earlier release is no end of a list: what the environment before had since is not what
    # comes
    apps = [differences.get(pair.name) or _earlier(pair) for pair in pairs]
    apps = with_sources(pairs, with_checks(repository, pairs, apps), checkout, deadline)
    return Difference(
        planned.source or "",
        planned.environment.name,
        all(pair.one_branch for pair in pairs),
        tuple(apps),
    )


def _pair(
    change: Change, source: Target, target: Target, since: Mapping[str, Record]
) -> EnvironmentPair:
    record = change.origin.record if change.origin else None
    runs = target.brought_by(since.get(change.app.name))
    return EnvironmentPair(replace(source, release=change.after), target, record, runs)


def _earlier(pair: EnvironmentPair) -> AppDifference:
    second = (
        pair.second.release.completed_by(pair.since.release) if pair.since else pair.second.release
    )
    return AppDifference(
        pair.name, pair.first.release, second, SAME if pair.same else FORWARD, since=pair.since
    )
