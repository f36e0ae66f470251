"""What belongs to the charts of applications at commits: modes and object ids, no contents."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gitops_ci.adapters.git import Repository
from gitops_ci.model.operation import ChartEntry
from gitops_ci.model.paths import join
from gitops_ci.usecases.operation.chart_boundary import Kept

Entry = tuple[str, str]  # mode, object id
Listing = dict[str, Entry]  # by path from the application's folder


class Folders(Protocol):
    """From which folder to which one a chart goes."""

    @property
    def folder(self) -> str:
        """Return the one that it comes from."""

    @property
    def into(self) -> str:
        """Return the one that it comes to."""


class FolderRoute(msgspec.Struct, frozen=True):
    """From which folder to which one a chart went."""

    folder: str
    into: str


def listings(
    repository: Repository, places: Sequence[tuple[Folders, str, str]], kept: Kept
) -> list[Listing]:
    """Return what belongs to each chart, by way, commit and folder.

    Folders that hold a values file are taken apart, all others stay whole.
    """
    found: list[Listing] = [{} for _ in places]
    level = [(index, "") for index in range(len(places))]
    while level:
        wanted = {
            (index, below): (places[index][1], join(places[index][2], below))
            for index, below in level
        }
        listed = repository.listings(wanted.values())
        level = []
        for (index, below), place in wanted.items():
            way = places[index][0]
            for name, entry in listed[place].items():
                path = join(below, name)
                paths = (join(way.folder, path), join(way.into, path))
                if any(kept.stays(each, entry[0]) for each in paths):
                    continue
                if any(kept.holds_values(each, entry[0]) for each in paths):
                    level.append((index, path))
                else:
                    found[index][path] = entry
    return found


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
