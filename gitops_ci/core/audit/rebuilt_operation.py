"""An operation made again from its record: the plan that its commit must have carried out, with its
id.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core import plan_id
from gitops_ci.core.audit.state.environment_states import Value, value_of
from gitops_ci.core.audit.state.values_index import AuditedTarget
from gitops_ci.core.release_values import edits_of
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import Config
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Change, Chart, ChartEntry, Plan, Record
from gitops_ci.model.paths import below, join
from gitops_ci.model.release import Image, Release


class Keeps(Protocol):
    """What stays on its branch when a chart comes along; see ``delivery.chart_parts``."""

    def stays(self, path: str, mode: str) -> bool:
        """Tell whether what is at a path is no part of the chart around it."""

    def holds_values(self, path: str, mode: str) -> bool:
        """Tell whether a folder is taken apart."""


class RebuiltOperation(msgspec.Struct, frozen=True):
    """What an operation does to one application: its change, the record that says so, and the value
    that it leaves.
    """

    spot: AuditedTarget
    record: Record
    change: Change
    value: Value


def change_of(
    target: AuditedTarget,
    record: Record,
    before: Value,
    chart: Chart | None = None,
    last: Record | None = None,
) -> RebuiltOperation | None:
    """Return what a record's operation makes of a value that stands there since the ``last``
    record, None where that can't be.
    """
    if (
        before.texts is None
        or before.release is None
        or len(record.release.images) != len(before.release.images)
    ):
        return None
    pairs = zip(record.release.images, before.release.images, strict=True)
    images = tuple(
        replace(image, repository=_repository(image, there, target)) for image, there in pairs
    )
    after = replace(record.release, images=images)
    try:
        edits = edits_of(before.texts, target.app, after, branch=target.branch, file=target.file)
    except GitopsError:
        return None
    prior = plan_id.prior_of(last, before.release)
    texts = {**before.texts, **{edit.key: edit.after for edit in edits}}
    change = Change(
        target.app,
        target.environment,
        target.branch,
        target.file,
        before.release,
        after,
        edits,
        None,
        chart,
        prior,
    )
    return RebuiltOperation(target, record, change, value_of(texts, target))


def carried_out(
    target: AuditedTarget,
    records: Sequence[Record],
    before: Value,
    after: Value,
    chart: Callable[[Record], Chart | None],
    last: Record | None,
) -> list[RebuiltOperation]:
    """Return the operations that lead from one value to the other, empty where the claims do not.

    ``last`` is the record before them. Squashes list what they hold oldest first on servers, newest
    first in `git merge --squash`.
    """
    for order in (records, records[::-1]) if len(records) > 1 else (records,):
        rebuilts: list[RebuiltOperation] = []
        for record in order:
            earlier = rebuilts[-1].record if rebuilts else last
            one = change_of(
                target, record, rebuilts[-1].value if rebuilts else before, chart(record), earlier
            )
            rebuilts += [one] if one else []
        whole = len(rebuilts) == len(order) and rebuilts and leaves_value(rebuilts[-1], after)
        if whole and (
            before != after or rebuilts[-1].record.kind.keeps_release or rebuilts[-1].change.carried
        ):
            return rebuilts
    return []


def plan_of(made: Sequence[RebuiltOperation]) -> Plan:
    """Return the plan of one operation, whose applications are given in the order of its commit."""
    first = made[0]
    environment = first.spot.environment
    changes = tuple(rebuilt.change for rebuilt in made)
    overrides = (*first.record.overrides, *first.record.unused_overrides)
    name = plan_id.identity(first.record.operation, overrides, environment, changes)
    return Plan(
        first.record.operation,
        environment,
        first.record.source or environment.source,
        changes,
        (),
        name,
    )


def fits(made: Sequence[RebuiltOperation]) -> bool:
    """Tell whether the plan id of an operation's record is that of what it does, in the record's
    own form.
    """
    first = made[0]
    return plan_id.fits(first.record, first.spot.environment, [rebuilt.change for rebuilt in made])


def was_for_another_time(made: Sequence[RebuiltOperation], priors: Sequence[str]) -> bool:
    """Tell whether the id would be the right one if one of the changes came after another
    record.
    """
    first = made[0]
    changes = [rebuilt.change for rebuilt in made]
    for index, change in enumerate(changes):
        for prior in priors:
            others = [*changes[:index], replace(change, prior=prior), *changes[index + 1 :]]
            if plan_id.fits(first.record, first.spot.environment, others):
                return True
    return False


def leaves_value(made: RebuiltOperation, after: Value) -> bool:
    """Tell whether an operation leaves the value that its commit has."""
    return made.value.texts == after.texts


def chart_of(
    target: AuditedTarget,
    record: Record,
    commit: LoggedCommit,
    config: Config,
    policy_branch: str,
    kept: Keeps,
) -> Chart | None:
    """Return the chart that came along, as the commit's own changes show it; None where the record
    names none.
    """
    source = config.environments.get(record.source or target.environment.source or "")
    if not record.chart or source is None:
        return None
    into = fill(target.app.path, env=target.environment.name)
    folder = fill(target.app.path, env=source.name)
    chart_entries = tuple(
        ChartEntry(path, (mode.lstrip("0") or None), before, after)
        for path, mode, before, after in sorted(_carried(commit, into, folder, kept))
    )
    return Chart(source.branch_on(policy_branch), record.chart, chart_entries)


def chart_sources(made: RebuiltOperation, folder: str) -> Mapping[str, str | None]:
    """Return what has to be at the paths of the chart's commit, by path, so that the chart really
    came from there.
    """
    chart, into = made.change.chart, fill(made.spot.app.path, env=made.spot.environment.name)
    if chart is None:
        return {}
    return {
        join(folder, below(into, chart_entry.path) or ""): chart_entry.after
        for chart_entry in chart.carried
    }


def _carried(
    commit: LoggedCommit, into: str, folder: str, kept: Keeps
) -> Iterator[tuple[str, str, str | None, str | None]]:
    whole: set[str] = set()
    for delta in commit.deltas:
        own = below(into, delta.path)
        if not own or any(delta.path.startswith(f"{path}/") for path in whole):
            continue
        mode = (delta.mode if delta.after else delta.mode_before).lstrip("0")
        paths = (join(folder, own), delta.path)
        if any(kept.stays(path, mode) for path in paths):
            whole.add(delta.path)
        elif not any(kept.holds_values(path, mode) for path in paths):
            whole.add(delta.path)
            yield delta.path, delta.mode if delta.after else "", delta.before, delta.after


def _repository(image: Image, there: Image, target: AuditedTarget) -> str:
    """Return the repository that the operation planned with: a record names the application where
    none was known.
    """
    if there.repository:
        return there.repository
    return (
        ""
        if image.repository == "-".join(re.findall("[a-z0-9]+", target.app.name.lower()))
        else image.repository
    )


def release_words(release: Release | None) -> str:
    """Return a release in words."""
    return (release.label if release else "") or "nothing"
