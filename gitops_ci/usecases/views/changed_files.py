"""Which commits of the GitOps repository changed the files around an application, without reading
what did not change.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

import msgspec

from gitops_ci.adapters.git import FOLDER, Commit, Repository
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.core import yaml_edit
from gitops_ci.core.release_values import read_texts
from gitops_ci.model.config import App, Config
from gitops_ci.model.difference import Touch, subject
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Record, Snapshot, Target
from gitops_ci.model.paths import join
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.chart_boundary import kept_apart

_MOST_FILES = 500  # of one comparison
_MOST_COMMITS = 500  # that are looked at for one application
_MOST_TOGETHER = 10_000  # for all of them, but some for each

Stays = Callable[[str, str], bool]  # path and mode: is this no part of what is compared?
Pair = tuple[Target, Target, Record | None]
Touches = tuple[Touch, ...]
Known = tuple[int, Target, Target, Record]


class FolderRange(msgspec.Struct, frozen=True):
    """A folder of the repository at two commits."""

    old: str
    new: str
    folder: str


class _Look(msgspec.Struct, frozen=True):
    """Values files on one branch, the commits that may have changed them, newest first, and the
    commit before all of these.
    """

    index: int
    files: tuple[str, ...]
    chain: tuple[Commit, ...]
    base: str
    apps: tuple[App, ...]


def changed_paths(
    repository: Repository, spans: Sequence[FolderRange], stays: Stays
) -> list[tuple[str, ...]]:
    """Return the files that differ, span by span; a level of folders is read for all at once, equal
    ones are not entered.
    """
    found: list[list[str]] = [[] for _ in spans]
    level = [(index, span.folder) for index, span in enumerate(spans) if span.old != span.new]
    while level:
        listed = repository.listings(
            (commit, path)
            for index, path in level
            for commit in (spans[index].old, spans[index].new)
        )
        below: list[tuple[int, str]] = []
        for index, path in level:
            before, after = (
                listed[commit, path] for commit in (spans[index].old, spans[index].new)
            )
            for name in sorted({*before, *after}):
                old, new = before.get(name), after.get(name)
                inner = join(path, name)
                if old == new or any(stays(inner, entry[0]) for entry in (old, new) if entry):
                    continue
                folders = [entry for entry in (old, new) if entry and entry[0] == FOLDER]
                if folders:
                    below.append((index, inner))
                if len(folders) < sum(entry is not None for entry in (old, new)):
                    found[index].append(inner)
        level = [each for each in below if len(found[each[0]]) < _MOST_FILES]
    return [tuple(sorted(paths)) for paths in found]


def surrounding_changes(
    pairs: Sequence[Pair], repository: Repository, snapshot: Snapshot, ledger_reader: LedgerReader
) -> list[tuple[Touches, Touches]]:
    """Return, for both targets of each application, what changed around the release since a record
    brought it to the second one.

    First the changes of the chart, where both are on one branch; then those of both values files
    that are more than releases. Without a record nothing is known.
    """
    known = [
        (index, first, second, since) for index, (first, second, since) in enumerate(pairs) if since
    ]
    together = [each for each in known if each[1].branch == each[2].branch]
    charts = _charts(together, repository, snapshot, ledger_reader)
    values = _values(known, repository, snapshot, ledger_reader)
    return [(charts.get(index, ()), values.get(index, ())) for index in range(len(pairs))]


def _charts(
    known: Sequence[Known], repository: Repository, snapshot: Snapshot, ledger_reader: LedgerReader
) -> dict[int, Touches]:
    """Return the changes of charts: all that differ are found in one go, and then the commits of
    each.
    """
    wanted = [(index, target, since) for index, _, target, since in known]
    kept = kept_apart(snapshot.config, [target.app for _, target, _ in wanted])
    folders = {
        index: fill(target.app.path, env=target.environment.name) for index, target, _ in wanted
    }
    spans = [
        FolderRange(
            ledger_reader.branches.arrival(target.branch, since.commit),
            snapshot.heads[target.branch],
            folders[index],
        )
        for index, target, since in wanted
    ]
    changed = [
        (each, paths)
        for each, paths in zip(wanted, changed_paths(repository, spans, kept.stays), strict=True)
        if paths
    ]
    chains = [
        ledger_reader.branches.since(target.branch, since, _length(len(changed)))
        for (_, target, since), _ in changed
    ]
    steps = [
        FolderRange(commit.parents[0], commit.id, folders[index])
        for ((index, _, _), _), chain in zip(changed, chains, strict=True)
        for commit in chain
    ]
    touched = iter(changed_paths(repository, steps, kept.stays))
    return {
        index: _told(paths, [(commit, next(touched)) for commit in chain])
        for ((index, _, _), paths), chain in zip(changed, chains, strict=True)
    }


def _length(number: int) -> int:
    """Return how many commits are looked at for each of so many applications."""
    return max(20, min(_MOST_COMMITS, _MOST_TOGETHER // max(1, number)))


def _values(
    known: Sequence[Known], repository: Repository, snapshot: Snapshot, ledger_reader: LedgerReader
) -> dict[int, Touches]:
    """Return the changes of values files that no operation makes: all that differ are found in one
    go, as for charts.
    """
    looks = [look for each in known for look in _looks(each, snapshot, ledger_reader)]
    read = repository.read(
        (commit, file)
        for look in looks
        for commit in (look.base, look.chain[0].id)
        for file in look.files
    )
    found: dict[int, Touches] = {}
    for look in looks:
        old, new = look.base, look.chain[0].id
        changed = tuple(
            file
            for file in look.files
            if by_hand(read[old, file], read[new, file], look.apps, file)
        )
        if changed:
            found[look.index] = found.get(look.index, ()) + _told(
                changed, _edits(look, changed, repository)
            )
    return found


def _looks(known: Known, snapshot: Snapshot, ledger_reader: LedgerReader) -> Iterator[_Look]:
    """Yield the values files to look at, by branch."""
    index, first, second, since = known
    for branch in dict.fromkeys((second.branch, first.branch)):
        files = tuple(
            dict.fromkeys(target.file for target in (first, second) if target.branch == branch)
        )
        chain = ledger_reader.branches.since(branch, since, _MOST_COMMITS)
        if branch != second.branch:  # the record is not on this branch: its time has to do
            chain = list(takewhile(lambda commit: commit.committer_time >= since.time, chain))
        if chain:
            base = (
                ledger_reader.branches.arrival(branch, since.commit)
                if branch == second.branch
                else chain[-1].parents[0]
            )
            yield _Look(
                index,
                files,
                tuple(chain),
                base,
                tuple(_sharing(files, second.app, snapshot.config)),
            )


def _edits(
    look: _Look, files: Sequence[str], repository: Repository
) -> list[tuple[Commit, tuple[str, ...]]]:
    """Return for each commit the values files in which it changed more than releases."""
    read = repository.read(
        (oid, file)
        for commit in look.chain
        for oid in (commit.id, commit.parents[0])
        for file in files
    )
    return [
        (
            commit,
            tuple(
                file
                for file in files
                if by_hand(read[commit.parents[0], file], read[commit.id, file], look.apps, file)
            ),
        )
        for commit in look.chain
    ]


def _told(paths: Sequence[str], touched: Sequence[tuple[Commit, tuple[str, ...]]]) -> Touches:
    """Return the commits that made a difference, and at the end, without a commit, what is older
    than was looked at.
    """
    touches = [
        _touch(commit, left)
        for commit, changed in touched
        if (left := tuple(each for each in changed if each in paths))
    ]
    seen = {path for touch in touches for path in touch.paths}
    rest = tuple(path for path in paths if path not in seen)
    return (*touches, Touch(None, 0, "", "", rest)) if rest else tuple(touches)


def _sharing(files: Sequence[str], app: App, config: Config) -> list[App]:
    """Return the applications that have keys in one of some values files."""
    others = (
        each
        for each in config.apps.values()
        if any(config.values_file(each, env) in files for env in config.environments.values())
    )
    return [app, *(each for each in others if each.name != app.name)]


def by_hand(before: bytes | None, after: bytes | None, apps: Sequence[App], file: str) -> bool:
    """Tell whether a values file differs in more than the keys of releases."""
    if before == after:
        return False
    if before is None or after is None:
        return True
    try:
        wanted = {
            key: text
            for app in apps
            for key, text in read_texts(after, app, file).items()
            if text is not None and any(key in keys.edited for keys in app.images)
        }
        return yaml_edit.set_values(before, wanted, name=file) != after
    except GitopsError:
        # a key that was not there before, or a file that is no values file: nothing that an
        # operation does
        return True


def _touch(commit: Commit, paths: tuple[str, ...]) -> Touch:
    author = one_line(f"{commit.author_name} <{commit.author_email}>")
    return Touch(commit.id, commit.committer_time, author, subject(commit.message), paths)
