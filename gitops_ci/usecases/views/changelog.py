"""What a planned promotion brings: releases of the environment before, and commits of the
source.
"""

from msgspec.structs import replace

from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.difference import FORWARD, SAME, AppDifference, Difference
from gitops_ci.model.operation import Change, Plan
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.views.diff import with_checks, with_sources
from gitops_ci.usecases.views.releases_between import EnvironmentPair, releases_between


def changelog(
    repository: Repository,
    selection: Selection,
    ledger_reader: LedgerReader,
    plan: Plan,
    checkout: str | None,
    deadline: Deadline,
) -> Difference:
    """Return what the changes of a promotion bring; raises GitError when ``checkout`` is named and
    can't be read.
    """
    promoted = _promoted(selection, ledger_reader, plan)
    running = [pair for change, pair in promoted if change.origin and change.origin.present]
    differences = {app.app: app for app in releases_between(running, ledger_reader)}
    pairs = [pair for _, pair in promoted]
    # an earlier release is no end of a list: what the environment before had since is not what
    # comes
    apps = [differences.get(pair.name) or _of_earlier_release(pair) for pair in pairs]
    apps = with_sources(pairs, with_checks(repository, pairs, apps), checkout, deadline)
    return Difference(
        plan.source or "",
        plan.environment.name,
        all(pair.one_branch for pair in pairs),
        tuple(apps),
    )


def _promoted(
    selection: Selection, ledger_reader: LedgerReader, plan: Plan
) -> list[tuple[Change, EnvironmentPair]]:
    """Return the changes that come from an environment, each with what runs there and here."""
    sources = {source.app.name: source for source in selection.sources}
    targets = {target.app.name: target for target in selection.targets}
    changes = [change for change in plan.changes if change.app.name in sources]
    records = ledger_reader.newest([targets[change.app.name] for change in changes])
    promoted = []
    for change in changes:
        name = change.app.name
        first, second = replace(sources[name], release=change.after), targets[name]
        first_record = change.origin.record if change.origin else None
        second_record = second.brought_by(records.get(name))
        promoted.append((change, EnvironmentPair(first, second, first_record, second_record)))
    return promoted


def _of_earlier_release(pair: EnvironmentPair) -> AppDifference:
    return AppDifference(
        pair.name,
        pair.first.release,
        pair.second_release,
        SAME if pair.same else FORWARD,
        since=pair.second_record,
    )
