"""Makes an operation again from its record: the plan that its commit must have carried out."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core import plan_id
from gitops_ci.core.audit.state.environment_states import NOTHING, Value, value_of
from gitops_ci.core.audit.state.values_index import AuditedTarget
from gitops_ci.core.release_values import edits_of
from gitops_ci.model.commits import Delta, LoggedCommit
from gitops_ci.model.config import Config, TagKeys
from gitops_ci.model.key_path import Key, KeyPath
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Change, Chart, ChartEntry, Plan, Record
from gitops_ci.model.paths import below, join
from gitops_ci.model.release import Image, Release


class ChartExclusions(Protocol):
    """What stays on its branch when a chart comes along: values files, other applications."""

    def stays(self, path: str, mode: str) -> bool:
        """Tell whether what is at a path is no part of the chart around it."""

    def holds_values(self, path: str, mode: str) -> bool:
        """Tell whether a folder is taken apart."""


class RebuiltChange(msgspec.Struct, frozen=True):
    """What an operation does to one application: its change, the record that says so, and the value
    that it leaves.
    """

    target: AuditedTarget
    record: Record
    change: Change
    value: Value


RebuiltOperation = Sequence[RebuiltChange]  # one for each application, in the order of the commit


def change_of(
    target: AuditedTarget,
    record: Record,
    before: Value,
    chart: Chart | None = None,
    last: Record | None = None,
) -> RebuiltChange | None:
    """Return what a record's operation makes of a value that stands there since the ``last``
    record, None where that can't be.
    """
    if record.kind.removes:
        return _removal(target, record, before, last)
    texts = before.texts
    release = value_of(texts, target, {}).release if texts is not None else None
    if texts is None or release is None or len(record.release.images) != len(release.images):
        return None
    pairs = zip(record.release.images, release.images, strict=True)
    images = tuple(
        replace(image, repository=_repository(image, former, target)) for image, former in pairs
    )
    after = replace(record.release, images=images)
    try:
        edits = edits_of(
            texts,
            target.app,
            after,
            branch=target.branch,
            file=target.file,
            misread=before.misread,
        )
    except GitopsError:
        return None
    change = Change(
        target.app,
        target.environment,
        target.branch,
        target.file,
        release,
        after,
        edits,
        None,
        chart,
        plan_id.prior_of(last, release),
    )
    written = {edit.key: edit.after for edit in edits}
    seen = {key: text for key, text in before.misread.items() if key not in written}
    return RebuiltChange(target, record, change, value_of({**texts, **written}, target, seen))


def _removal(
    target: AuditedTarget, record: Record, before: Value, last: Record | None
) -> RebuiltChange | None:
    """Return the change of a target that is retired; None where another release stands there."""
    release = before.release
    if release is None or not release.satisfies(record.release):
        return None
    prior = plan_id.prior_of(last, release)
    change = Change(
        target.app,
        target.environment,
        target.branch,
        target.file,
        release,
        release,
        (),
        None,
        prior=prior,
    )
    return RebuiltChange(target, record, change, NOTHING)


def carried_out(
    target: AuditedTarget,
    records: Sequence[Record],
    before: Value,
    after: Value,
    chart: Callable[[Record], Chart | None],
    last: Record | None,
) -> list[RebuiltChange]:
    """Return the changes that lead from one value to the other, empty where the claims do not.

    ``last`` is the record before them. Squashes list what they hold oldest first on servers, newest
    first in `git merge --squash`.
    """
    orders = (records, records[::-1]) if len(records) > 1 else (records,)
    for judged in (target, *without_found_digests(target)):
        for order in orders:
            rebuilts = _one_after_the_other(judged, order, before, chart, last)
            if not rebuilts or not after.is_left_by(rebuilts[-1].value, before):
                continue
            newest = rebuilts[-1]
            if before != after or newest.record.kind.keeps_release or newest.change.carried:
                return rebuilts
    return []


def left_digest(rebuilt: RebuiltChange) -> str:
    """Return the digest that an operation left beside a tag of which it records another one, ''
    where it did not.
    """
    texts, images = rebuilt.value.texts or {}, rebuilt.change.after.images
    for keys, image in zip(rebuilt.target.app.images, images, strict=True):
        if isinstance(keys, TagKeys) and keys.digest_found and keys.digest is None:
            text = texts.get(KeyPath((*keys.tag.segments[:-1], Key("digest"))))
            if text and text != image.digest:
                return text
    return ""


def without_found_digests(target: AuditedTarget) -> Iterator[AuditedTarget]:
    """Yield the target as versions up to 0.3 knew it, if there are keys for digests that nobody
    named: they wrote the tag alone.
    """
    images = tuple(
        replace(keys, digest=None) if isinstance(keys, TagKeys) and keys.digest_found else keys
        for keys in target.app.images
    )
    if images != target.app.images:
        yield replace(target, app=replace(target.app, images=images))


def _one_after_the_other(
    target: AuditedTarget,
    records: Sequence[Record],
    value: Value,
    chart: Callable[[Record], Chart | None],
    last: Record | None,
) -> list[RebuiltChange]:
    """Return the changes of all records from a value on, empty where one of them can't be."""
    rebuilts: list[RebuiltChange] = []
    for record in records:
        rebuilt = change_of(target, record, value, chart(record), last)
        if rebuilt is None:
            return []
        rebuilts.append(rebuilt)
        value, last = rebuilt.value, record
    return rebuilts


def plan_of(operation: RebuiltOperation) -> Plan:
    """Return the plan that an operation has carried out."""
    record, environment = operation[0].record, operation[0].target.environment
    changes = tuple(rebuilt.change for rebuilt in operation)
    overrides = (*record.overrides, *record.unused_overrides)
    name = plan_id.identity(record.operation, overrides, environment, changes)
    source = record.source or environment.source
    return Plan(record.operation, environment, source, changes, (), name)


def fits(operation: RebuiltOperation) -> bool:
    """Tell whether the plan id of an operation's record is that of what it does, in the record's
    own form.
    """
    return _fits(operation, [rebuilt.change for rebuilt in operation])


def was_for_another_time(operation: RebuiltOperation, priors: Sequence[str]) -> bool:
    """Tell whether the id would be the right one if one of the changes came after another
    record.
    """
    changes = [rebuilt.change for rebuilt in operation]
    for index, change in enumerate(changes):
        for prior in priors:
            others = [*changes[:index], replace(change, prior=prior), *changes[index + 1 :]]
            if _fits(operation, others):
                return True
    return False


def _fits(operation: RebuiltOperation, changes: Sequence[Change]) -> bool:
    return plan_id.fits(operation[0].record, operation[0].target.environment, changes)


def chart_of(
    target: AuditedTarget,
    record: Record,
    commit: LoggedCommit,
    config: Config,
    policy_branch: str,
    boundary: ChartExclusions,
) -> Chart | None:
    """Return the chart that came along, as the commit's own changes show it; None where the record
    names none.
    """
    source = config.environments.get(record.source or target.environment.source or "")
    if not record.chart or source is None:
        return None
    into = fill(target.app.path, env=target.environment.name)
    folder = fill(target.app.path, env=source.name)
    deltas = _chart_deltas(commit, into, folder, boundary)
    entries = [
        ChartEntry(delta.path, _mode(delta) if delta.after else None, delta.before, delta.after)
        for delta in sorted(deltas, key=lambda delta: delta.path)
    ]
    return Chart(source.branch_on(policy_branch), record.chart, tuple(entries))


def chart_sources(rebuilt: RebuiltChange, folder: str) -> Mapping[str, str | None]:
    """Return the object ids by path that the chart's commit has to have, if the chart came from a
    folder there.
    """
    chart, target = rebuilt.change.chart, rebuilt.target
    if chart is None:
        return {}
    into = fill(target.app.path, env=target.environment.name)
    return {join(folder, below(into, entry.path) or ""): entry.after for entry in chart.carried}


def _chart_deltas(
    commit: LoggedCommit, into: str, folder: str, boundary: ChartExclusions
) -> Iterator[Delta]:
    """Yield what a commit changed of a chart; a folder that is judged as a whole hides the changes
    below it.
    """
    whole: set[str] = set()
    for delta in commit.deltas:
        own = below(into, delta.path)
        if not own or any(delta.path.startswith(f"{path}/") for path in whole):
            continue
        paths = (join(folder, own), delta.path)
        if any(boundary.stays(path, _mode(delta)) for path in paths):
            whole.add(delta.path)
        elif not any(boundary.holds_values(path, _mode(delta)) for path in paths):
            whole.add(delta.path)
            yield delta


def _mode(delta: Delta) -> str:
    """Return the mode as trees have it, without the zero that a walk puts before folders."""
    return (delta.mode if delta.after else delta.mode_before).lstrip("0")


def _repository(image: Image, former: Image, target: AuditedTarget) -> str:
    """Return the repository that the operation planned with: a record names the application where
    none was known.
    """
    if former.repository:
        return former.repository
    stand_in = "-".join(re.findall("[a-z0-9]+", target.app.name.lower()))
    return "" if image.repository == stand_in else image.repository


def release_words(release: Release | None) -> str:
    return (release.label if release else "") or "nothing"
