"""Pure: which built revision a revision of the source repository stands for."""

from collections.abc import Mapping

import msgspec


class SourceCommit(msgspec.Struct, frozen=True):
    """A commit as it is stored: its id, the id of its files (tree), and its parents."""

    id: str
    tree: str
    parents: tuple[str, ...]


class SourceLineage(msgspec.Struct, frozen=True):
    """A revision and, where it is a merge, its parents.

    It stands for itself and for the parents in ``equal``: those whose files it has without any
    difference. ``different`` are parents to which it adds something, ``unread`` those that are not
    in the source repository here (a shallow clone). ``tree`` is None where the revision itself is
    not at hand; then nobody knows whether it is a merge.
    """

    revision: str
    tree: str | None = None
    equal: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def lineage(commit: SourceCommit, parents: Mapping[str, SourceCommit | None]) -> SourceLineage:
    """Return what a commit stands for; ``parents`` are its parents by id, None for those that can't
    be read.

    A commit with one parent stands for itself alone: only a merge says that what it brings is a
    revision that exists.
    """
    names = tuple(dict.fromkeys(commit.parents))
    if len(names) < 2:
        return SourceLineage(commit.id, commit.tree)
    source_commits = {name: parent for name in names if (parent := parents.get(name)) is not None}
    return SourceLineage(
        revision=commit.id,
        tree=commit.tree,
        equal=tuple(name for name, parent in source_commits.items() if parent.tree == commit.tree),
        different=tuple(
            name for name, parent in source_commits.items() if parent.tree != commit.tree
        ),
        unread=tuple(name for name in names if name not in source_commits),
    )
