"""Renders the charts of what an operation changes, as they will be and as they are: where a gate
or a person asks for it, and nothing twice across tries.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gitops_ci.adapters import helm
from gitops_ci.base import progress
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Change, Chart, Plan, Rendering, Snapshot
from gitops_ci.model.paths import join
from gitops_ci.model.release import Known, Rendered
from gitops_ci.usecases.facts.chart_files import CarriedBlob, Layers, read_charts
from gitops_ci.usecases.facts.reader import FactQuery, FactReader, FactSources

_TOGETHER = 20  # applications whose charts are in memory at once


class Reader(FactReader):
    """Asks Helm; the state holds, by a hash of all that helm gets, what it made of it."""

    def __init__(self, sources: FactSources) -> None:
        super().__init__(sources)
        self._known: dict[str, Rendered] = {}

    def read(self, query: FactQuery) -> dict[str, Rendering]:
        """Return what helm makes of every change with the values files as they would be, and of
        what is there now where somebody wants to see the difference.
        """
        progress.step("rendering the charts")
        carried, before = _carried_blobs(query.plan), query.request.show_rendered
        renderings: dict[str, Rendering] = {}
        for start in range(0, len(query.plan.changes), _TOGETHER):
            changes = query.plan.changes[start : start + _TOGETHER]
            after = self._rendered(changes, query, carried, query.files)
            earlier: Sequence[Rendered | None] = [None] * len(changes)
            if before:
                earlier = self._rendered(changes, query, {}, {})
            for change, new, old in zip(changes, after, earlier, strict=True):
                app = change.app.name
                renderings[app] = Rendering(app, change.environment.name, new, old)
        return renderings

    def _rendered(
        self,
        changes: Sequence[Change],
        query: FactQuery,
        carried: Mapping[str, CarriedBlob | None],
        edited: Mapping[str, bytes],
    ) -> list[Rendered]:
        """Return what helm makes of each change; the manifests where they are to be shown."""
        repository, snapshot = self._sources.repository, query.selection.snapshot
        layers = Layers(repository, snapshot.heads[changes[0].branch], carried)
        folders = [fill(change.app.path, env=change.environment.name) for change in changes]
        charts = read_charts(repository, layers, folders)
        keys: list[Rendered | str] = []
        jobs: dict[str, helm.HelmJob] = {}
        for change, folder in zip(changes, folders, strict=True):
            chart = charts[folder]
            if isinstance(chart, str):
                keys.append(Rendered(Known(chart)))
                continue
            job = _job(change, chart, snapshot, edited)
            key = _key(job)
            keys.append(key)
            if key not in self._known:
                jobs[key] = job
        templated = helm.template(list(jobs.values()), self._sources.deadline)
        for key, rendered in zip(jobs, templated, strict=True):
            shown = query.request.show_rendered
            self._known[key] = rendered if shown else Rendered(rendered.fact)
        return [self._known[key] if isinstance(key, str) else key for key in keys]


def _carried_blobs(planned: Plan) -> dict[str, CarriedBlob | None]:
    """Return what comes along from other branches, by path; None for what is taken away."""
    blobs: dict[str, CarriedBlob | None] = {}
    for change in planned.changes:
        if change.chart:
            blobs |= _blobs_of(change, change.chart, planned.source)
    return blobs


def _blobs_of(change: Change, chart: Chart, source: str | None) -> dict[str, CarriedBlob | None]:
    environment = change.environment.name
    origin = change.origin.environment if change.origin else None
    folder = fill(change.app.path, env=origin or source or environment)
    into = fill(change.app.path, env=environment)
    blobs: dict[str, CarriedBlob | None] = {}
    for entry in chart.carried:
        path = entry.path
        blobs[path] = None
        if entry.mode and entry.after:
            inner = path.removeprefix(f"{into}/") if into else path
            blobs[path] = CarriedBlob(entry.mode, chart.commit, join(folder, inner))
    return blobs


def _job(
    change: Change,
    chart: tuple[str, Mapping[str, bytes]],
    snapshot: Snapshot,
    edited: Mapping[str, bytes],
) -> helm.HelmJob:
    root, files = chart
    values = edited.get(change.file, snapshot.files[change.branch, change.file] or b"")
    return helm.HelmJob(
        helm.release_name(change.app.name),
        change.environment.name,
        {**files, **dict(_files_in_chart(root, edited))},
        values,
    )


def _files_in_chart(root: str, edited: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the edited files that are part of a chart, by path from its folder."""
    for path, content in edited.items():
        if not root or path.startswith(f"{root}/"):
            yield (path.removeprefix(f"{root}/") if root else path), content


def _key(job: helm.HelmJob) -> str:
    digest = hashlib.sha256(msgspec.json.encode((job.release, job.namespace)))
    for name, content in [*sorted(job.files.items()), ("", job.values)]:
        digest.update(b"%d %d " % (len(name.encode("utf-8", "surrogateescape")), len(content)))
        digest.update(name.encode("utf-8", "surrogateescape") + content)
    return digest.hexdigest()
