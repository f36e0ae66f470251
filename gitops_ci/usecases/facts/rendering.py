"""Renders the charts of what an operation changes, as they will be and as they are."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gitops_ci.adapters import helm
from gitops_ci.adapters.git import Repository
from gitops_ci.base import progress
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Change, Plan, Rendering
from gitops_ci.model.paths import join
from gitops_ci.model.release import Known, Rendered
from gitops_ci.usecases.facts.chart_files import CarriedBlob, Layers, read_charts
from gitops_ci.usecases.operation.snapshot import Selection

_TOGETHER = 20  # applications whose charts are in memory at once


class RenderMeans(msgspec.Struct, frozen=True):
    """What it takes to render, and what was ``known`` before by what went in."""

    repository: Repository
    deadline: Deadline
    known: dict[str, Rendered]


def render(
    means: RenderMeans,
    planned: Plan,
    selection: Selection,
    edited: Mapping[str, bytes],
    *,
    before: bool,
) -> tuple[Rendering, ...]:
    """Return what helm makes of every change with the ``edited`` values files by path, and of what
    was there ``before``.
    """
    progress.step("rendering the charts")
    carried_blobs = _brought(planned)
    renderings: list[Rendering] = []
    for start in range(0, len(planned.changes), _TOGETHER):
        changes = planned.changes[start : start + _TOGETHER]
        after = _rendered(means, changes, selection, carried_blobs, edited, keep=before)
        earlier = (
            _rendered(means, changes, selection, {}, {}, keep=True)
            if before
            else [None] * len(changes)
        )
        renderings += [
            Rendering(change.app.name, change.environment.name, new, old)
            for change, new, old in zip(changes, after, earlier, strict=True)
        ]
    return tuple(renderings)


def _brought(planned: Plan) -> dict[str, CarriedBlob | None]:
    """Return what comes along from other branches, by path."""
    carried_blobs: dict[str, CarriedBlob | None] = {}
    for change in planned.changes:
        if change.chart is None:
            continue
        source = (
            (change.origin.environment if change.origin else None)
            or planned.source
            or change.environment.name
        )
        folder, into = (
            fill(change.app.path, env=name) for name in (source, change.environment.name)
        )
        for chart_entry in change.chart.carried:
            path = join(
                folder, chart_entry.path.removeprefix(f"{into}/") if into else chart_entry.path
            )
            carried_blobs[chart_entry.path] = (
                CarriedBlob(chart_entry.mode, change.chart.commit, path)
                if chart_entry.mode and chart_entry.after
                else None
            )
    return carried_blobs


def _rendered(
    means: RenderMeans,
    changes: Sequence[Change],
    selection: Selection,
    carried_blobs: Mapping[str, CarriedBlob | None],
    edited: Mapping[str, bytes],
    *,
    keep: bool,
) -> list[Rendered]:
    """Return what helm makes of each change; ``keep`` the manifests."""
    layers = Layers(means.repository, selection.snapshot.heads[changes[0].branch], carried_blobs)
    folders = [fill(change.app.path, env=change.environment.name) for change in changes]
    charts = read_charts(means.repository, layers, folders)
    found: list[Rendered | str] = []
    jobs: dict[str, helm.HelmJob] = {}
    for change, folder in zip(changes, folders, strict=True):
        chart = charts[folder]
        if isinstance(chart, str):
            found.append(Rendered(Known(chart)))
            continue
        values = edited.get(
            change.file, selection.snapshot.files[change.branch, change.file] or b""
        )
        files = {**chart[1], **dict(_inside(chart[0], edited))}
        job = helm.HelmJob(
            helm.release_name(change.app.name), change.environment.name, files, values
        )
        key = _key(job)
        found.append(key)
        if key not in means.known:
            jobs[key] = job
    for key, rendered in zip(jobs, helm.template(list(jobs.values()), means.deadline), strict=True):
        means.known[key] = rendered if keep else Rendered(rendered.fact)
    return [means.known[each] if isinstance(each, str) else each for each in found]


def _inside(root: str, edited: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the edited files that are part of a chart, by path from its folder."""
    for path, content in edited.items():
        if not root or path.startswith(f"{root}/"):
            yield (path.removeprefix(f"{root}/") if root else path), content


def _key(job: helm.HelmJob) -> str:
    told = hashlib.sha256(msgspec.json.encode((job.release, job.namespace)))
    for name, content in [*sorted(job.files.items()), ("", job.values)]:
        told.update(b"%d %d " % (len(name.encode("utf-8", "surrogateescape")), len(content)))
        told.update(name.encode("utf-8", "surrogateescape") + content)
    return told.hexdigest()
