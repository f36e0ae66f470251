"""What belongs to the charts of applications at commits: modes and object ids, no contents."""

from collections.abc import Mapping, Sequence

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.model.operation import ChartEntry
from gitops_ci.model.paths import join
from gitops_ci.usecases.operation.chart_boundary import ChartBoundary

Entry = tuple[str, str]  # mode, object id
Listing = dict[str, Entry]  # by path from the application's folder


class FolderRoute(msgspec.Struct, frozen=True):
    """The folder that a chart comes from, and the one that it goes into."""

    folder: str
    into: str


def listings(
    repository: Repository,
    charts: Sequence[tuple[FolderRoute, str, str]],
    boundary: ChartBoundary,
) -> list[Listing]:
    """Return what belongs to each chart, by route, commit and folder.

    Folders that hold a values file are taken apart, all others stay whole.
    """
    charted: list[Listing] = [{} for _ in charts]
    level = [(index, "") for index in range(len(charts))]
    while level:
        folders = [(charts[index][1], join(charts[index][2], inner)) for index, inner in level]
        entries = repository.listings(folders)
        opened: list[tuple[int, str]] = []
        for (index, inner), folder in zip(level, folders, strict=True):
            whole, apart = _split_folder(charts[index][0], inner, entries[folder], boundary)
            charted[index] |= whole
            opened += [(index, path) for path in apart]
        level = opened
    return charted


def _split_folder(
    route: FolderRoute, inner: str, entries: Mapping[str, Entry], boundary: ChartBoundary
) -> tuple[Listing, list[str]]:
    """Return what of a folder goes along whole, and the folders in it that are taken apart."""
    whole: Listing = {}
    apart: list[str] = []
    for name, entry in entries.items():
        path, mode = join(inner, name), entry[0]
        ends = (join(route.folder, path), join(route.into, path))
        if any(boundary.stays(end, mode) for end in ends):
            continue
        if any(boundary.holds_values(end, mode) for end in ends):
            apart.append(path)
        else:
            whole[path] = entry
    return whole, apart


def chart_entries(into: str, before: Listing, after: Listing) -> tuple[ChartEntry, ...]:
    """Return what changes in a folder from one listing to another."""
    return tuple(
        ChartEntry(
            join(into, name),
            new[0] if new else None,
            old[1] if old else None,
            new[1] if new else None,
        )
        for name in sorted({*before, *after})
        if (old := before.get(name)) != (new := after.get(name))
    )
